// SPDX-License-Identifier: Apache-2.0

/// What a client of one daemon got for one query.
enum MixedReply: Sendable, CustomStringConvertible {
    /// Nothing, whether or not the connection was closed.
    case nothing
    /// Octets that are no whole message.
    case unreadable([UInt8])
    case messages([DecodedAnswer])

    init(_ outcome: MixedExchange.Outcome?) {
        guard case .answers(let messages) = outcome else {
            self = .nothing
            return
        }
        let decoded = messages.compactMap { DecodedAnswer($0) }
        self = decoded.count == messages.count ? .messages(decoded) : .unreadable(messages[0])
    }

    /// The one message, when it is one.
    var answer: DecodedAnswer? {
        if case .messages(let list) = self, list.count == 1 { list[0] } else { nil }
    }

    var isNothing: Bool { if case .nothing = self { true } else { false } }

    var description: String {
        switch self {
        case .nothing: "no answer"
        case .unreadable(let bytes): "unreadable \(bytes.prefix(40))"
        case .messages(let list):
            list.count == 1
                ? "code \(list[0].responseCode) counts \(list[0].counts)" : "\(list.count) messages"
        }
    }

    /// What differs, a line each.
    func differences(from theirs: MixedReply, ttlTolerance: UInt32) -> [String] {
        switch (self, theirs) {
        case (.nothing, .nothing): return []
        case (.unreadable(let one), .unreadable(let two)):
            return one.dropFirst(2) == two.dropFirst(2) ? [] : ["\(theirs) / \(self)"]
        case (.messages(let ours), .messages(let others)) where ours.count == others.count:
            return zip(ours, others).flatMap {
                $0.differences(from: $1, ttlTolerance: ttlTolerance)
            }
        default: return ["dnsdist \(theirs), Pharos \(self)"]
        }
    }
}
