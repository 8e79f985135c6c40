// SPDX-License-Identifier: Apache-2.0

import BGPWire

/// Messages of one direction by type, since the neighbour was configured.
public struct MessageCounts: Hashable, Sendable {
    public var open = 0
    public var update = 0
    public var notification = 0
    public var keepalive = 0
    public var routeRefresh = 0

    public var total: Int { open + update + notification + keepalive + routeRefresh }

    /// Each with the word that metrics and status use.
    public var named: [(type: String, count: Int)] {
        [
            ("open", open), ("update", update), ("notification", notification),
            ("keepalive", keepalive), ("refresh", routeRefresh),
        ]
    }

    mutating func count(_ type: MessageType, times: Int = 1) {
        switch type {
        case .open: open += times
        case .update: update += times
        case .notification: notification += times
        case .keepalive: keepalive += times
        case .routeRefresh: routeRefresh += times
        }
    }

    /// Counts a message by its header.
    mutating func count(_ message: [UInt8]) {
        if let type = MessageType(rawValue: message[18]) { count(type) }
    }
}
