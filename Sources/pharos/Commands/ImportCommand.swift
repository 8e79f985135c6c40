// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ExaBGP
import FoundationEssentials

/// `pharos import`: prints what another program's configuration means as one of Pharos.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Prints an ExaBGP or healthcheck configuration as one of Pharos.",
        discussion: "What is printed is what exabgp{config = FILE} and healthcheck{config = FILE} "
            + "run. Exit status 0, or 1 with FILE:LINE: message on standard error for each thing "
            + "that Pharos does not do.")

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        /// exabgp.conf of 3.4, 4.x or 5.x.
        case exabgp
        /// healthcheck.pl's INI, or a file for `healthcheck --config`.
        case healthcheck
    }

    @Argument(help: "exabgp or healthcheck.")
    var kind: Kind

    @Argument(help: "The file.")
    var file: String

    @Flag(help: "Runs ExaBGP's healthcheck as a program instead of making it a check.")
    var noNativeHealthcheck = false

    func run() throws {
        guard let text = Self.text(of: file) else {
            complain("\(file): it cannot be read")
            throw ExitCode(1)
        }
        do {
            let translation = try translate(text)
            for note in translation.notes { complain("note: \(note)") }
            say(String(translation.text(of: file).dropLast()))
        } catch {
            complain("\(error)")
            throw ExitCode(1)
        }
    }

    private func translate(_ text: String) throws -> PharosTranslation {
        switch kind {
        case .exabgp:
            var options = PharosTranslation.Options()
            options.nativeHealthcheck = !noNativeHealthcheck
            return try PharosTranslation(
                ExaBGPConfiguration(text, file: file), options: options,
                readFile: Self.text(of:))
        case .healthcheck:
            return try PharosTranslation(checks: HealthcheckFile.checks(text, file: file))
        }
    }

    private static func text(of path: String) -> String? {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else { return nil }
        return String(decoding: data, as: UTF8.self)
    }
}
