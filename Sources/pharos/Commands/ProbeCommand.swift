// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Control

/// `pharos probe`: runs one check once and prints each call, its answer, its time, the verdict.
struct ProbeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "Runs one check once and prints what it did.",
        discussion: "Exit status 0 when the verdict is up, 1 when it is down or an error.")

    @OptionGroup var source: ConfigurationOptions

    @Argument(help: "The check's name.")
    var check: String

    func run() async throws {
        try source.requireFile()
        let outcome = try await CheckProbe.run(
            check, in: .file(source.config), settings: source.values, print: { print($0) })
        if !outcome { throw ExitCode(1) }
    }
}
