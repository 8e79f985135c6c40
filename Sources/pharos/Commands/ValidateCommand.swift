// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Control

/// `pharos validate`: evaluates everything, binds nothing.
struct ValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Evaluates a configuration and everything it names; binds nothing.",
        discussion: "Exit status 0, or 1 with FILE:LINE: message on standard error.")

    @OptionGroup var source: ConfigurationOptions

    func run() async throws {
        try source.requireFile()
        let summary = try await Validation.run(
            .file(source.config), settings: source.values, complain: { complain($0) })
        print(summary)
    }
}
