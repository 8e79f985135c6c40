// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Control
import FoundationEssentials

/// `pharos events`: what changed, when and why, also before the last restart.
struct EventsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Shows what changed, when and why, also before the last restart.")

    @OptionGroup var control: ControlOptions

    @Option(
        help: ArgumentHelp(
            "From then on: 10m ago, 03:00 of today (or yesterday), 2026-11-22T03:00, all (1d).",
            valueName: "TIME"))
    var since: Moment = .ago(86_400)

    @Flag(help: "Prints one JSON object a line; its names are stable.")
    var json = false

    func run() throws {
        var request = OperatorRequest.fromHere()
        request.since = since.text
        let reply = try ControlClient.send(
            ControlRequest(.events, operation: request), to: control.control)
        guard let events = reply.events else { throw DaemonError.request(reply.message) }
        if !reply.message.isEmpty { complain(reply.message) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        for event in events {
            print(
                json
                    ? String(decoding: try encoder.encode(event), as: UTF8.self)
                    : "\(Moment.local(event.at)) \(event.text)")
        }
    }
}
