// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Control

/// `pharos reset NEIGHBOUR`: ends one BGP session and begins it anew.
struct ResetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Ends a neighbour's session with Cease (Administrative Reset) and begins it anew."
    )

    @OptionGroup var control: ControlOptions

    @Argument(help: "Its address, as status shows it; a range resets all that call from it.")
    var neighbor: String

    @Option(
        help: ArgumentHelp(
            "What the neighbour is told (RFC 9003), 255 octets at most.", valueName: "TEXT"))
    var reason = ""

    func validate() throws {
        guard reason.utf8.count <= ControlRequest.resetReasonBytesMax else {
            throw ValidationError(
                "--reason is longer than \(ControlRequest.resetReasonBytesMax) octets")
        }
    }

    func run() throws {
        let reply = try ControlClient.send(
            ControlRequest(.reset, neighbor: neighbor, reason: reason), to: control.control)
        guard reply.exitStatus == 0 else { throw DaemonError.request(reply.message) }
        say(reply.message)
    }
}
