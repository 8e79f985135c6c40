// SPDX-License-Identifier: Apache-2.0

import Glibc

/// An IPv4 or IPv6 address: sixteen octets in network order and a family, no heap, no zone.
///
/// A scope (`%eth0`) belongs to an ``Endpoint``: two neighbours may share `fe80::1` on two links.
public struct IPAddress: Hashable, Sendable {
    public enum Family: UInt8, Hashable, Sendable {
        case v4, v6
    }

    public let family: Family
    /// The first eight octets, big end first. Zero for IPv4.
    public let high: UInt64
    /// The last eight octets, big end first. An IPv4 address is in the low 32 bits.
    public let low: UInt64

    public init(v4 bits: UInt32) {
        family = .v4
        high = 0
        low = UInt64(bits)
    }

    public init(v6High high: UInt64, v6Low low: UInt64) {
        family = .v6
        self.high = high
        self.low = low
    }

    /// Parses presentation form as `inet_pton(3)` does: no port, no zone, no brackets.
    public init?(_ text: some StringProtocol) {
        let text = String(text)
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            self.init(v4: UInt32(bigEndian: four.s_addr))
            return
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        self = withUnsafeBytes(of: &six) { IPAddress(bytes: $0)! }  // sixteen octets by its type
    }

    /// Reads 4 or 16 octets in network order; `nil` for any other count.
    public init?(bytes: some Collection<UInt8>) {
        func fold(_ part: some Sequence<UInt8>) -> UInt64 {
            part.reduce(0) { $0 << 8 | UInt64($1) }
        }
        switch bytes.count {
        case 4: self.init(v4: UInt32(fold(bytes)))
        case 16: self.init(v6High: fold(bytes.prefix(8)), v6Low: fold(bytes.dropFirst(8)))
        default: return nil
        }
    }

    /// 4 or 16 octets in network order.
    public var bytes: [UInt8] {
        let tail = (0..<8).map { UInt8(truncatingIfNeeded: low >> (56 - 8 * UInt64($0))) }
        guard family == .v6 else { return Array(tail[4...]) }
        return (0..<8).map { UInt8(truncatingIfNeeded: high >> (56 - 8 * UInt64($0))) } + tail
    }

    /// One of the 4 or 16 octets in network order; 0 beyond them.
    public func octet(_ index: Int) -> UInt8 {
        let position = family == .v4 ? index + 12 : index
        guard index >= 0, position < 16 else { return 0 }
        let half = position < 8 ? high : low
        return UInt8(truncatingIfNeeded: half >> UInt64(56 - 8 * (position & 7)))
    }

    public var v4Bits: UInt32 { UInt32(truncatingIfNeeded: low) }

    /// 32 or 128.
    public var bitWidth: Int { family == .v4 ? 32 : 128 }

    public static let anyV4 = IPAddress(v4: 0)
    public static let anyV6 = IPAddress(v6High: 0, v6Low: 0)
    public static let loopbackV4 = IPAddress(v4: 0x7f00_0001)
    public static let loopbackV6 = IPAddress(v6High: 0, v6Low: 1)

    public var isUnspecified: Bool { high == 0 && low == 0 }

    public var isLoopback: Bool {
        switch family {
        case .v4: low >> 24 == 127
        case .v6: high == 0 && low == 1
        }
    }

    /// `fe80::/10`.
    public var isLinkLocal: Bool { family == .v6 && high >> 54 == 0x3fa }

    /// `224.0.0.0/4` or `ff00::/8`.
    public var isMulticast: Bool {
        switch family {
        case .v4: low >> 28 == 0xe
        case .v6: high >> 56 == 0xff
        }
    }

    /// `::ffff:0:0/96`.
    public var isV4Mapped: Bool { family == .v6 && high == 0 && low >> 32 == 0xffff }
}

extension IPAddress: CustomStringConvertible {
    public var description: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { text in
            let octets = bytes
            inet_ntop(
                family == .v4 ? AF_INET : AF_INET6, octets, text.baseAddress,
                socklen_t(text.count))
            return String(cString: text.baseAddress!)  // the capacity above is not zero
        }
    }
}

extension IPAddress: Comparable {
    /// IPv4 before IPv6, then by value.
    public static func < (left: IPAddress, right: IPAddress) -> Bool {
        (left.family.rawValue, left.high, left.low)
            < (right.family.rawValue, right.high, right.low)
    }
}
