// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// An address family that routes are exchanged for (AFI and SAFI, RFC 4760).
public enum RouteFamily: String, CaseIterable, Hashable, Sendable {
    case ipv4Unicast = "ipv4 unicast"
    case ipv6Unicast = "ipv6 unicast"

    public init(of address: IPAddress) {
        self = address.family == .v4 ? .ipv4Unicast : .ipv6Unicast
    }
}

/// What tells one neighbour from another across reloads: address, interface and port. A range of
/// neighbours is its network's address and how many bits of it count.
public struct NeighborKey: Hashable, Sendable, CustomStringConvertible {
    /// The neighbour's address, TCP port and, for a link-local one, interface.
    public var endpoint: Endpoint
    /// Of a range; `nil` for one neighbour.
    public var rangeLength: Int?

    public init(endpoint: Endpoint, rangeLength: Int? = nil) {
        self.endpoint = endpoint
        self.rangeLength = rangeLength
    }

    /// The addresses of a range; `nil` for one neighbour.
    public var range: IPPrefix? {
        rangeLength.flatMap { IPPrefix(masking: endpoint.address, length: $0) }
    }

    /// The address alone when the port is BGP's own.
    public var description: String {
        if let range { return range.description }
        guard endpoint.port == 179 else { return endpoint.description }
        return endpoint.address.description + (endpoint.interface.map { "%\($0)" } ?? "")
    }
}

/// How a neighbour's liveness is watched (`newNeighbor{bfd = …}`, RFC 5880).
public struct BFDDeclaration: Hashable, Sendable {
    /// How often we would like to send.
    public var minTxMilliseconds = 300
    /// How often the neighbour may send at most.
    public var minRxMilliseconds = 300
    /// Missed packets of ours after which the neighbour gives us up.
    public var multiplier = 3
    /// Says nothing before the neighbour did.
    public var passive = false
    /// RFC 5883: more than one hop away.
    public var multihop = false

    public init() {}
}

/// What is said of restarts in the OPEN (`newNeighbor{gracefulRestart = …}`, RFC 4724).
public struct GracefulRestartDeclaration: Hashable, Sendable {
    /// How long the neighbour may keep our routes while we are away; `nil` asks it to keep none,
    /// and says no more than that End-of-RIB is sent.
    public var restartSeconds: Int?
    /// They are kept through a NOTIFICATION too (RFC 8538).
    public var isNotificationGraceful = false

    public init(restartSeconds: Int? = nil) {
        self.restartSeconds = restartSeconds
    }
}

/// What this node is to its neighbour (RFC 9234 §3).
public enum NeighborRole: String, CaseIterable, Hashable, Sendable {
    case provider
    case customer
    case peer
    case routeServer = "rs"
    case routeServerClient = "rs-client"
}

/// Which addresses stand for "self" in IPv6 (RFC 2545 §3).
public enum NextHopMode: String, CaseIterable, Hashable, Sendable {
    /// Global and link-local where the neighbour is on the link, else global alone.
    case automatic = "auto"
    case global
    case globalAndLinkLocal = "global+ll"
    case linkLocal = "ll"
}

/// A BGP neighbour (`newNeighbor`).
public struct NeighborDeclaration: Hashable, Sendable {
    public var key: NeighborKey
    public var peerAS: UInt32
    public var localAS: UInt32
    /// `nil` lets the kernel choose ("auto").
    public var localAddress: IPAddress?
    /// `nil` uses the node's.
    public var routerID: UInt32?
    /// Seconds; 0 or at least 3 (RFC 4271 §4.2).
    public var holdTimeSeconds = 10
    public var families: [RouteFamily] = [.ipv4Unicast]
    /// Waits for the neighbour to connect.
    public var passive = false
    /// Of a range: how many of its addresses may have a session.
    public var rangePeersMax = rangePeersMaxDefault
    /// Configured and kept closed.
    public var shutdown = false
    /// Hops to the neighbour (GTSM, RFC 5082); `nil` leaves it off.
    public var ttlSecurityHops: Int?
    /// TTL of what we send; `nil` is 1 for a direct eBGP neighbour, 64 otherwise.
    public var multihop: Int?
    /// `nil` says nothing of restarts.
    public var gracefulRestart: GracefulRestartDeclaration? = GracefulRestartDeclaration()
    /// `nil` says nothing of roles.
    public var role: NeighborRole?
    /// A neighbour that names no role is refused.
    public var isRoleStrict = false
    public var nextHopMode = NextHopMode.automatic
    /// IPv4 routes with an IPv6 next hop (RFC 8950): offered and preferred, or never. `nil` offers
    /// it where IPv4 is carried over IPv6, for hosts that have no IPv4 address to name.
    public var extendedNextHop: Bool?
    /// Host and domain as the neighbour is to show them; `nil` tells neither.
    public var hostName: String?
    /// `nil` leaves BFD off.
    public var bfd: BFDDeclaration?
    /// TCP-MD5 key (RFC 2385); never printed.
    public var md5Password: String?
    public var description = ""
    /// Prefixes that one neighbour may be watched for: far beyond the announcements of a node.
    public static let watchedPrefixesMax = 4_096

    /// Of which it is remembered who else announces them.
    public var watchPrefixes: Set<IPPrefix> = []
    public var location: SourceLocation

    /// A rack has fewer hosts, and a hundred sessions cost the speaker nothing to speak of.
    public static let rangePeersMaxDefault = 100

    public init(key: NeighborKey, localAS: UInt32, peerAS: UInt32, location: SourceLocation) {
        self.key = key
        self.localAS = localAS
        self.peerAS = peerAS
        self.location = location
    }

    public var isInternal: Bool { localAS == peerAS }

    /// Whether RFC 8950 is offered.
    public var offersExtendedNextHop: Bool {
        families.contains(.ipv4Unicast)
            && (extendedNextHop ?? (key.endpoint.address.family == .v6))
    }
}
