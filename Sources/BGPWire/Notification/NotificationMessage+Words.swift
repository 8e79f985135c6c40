// SPDX-License-Identifier: Apache-2.0

extension NotificationMessage: CustomStringConvertible {
    public var description: String { "NOTIFICATION \(line)" }

    /// Words and numbers: `Cease: Administrative Shutdown (6/2) "maintenance"`.
    public var line: String {
        var text = words + " (\(code)/\(subcode))"
        if let shutdownText { text += " \"\(shutdownText)\"" }
        // A Hard Reset in a Hard Reset is nobody's, and has no end.
        if let wrapped { text += ", " + (wrapped.wrapped == nil ? wrapped.line : wrapped.words) }
        if let missing = unsupportedCapabilities { text += ": \(missing)" }
        return text
    }

    /// RFC 5492 §5: the data of 2/7 lists the capabilities that caused it.
    private var unsupportedCapabilities: String? {
        guard code == Code.openMessage.rawValue, subcode == 7, !data.isEmpty else { return nil }
        let list = try? OpenMessage.capabilities(in: data[...])
        return list?.map(\.description).joined(separator: ", ")
    }

    /// The registry's words (IANA "BGP Error (Notification) Codes").
    public var words: String {
        guard let known = Code(rawValue: code) else { return "Unknown Error" }
        guard let detail = Self.subcodes(of: known)[subcode] else { return Self.name(of: known) }
        return "\(Self.name(of: known)): \(detail)"
    }

    private static func name(of code: Code) -> String {
        switch code {
        case .messageHeader: "Message Header Error"
        case .openMessage: "OPEN Message Error"
        case .updateMessage: "UPDATE Message Error"
        case .holdTimerExpired: "Hold Timer Expired"
        case .finiteStateMachine: "Finite State Machine Error"
        case .cease: "Cease"
        case .routeRefresh: "ROUTE-REFRESH Message Error"
        case .sendHoldTimerExpired: "Send Hold Timer Expired"
        }
    }

    private static func subcodes(of code: Code) -> [UInt8: String] {
        switch code {
        case .messageHeader:
            [
                1: "Connection Not Synchronized", 2: "Bad Message Length",
                3: "Bad Message Type",
            ]
        case .openMessage:
            [
                1: "Unsupported Version Number", 2: "Bad Peer AS", 3: "Bad BGP Identifier",
                4: "Unsupported Optional Parameter", 6: "Unacceptable Hold Time",
                7: "Unsupported Capability", 11: "Role Mismatch",
            ]
        case .updateMessage:
            [
                1: "Malformed Attribute List", 2: "Unrecognized Well-known Attribute",
                3: "Missing Well-known Attribute", 4: "Attribute Flags Error",
                5: "Attribute Length Error", 6: "Invalid ORIGIN Attribute",
                8: "Invalid NEXT_HOP Attribute", 9: "Optional Attribute Error",
                10: "Invalid Network Field", 11: "Malformed AS_PATH",
            ]
        case .holdTimerExpired, .sendHoldTimerExpired:
            [:]
        case .finiteStateMachine:
            // RFC 6608 §3.
            [
                1: "Receive Unexpected Message in OpenSent State",
                2: "Receive Unexpected Message in OpenConfirm State",
                3: "Receive Unexpected Message in Established State",
            ]
        case .cease:
            [
                1: "Maximum Number of Prefixes Reached", 2: "Administrative Shutdown",
                3: "Peer De-configured", 4: "Administrative Reset", 5: "Connection Rejected",
                6: "Other Configuration Change", 7: "Connection Collision Resolution",
                8: "Out of Resources", 9: "Hard Reset", 10: "BFD Down",
            ]
        case .routeRefresh:
            [1: "Invalid Message Length"]
        }
    }
}
