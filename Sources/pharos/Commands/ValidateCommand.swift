// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Control
import FoundationEssentials

/// `pharos validate`: evaluates everything, binds nothing.
struct ValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Evaluates a configuration and everything it names; binds nothing.",
        discussion: "Prints what was declared and which names were used: those that are accepted "
            + "without effect and those that are unknown, one a line. Exit status 0, or 1 with "
            + "FILE:LINE: message for each error on standard error.")

    @OptionGroup var source: ConfigurationOptions

    @Flag(help: "Prints every supported name that is used, too.")
    var names = false

    @Flag(help: "Prints one JSON object; its names are stable.")
    var json = false

    func run() async throws {
        try source.requireFile()
        let report = try await Validation.run(.file(source.config), settings: source.values)
        for line in report.errorLines { complain(line) }
        for line in report.warningLines { complain("warning: \(line)") }
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            say(String(decoding: try encoder.encode(report), as: UTF8.self))
        } else {
            for line in report.lines(showsAllNames: names) { say(line) }
        }
        if !report.valid { throw ExitCode(1) }
    }
}
