// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPSpeaker
import Declarations
import Logging

/// A request of the control socket that cannot be done, in words for who made it.
struct RequestRefusal: Error {
    let message: String

    var reply: ControlReply { ControlReply(exitStatus: 1, message: message) }
}

extension Controller {
    /// The one neighbour that `name` says: as it is shown, or by its address alone when that is enough.
    func neighbor(
        named name: String
    ) throws(RequestRefusal) -> (speaker: Speaker, status: NeighborStatus) {
        guard let speaker = parts?.handles.speaker else {
            throw RequestRefusal(message: "pharos is still starting")
        }
        let neighbors = speaker.status().neighbors
        let named = neighbors.filter { "\($0.key)" == name }
        let meant =
            named.isEmpty
            ? neighbors.filter { "\($0.key.endpoint.address)" == name } : named
        guard meant.count == 1, let neighbor = meant.first else {
            let known = neighbors.map { "\($0.key)" }.joined(separator: ", ")
            throw RequestRefusal(
                message: meant.isEmpty
                    ? "there is no neighbor '\(name)'; there \(known.isEmpty ? "is none" : "are: \(known)")"
                    : "several neighbors have the address \(name): \(known)")
        }
        return (speaker, neighbor)
    }

    /// Ends a neighbour's session with `reason` and begins it anew (`pharos reset`).
    func reset(_ name: String, reason: String) async -> ControlReply {
        do throws(RequestRefusal) {
            let bytesMax = ControlRequest.resetReasonBytesMax
            guard reason.utf8.count <= bytesMax else {
                throw RequestRefusal(
                    message: "the reason is longer than \(bytesMax) octets (RFC 9003)")
            }
            let (speaker, neighbor) = try neighbor(named: name)
            let declared = generation?.configuration.neighbors.first { $0.key == neighbor.key }
            guard declared?.shutdown != true else {
                throw RequestRefusal(
                    message: "\(neighbor.key) is shut down by the configuration (shutdown = true)")
            }
            logger.notice(
                "reset asked for", metadata: ["neighbor": "\(neighbor.key)", "reason": "\(reason)"])
            let count = await withCheckedContinuation { continuation in
                speaker.reset(neighbor.key, text: reason) { continuation.resume(returning: $0) }
            }
            return ControlReply(
                exitStatus: 0, message: Self.words(neighbor, sessionsReset: count))
        } catch {
            return error.reply
        }
    }

    private static func words(_ neighbor: NeighborStatus, sessionsReset count: Int) -> String {
        guard neighbor.key.range == nil else {
            return "\(neighbor.key): \(count) \(count == 1 ? "session" : "sessions") reset"
        }
        return count > 0
            ? "\(neighbor.key): session reset"
            : "\(neighbor.key): there was no session (\(neighbor.state.rawValue)); begun anew"
    }
}
