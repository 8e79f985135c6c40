// SPDX-License-Identifier: Apache-2.0

/// Why a peer's bytes cost it the session. Everything milder is an ``AttributeFault``.
///
/// ``notification`` is what RFC 4271 §6 wants sent before the connection is closed.
public enum BGPWireError: Error, Hashable, Sendable {
    case markerNotAllOnes
    case messageLength(UInt16)
    case messageType(UInt8)
    case openVersion(UInt8)
    case openParameter(UInt8)
    case openTruncated(String)
    case attributeList(String)
    case optionalAttribute(String)
    case networkField(String)
    /// With the message, header included (RFC 7313 §5).
    case routeRefreshLength([UInt8])

    public var notification: NotificationMessage {
        switch self {
        case .markerNotAllOnes:
            NotificationMessage(.messageHeader, subcode: 1)
        case .messageLength(let length):
            NotificationMessage(
                .messageHeader, subcode: 2, data: [UInt8(length >> 8), UInt8(length & 0xff)])
        case .messageType(let type):
            NotificationMessage(.messageHeader, subcode: 3, data: [type])
        case .openVersion:
            // The data is the largest version that we speak, as two octets (RFC 4271 §6.2).
            NotificationMessage(.openMessage, subcode: 1, data: [0, 4])
        case .openParameter:
            NotificationMessage(.openMessage, subcode: 4)
        case .openTruncated:
            NotificationMessage(.openMessage, subcode: 0)
        case .attributeList:
            NotificationMessage(.updateMessage, subcode: 1)
        case .optionalAttribute:
            NotificationMessage(.updateMessage, subcode: 9)
        case .networkField:
            NotificationMessage(.updateMessage, subcode: 10)
        case .routeRefreshLength(let message):
            NotificationMessage(.routeRefresh, subcode: 1, data: message)
        }
    }
}

extension BGPWireError: CustomStringConvertible {
    public var description: String {
        let what =
            switch self {
            case .markerNotAllOnes: "the marker is not all ones"
            case .messageLength(let length): "length \(length)"
            case .messageType(let type): "type \(type)"
            case .openVersion(let version): "version \(version)"
            case .openParameter(let type): "parameter \(type)"
            case .routeRefreshLength(let message):
                "length \(message.count)"
            case .openTruncated(let detail), .attributeList(let detail),
                .optionalAttribute(let detail), .networkField(let detail):
                detail
            }
        return "\(notification.words): \(what)"
    }
}
