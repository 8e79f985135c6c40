// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Control
import FoundationEssentials

/// `pharos doctor`: what of this host would keep a configuration from working.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Says what is wrong on this host: addresses, neighbours, the kernel's settings.",
        discussion: "Prints a line for each thing it looked at: ok, warning or fault, and what to "
            + "do. It sends nothing and changes nothing. Exit status 0, or 1 if there is a fault.")

    @OptionGroup var source: ConfigurationOptions
    @OptionGroup var control: ControlOptions

    @Flag(help: "Prints one JSON array; its names are stable.")
    var json = false

    func run() async throws {
        try source.requireFile()
        let findings = try await Doctor.run(
            .file(source.config), settings: source.values, controlPath: control.control)
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            say(String(decoding: try encoder.encode(findings), as: UTF8.self))
        } else {
            for finding in findings { say(finding.line) }
        }
        if findings.contains(where: { $0.verdict == .fault }) { throw ExitCode(1) }
    }
}
