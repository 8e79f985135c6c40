// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Control
import Glibc

/// `pharos test`: runs tests of scripts.
struct TestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Runs tests of scripts, with fake servers, fake answers and a clock they move.",
        discussion: "A line for each test; exit status 0 when all passed, 1 otherwise. "
            + "A folder stands for the files NAME.test.lua in it and below it.")

    @Argument(help: "Files and folders of tests.")
    var paths: [String]

    @Option(help: "Runs only tests whose name contains this.")
    var filter = ""

    @Flag(help: "Shows failures only.")
    var quiet = false

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("A setting that scripts read as setting.KEY.", valueName: "KEY=VALUE"))
    var settings: [Setting] = []

    func run() throws {
        let values = Dictionary(settings.map { ($0.key, $0.value) }) { _, last in last }
        let quiet = quiet
        let passed = try ScriptTestRun.run(
            paths, settings: values, filter: filter, quiet: quiet, print: { say($0) })
        if !passed { throw ExitCode(1) }
    }
}
