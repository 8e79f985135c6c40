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
        "graceful-shutdown": 0xffff_0000, "accept-own": 0xffff_0001,
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
    /// Sorted and without repetition when it is sent.
    public var communities: [Community] = []
    public var largeCommunities: [LargeCommunity] = []
    /// Eight octets each (RFC 4360).
    public var extendedCommunities: [UInt64] = []

    public init() {}
}
