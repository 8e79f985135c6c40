// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Control
import FoundationEssentials

/// `pharos routes NEIGHBOUR`: what it was sent and when, and why the rest was not.
struct RoutesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "routes",
        abstract: "Shows what a neighbour was sent and when, and why a route was not.")

    @OptionGroup var control: ControlOptions

    @Argument(help: "Its address, as status shows it.")
    var neighbor: String

    @Flag(help: "Prints one JSON object; its names are stable.")
    var json = false

    func run() throws {
        let reply = try ControlClient.send(
            ControlRequest(.routes, neighbor: neighbor), to: control.control)
        guard let routes = reply.routes else { throw DaemonError.request(reply.message) }
        guard json else {
            print(routes.rendered())
            return
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(routes), as: UTF8.self))
    }
}
