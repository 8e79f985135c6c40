// SPDX-License-Identifier: Apache-2.0

import Announcing
import FoundationEssentials

/// One thing that changed, when and why: a line of `pharos events`. Stable names, more may come.
public struct JournalEvent: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable, CaseIterable {
        case route, check, server, neighbor, reload, drain, force, daemon
    }

    /// Universal time with milliseconds, RFC 3339.
    public var at: String
    public var kind: Kind
    /// The prefix, the check, the server, the neighbour.
    public var subject: String
    /// `withdrawn`, `down`, `rejected`, …
    public var change: String
    /// Of a route.
    public var neighbor: String?
    public var cause: String
    /// Who asked for it; `nil` when nobody did.
    public var by: String?
    /// The whole in one line.
    public var text: String

    init(
        _ kind: Kind, _ subject: String, _ change: String, neighbor: String? = nil,
        cause: String = "", by: String? = nil, at unixSeconds: Double = ControlClock.unixSeconds,
        text: String
    ) {
        at = Date(timeIntervalSince1970: unixSeconds).timestamp
        self.kind = kind
        self.subject = subject
        self.change = change
        self.neighbor = neighbor
        self.cause = cause
        self.by = by
        self.text = text
    }

    init(_ event: RouteEvent, at unixSeconds: Double) {
        let (change, toward) =
            switch event.kind {
            case .announced: ("announced", "to")
            case .changed: ("changed", "to")
            case .withdrawn: ("withdrawn", "from")
            }
        let (prefix, neighbor) = ("\(event.route.prefix)", "\(event.route.neighbor)")
        self.init(
            .route, prefix, change, neighbor: neighbor, cause: event.cause, at: unixSeconds,
            text: "\(prefix) \(change) \(toward) \(neighbor): \(event.cause)")
    }
}

extension JournalEvent {
    /// Octets in front of the time in a line.
    static let timeOffset = 7

    /// One line of the file, the time first, so that a reader can pass over what is too old.
    var line: String {
        var line = "{\"at\":\"\(at)\",\"kind\":\"\(kind.rawValue)\""
        func pair(_ name: String, _ value: String?) {
            guard let value else { return }
            line += ",\""
            line += name
            line += "\":"
            JSONText.append(value, to: &line)
        }
        pair("subject", subject)
        pair("change", change)
        pair("neighbor", neighbor)
        pair("cause", cause)
        pair("by", by)
        pair("text", text)
        return line + "}\n"
    }
}
