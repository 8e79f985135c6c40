// SPDX-License-Identifier: Apache-2.0

/// Any message of RFC 4271 and RFC 2918, decoded.
public enum BGPMessage: Hashable, Sendable {
    case open(OpenMessage)
    case update(UpdateMessage)
    case notification(NotificationMessage)
    case keepalive
    case routeRefresh(RouteRefreshMessage)

    /// Decodes one framed message; `context` is what the session negotiated.
    public init(_ frame: MessageFramer.Frame, context: UpdateContext) throws(BGPWireError) {
        switch frame.type {
        case .open: self = .open(try OpenMessage(body: frame.body))
        case .update: self = .update(try UpdateMessage(body: frame.body, context: context))
        case .notification: self = .notification(try NotificationMessage(body: frame.body))
        case .keepalive: self = .keepalive
        case .routeRefresh: self = .routeRefresh(try RouteRefreshMessage(body: frame.body))
        }
    }

    public var type: MessageType {
        switch self {
        case .open: .open
        case .update: .update
        case .notification: .notification
        case .keepalive: .keepalive
        case .routeRefresh: .routeRefresh
        }
    }

    /// A KEEPALIVE is its header (RFC 4271 §4.4).
    public static let keepaliveBytes = MessageFramer.frame(.keepalive, [])
}

extension BGPMessage: CustomStringConvertible {
    public var description: String {
        switch self {
        case .open(let open): open.description
        case .update(let update): update.description
        case .notification(let notification): notification.description
        case .keepalive: "KEEPALIVE"
        case .routeRefresh(let refresh): refresh.description
        }
    }
}
