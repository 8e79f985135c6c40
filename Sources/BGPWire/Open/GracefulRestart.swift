// SPDX-License-Identifier: Apache-2.0

/// What a speaker says of its restarts (RFC 4724 §3, RFC 8538 §2).
///
///     +-----------+------------------+  then for each family
///     | R N - -   | seconds, 12 bits |  +--------+------+---------+
///     +-----------+------------------+  |  AFI   | SAFI | F - - - |
///           0               1           +--------+------+---------+
///
/// Without families it says that End-of-RIB will be sent, and that a peer's own restart is seen
/// through; nothing of ours is kept by anybody then.
public struct GracefulRestart: Hashable, Sendable {
    /// A family whose routes the peer is to keep while we are away.
    public struct Family: Hashable, Sendable {
        public var family: AddressFamily
        /// F: packets were forwarded all the time.
        public var isForwardingPreserved: Bool

        public init(_ family: AddressFamily, isForwardingPreserved: Bool = false) {
            self.family = family
            self.isForwardingPreserved = isForwardingPreserved
        }
    }

    /// 12 bits.
    public static let secondsMax = 4095

    /// R: this OPEN follows a restart; the peer need not wait for our End-of-RIB.
    public var isRestarting: Bool
    /// N: routes are kept through a NOTIFICATION too, but for a Hard Reset (RFC 8538).
    public var isNotificationGraceful: Bool
    /// How long the peer may keep our routes until we are back.
    public var restartSeconds: Int
    public var families: [Family]

    public init(
        restartSeconds: Int = 0, isRestarting: Bool = false, isNotificationGraceful: Bool = false,
        families: [Family] = []
    ) {
        self.isRestarting = isRestarting
        self.isNotificationGraceful = isNotificationGraceful
        self.restartSeconds = min(max(0, restartSeconds), Self.secondsMax)
        self.families = families
    }

    /// `nil` for a length that no number of families makes.
    init?(_ value: ArraySlice<UInt8>) {
        var reader = ByteReader(value)
        guard let head = reader.uint16(), reader.count.isMultiple(of: 4) else { return nil }
        self.init(
            restartSeconds: Int(head & 0xfff), isRestarting: head & 0x8000 != 0,
            isNotificationGraceful: head & 0x4000 != 0)
        while let afi = reader.uint16(), let safi = reader.octet(), let flags = reader.octet() {
            families.append(
                Family(
                    AddressFamily(afi: afi, safi: safi),
                    isForwardingPreserved: flags & 0x80 != 0))
        }
    }

    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        let flags: UInt16 = (isRestarting ? 0x8000 : 0) | (isNotificationGraceful ? 0x4000 : 0)
        bytes.append(bigEndian: flags | UInt16(restartSeconds & 0xfff))
        // 63 of them fill a capability; nobody has as many.
        for item in families.prefix(63) {
            bytes.append(bigEndian: item.family.afi)
            bytes += [item.family.safi, item.isForwardingPreserved ? 0x80 : 0]
        }
        return bytes
    }
}

extension GracefulRestart: CustomStringConvertible {
    public var description: String {
        var words = ["graceful restart \(restartSeconds) s"]
        if isRestarting { words.append("restarting") }
        if isNotificationGraceful { words.append("through notifications") }
        words += families.map { "\($0.family)\($0.isForwardingPreserved ? " kept" : "")" }
        return words.joined(separator: ", ")
    }
}
