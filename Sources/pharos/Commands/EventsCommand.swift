// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Control
import FoundationEssentials
import Glibc

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

    @Flag(help: "Goes on with what changes from now on, until it is interrupted.")
    var follow = false

    func run() throws {
        var last = try show(since: since.text, after: [], isFirst: true)
        while follow {
            sleep(1)
            // Several events may have one time: those that were shown are left out.
            last = try show(since: last.at, after: last.shown, isFirst: false)
        }
    }

    /// Prints the events since then but those in `after`. Returns the last one's time, with what was
    /// shown of it.
    private func show(
        since: String, after: [JournalEvent], isFirst: Bool
    ) throws -> (at: String, shown: [JournalEvent]) {
        var request = OperatorRequest.fromHere()
        request.since = since
        let reply = try ControlClient.send(
            ControlRequest(.events, operation: request), to: control.control)
        guard let events = reply.events else { throw DaemonError.request(reply.message) }
        if isFirst, !reply.message.isEmpty { complain(reply.message) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        for event in events where !after.contains(event) {
            say(
                json
                    ? String(decoding: try encoder.encode(event), as: UTF8.self)
                    : "\(Moment.local(event.at)) \(event.text)")
        }
        guard let at = events.last?.at else { return (since, after) }
        return (at, events.filter { $0.at == at })
    }
}
