// SPDX-License-Identifier: Apache-2.0

/// Why a session ends (RFC 4271 §4.5).
///
///     +------+---------+- - - -
///     | code | subcode | data
///     +------+---------+- - - -
public struct NotificationMessage: Hashable, Sendable {
    /// The codes of RFC 4271 §4.5 and RFC 7313 §5, RFC 9687 §4.
    public enum Code: UInt8, Hashable, Sendable {
        case messageHeader = 1
        case openMessage = 2
        case updateMessage = 3
        case holdTimerExpired = 4
        case finiteStateMachine = 5
        case cease = 6
        case routeRefresh = 7
        case sendHoldTimerExpired = 8
    }

    /// Cease subcodes (RFC 4486, RFC 8538, RFC 9384).
    public enum Cease: UInt8, Hashable, Sendable {
        case maximumPrefixes = 1
        case administrativeShutdown = 2
        case peerDeconfigured = 3
        case administrativeReset = 4
        case connectionRejected = 5
        case otherConfigurationChange = 6
        case connectionCollision = 7
        case outOfResources = 8
        case hardReset = 9
        case bfdDown = 10
    }

    /// RFC 9003 §2: the text's length is one octet.
    public static let shutdownTextBytesMax = 255

    public var code: UInt8
    public var subcode: UInt8
    public var data: [UInt8]

    public init(code: UInt8, subcode: UInt8, data: [UInt8] = []) {
        self.code = code
        self.subcode = subcode
        self.data = data
    }

    public init(_ code: Code, subcode: UInt8, data: [UInt8] = []) {
        self.init(code: code.rawValue, subcode: subcode, data: data)
    }

    /// A Cease. `text` (RFC 9003) goes with subcodes 2 and 4 only and is cut, at a character, to
    /// ``shutdownTextBytesMax`` octets.
    public static func cease(_ subcode: Cease, text: String = "") -> NotificationMessage {
        guard subcode == .administrativeShutdown || subcode == .administrativeReset,
            !text.isEmpty
        else {
            return NotificationMessage(.cease, subcode: subcode.rawValue)
        }
        var octets: [UInt8] = []
        for character in text {
            let next = Array(String(character).utf8)
            guard octets.count + next.count <= shutdownTextBytesMax else { break }
            octets += next
        }
        return NotificationMessage(
            .cease, subcode: subcode.rawValue, data: [UInt8(octets.count)] + octets)
    }

    public static let holdTimerExpired = NotificationMessage(.holdTimerExpired, subcode: 0)

    /// A Cease that ends graceful restart too: whoever agreed on RFC 8538 would keep our routes
    /// through any other NOTIFICATION (§3: its code and subcode and data are the Hard Reset's data).
    public static func hardReset(
        wrapping notification: NotificationMessage
    ) -> NotificationMessage {
        NotificationMessage(
            .cease, subcode: Cease.hardReset.rawValue,
            data: [notification.code, notification.subcode] + notification.data)
    }

    /// What a Hard Reset wraps; `nil` for everything else.
    public var wrapped: NotificationMessage? {
        guard isCease, subcode == Cease.hardReset.rawValue, data.count >= 2 else { return nil }
        return NotificationMessage(code: data[0], subcode: data[1], data: Array(data[2...]))
    }

    public init(body: [UInt8]) throws(BGPWireError) {
        guard body.count >= 2 else {
            throw BGPWireError.messageLength(UInt16(MessageFramer.headerBytes + body.count))
        }
        self.init(code: body[0], subcode: body[1], data: Array(body[2...]))
    }

    public var encoded: [UInt8] {
        let room = MessageFramer.messageBytesMax - MessageFramer.headerBytes - 2
        return MessageFramer.frame(.notification, [code, subcode] + data.prefix(room))
    }

    public var isCease: Bool { code == Code.cease.rawValue }

    /// The peer's text in an administrative shutdown or reset, with everything but printable
    /// characters escaped; `nil` when there is none or it is malformed.
    public var shutdownText: String? {
        guard isCease, subcode == 2 || subcode == 4, let length = data.first, length > 0,
            data.count > Int(length)
        else { return nil }
        return String(decoding: data[1...Int(length)], as: UTF8.self).terminalSafe
    }
}
