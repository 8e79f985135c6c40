// SPDX-License-Identifier: Apache-2.0

/// The type octet of a message header (RFC 4271 §4.1, RFC 2918 §3).
public enum MessageType: UInt8, Hashable, Sendable {
    case open = 1
    case update = 2
    case notification = 3
    case keepalive = 4
    case routeRefresh = 5

    /// Octets with the header: RFC 4271 §4.2 to §4.5 and §6.1, RFC 2918 §3.
    ///
    /// `most` is what the session agreed on; an OPEN and a KEEPALIVE never grow (RFC 8654 §4). A
    /// ROUTE-REFRESH of another length is whole all the same: what is wrong with it depends on
    /// its subtype (RFC 7313 §5).
    func lengthBounds(most: Int) -> ClosedRange<Int> {
        switch self {
        case .open: 29...MessageFramer.messageBytesMax
        case .update: 23...most
        case .notification: 21...most
        case .keepalive: 19...19
        case .routeRefresh: 23...most
        }
    }
}
