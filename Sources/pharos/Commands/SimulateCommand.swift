// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Control
import FoundationEssentials

/// `pharos simulate`: who would get how much, offline.
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Shows who would get how many queries, and in failover; opens no socket.",
        discussion: "Asks the configuration's policies about made-up queries: all servers up, each "
            + "tier down in turn, and what --down names. Exit status 1 when a policy failed.")

    @OptionGroup var source: ConfigurationOptions

    @Option(help: "Queries for each line-up.")
    var queries = 100_000

    @Option(help: "One pool only; \"\" is the default one.")
    var pool: String?

    @Option(help: "A server that is down in one more line-up, by name or address.")
    var down: [String] = []

    @Option(help: "Of the random numbers.")
    var seed: UInt64 = 1

    @Flag(help: "Prints JSON.")
    var json = false

    func run() async throws {
        try source.requireFile()
        var options = Simulation.Options()
        options.queries = queries
        options.pool = pool
        options.down = down
        options.seed = seed
        options.settings = source.values
        let report = try await Simulation.run(.file(source.config), options)
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            say(String(decoding: try encoder.encode(report), as: UTF8.self))
        } else {
            say(report.rendered())
        }
        if report.hasFaults { throw ExitCode(1) }
    }
}
