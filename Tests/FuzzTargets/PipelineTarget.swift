// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import DNSWire
import Proxy

/// The way of queries and answers through the plane: lying clients and lying servers.
///
/// The bytes are a list of steps: an octet of circumstances, two of length, a message. A message is a
/// client's query while nothing waits, else what a server sends. One pipeline serves a whole process,
/// so that its cache fills; it is begun anew now and then, so that a file alone shows what it found.
enum PipelineTarget {
    struct Step {
        let overTCP: Bool
        let fromV6: Bool
        /// The message as it is; otherwise an answer gets the flag and the question that make it one.
        let isRaw: Bool
        let seconds: UInt64
        let message: [UInt8]
    }

    static func steps(_ bytes: [UInt8]) -> [Step] {
        var steps: [Step] = []
        var rest = bytes[...]
        while steps.count < 16, rest.count > 3 {
            let head = Array(rest.prefix(3))
            let length = Int(head[1]) << 8 | Int(head[2])
            rest = rest.dropFirst(3)
            steps.append(
                Step(
                    overTCP: head[0] & 1 != 0, fromV6: head[0] & 2 != 0, isRaw: head[0] & 4 != 0,
                    seconds: head[0] & 8 != 0 ? 100 : 0, message: Array(rest.prefix(length))))
            rest = rest.dropFirst(length)
        }
        return steps
    }

    nonisolated(unsafe) private static var desk: PipelineDesk?
    nonisolated(unsafe) private static var runs = 0
    /// Queries and answers that went through so far.
    nonisolated(unsafe) static var messages = 0

    @Sendable static func run(_ bytes: [UInt8]) throws(FuzzFault) {
        runs += 1
        if runs % 50_000 == 0 { desk = nil }
        let desk = desk ?? PipelineDesk()
        Self.desk = desk
        defer { desk.forget() }
        for step in steps(bytes) {
            messages += 1
            if desk.isWaiting { try desk.answer(step) } else { try desk.ask(step) }
        }
    }
}
