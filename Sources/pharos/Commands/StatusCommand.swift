// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Control
import FoundationEssentials

/// `pharos status`: what the running daemon knows, for a person or as JSON.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows servers, checks, neighbours, routes and policies of the running daemon.")

    @OptionGroup var control: ControlOptions

    @Flag(help: "Prints one JSON object; its names are stable.")
    var json = false

    func run() throws {
        let reply = try ControlClient.send(ControlRequest(.status), to: control.control)
        guard let status = reply.status else { throw DaemonError.request(reply.message) }
        guard json else {
            print(status.rendered())
            return
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(status), as: UTF8.self))
    }
}
