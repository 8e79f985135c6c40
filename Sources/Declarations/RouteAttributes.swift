// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// `asn:value` as one number (RFC 1997).
public struct Community: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    public init(asn: UInt16, value: UInt16) {
        rawValue = UInt32(asn) << 16 | UInt32(value)
    }

    /// RFC 8326 §5.
    public static let gracefulShutdown = Community(asn: 65535, value: 0)

    /// Reads `65000:1` or a well-known name (`no-export`, `no_advertise`, `graceful-shutdown`, …).
    public init?(_ text: String) {
        let name = text.lowercased().replacing("_", with: "-")
        if let known = Self.wellKnown[name] {
            self.init(rawValue: known)
            return
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let asn = UInt16(parts[0]), let value = UInt16(parts[1]) else {
            return nil
        }
        self.init(asn: asn, value: value)
    }

    /// The IANA registry "BGP Well-known Communities".
    private static let wellKnown: [String: UInt32] = [
        "graceful-shutdown": 0xffff_0000, "gshut": 0xffff_0000, "accept-own": 0xffff_0001,
        "llgr-stale": 0xffff_0006, "no-llgr": 0xffff_0007, "accept-own-nexthop": 0xffff_0008,
        "blackhole": 0xffff_029a, "no-export": 0xffff_ff01, "no-advertise": 0xffff_ff02,
        "no-export-subconfed": 0xffff_ff03, "nopeer": 0xffff_ff04, "no-peer": 0xffff_ff04,
    ]

    public static func < (left: Community, right: Community) -> Bool {
        left.rawValue < right.rawValue
    }

    public var description: String { "\(rawValue >> 16):\(rawValue & 0xffff)" }
}

/// Three numbers (RFC 8092).
public struct LargeCommunity: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let globalAdministrator: UInt32
    public let localData1: UInt32
    public let localData2: UInt32

    public init(globalAdministrator: UInt32, localData1: UInt32, localData2: UInt32) {
        self.globalAdministrator = globalAdministrator
        self.localData1 = localData1
        self.localData2 = localData2
    }

    /// Reads `4200000000:1:2`.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map {
            UInt32($0)
        }
        guard parts.count == 3, let first = parts[0], let second = parts[1], let third = parts[2]
        else { return nil }
        self.init(globalAdministrator: first, localData1: second, localData2: third)
    }

    public static func < (left: LargeCommunity, right: LargeCommunity) -> Bool {
        (left.globalAdministrator, left.localData1, left.localData2)
            < (right.globalAdministrator, right.localData1, right.localData2)
    }

    public var description: String { "\(globalAdministrator):\(localData1):\(localData2)" }
}

/// ORIGIN's values (RFC 4271 §5.1.1).
public enum RouteOrigin: UInt8, Hashable, Sendable {
    case igp = 0
    case egp = 1
    case incomplete = 2
}

/// A step of an AS path as it is typed.
public enum ASPathItem: Hashable, Sendable, CustomStringConvertible {
    case number(UInt32)
    /// AS_SET, which RFC 9774 has put out of use.
    case set([UInt32])

    public var description: String {
        switch self {
        case .number(let number): "\(number)"
        case .set(let numbers): "{\(numbers.map(String.init).joined(separator: " "))}"
        }
    }
}

/// Who put several routes into one (RFC 4271 §5.1.7).
public struct RouteAggregator: Hashable, Sendable, CustomStringConvertible {
    public let asn: UInt32
    /// IPv4.
    public let address: IPAddress

    /// Reads `64500:192.0.2.1`.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let asn = UInt32(parts[0]), asn != 0,
            let address = IPAddress(parts[1]), address.family == .v4
        else { return nil }
        self.asn = asn
        self.address = address
    }

    public var description: String { "\(asn):\(address)" }
}

/// An optional transitive attribute that has no name here, as its octets.
public struct TypedAttribute: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let type: UInt8
    public let value: [UInt8]

    /// Reads `200:0a0b`: its type and hexadecimal digits, which may be none.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let type = UInt8(parts[0]), !Self.named.contains(type) else {
            return nil
        }
        let digits = parts[1].compactMap(\.hexDigitValue)
        guard digits.count == parts[1].count, digits.count.isMultiple(of: 2) else { return nil }
        self.type = type
        value = stride(from: 0, to: digits.count, by: 2).map {
            UInt8(digits[$0] << 4 | digits[$0 + 1])
        }
    }

    /// Those that have a key of their own, that a session makes by itself, or that are
    /// not for an announcer to send.
    private static let named: Set<UInt8> = [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 14, 15, 16, 17, 18, 32, 35,
    ]

    public static func < (left: TypedAttribute, right: TypedAttribute) -> Bool {
        left.type < right.type
    }

    public var description: String {
        "\(type):" + value.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

/// Where routers are to send the traffic of a route.
public enum NextHop: Hashable, Sendable {
    /// The session's own local address, per family (research/bgp.md §2.4).
    case `self`
    case address(IPAddress)
}

/// The path attributes of a route as they are wanted, before a session gives them its AS path.
public struct RouteAttributes: Hashable, Sendable {
    public var nextHop = NextHop.`self`
    public var med: UInt32?
    /// Sent on iBGP only; 100 there when `nil`.
    public var localPreference: UInt32?
    public var origin = RouteOrigin.igp
    /// How many times our AS is put before the path, beyond the one eBGP needs.
    public var asPathPrepend = 0
    /// The whole path as typed, behind the prepended numbers; `nil` is our AS on eBGP, nothing on
    /// iBGP.
    public var asPath: [ASPathItem]?
    public var isAtomicAggregate = false
    public var aggregator: RouteAggregator?
    /// Sorted and without repetition when it is sent.
    public var communities: [Community] = []
    public var largeCommunities: [LargeCommunity] = []
    /// Eight octets each (RFC 4360).
    public var extendedCommunities: [UInt64] = []
    /// By ascending type, each once.
    public var otherAttributes: [TypedAttribute] = []

    public init() {}
}
