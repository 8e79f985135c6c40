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

/// What tells one neighbour from another across reloads: address, interface and port.
public struct NeighborKey: Hashable, Sendable, CustomStringConvertible {
    /// The neighbour's address, TCP port and, for a link-local one, interface.
    public var endpoint: Endpoint

    public init(endpoint: Endpoint) {
        self.endpoint = endpoint
    }

    /// The address alone when the port is BGP's own.
    public var description: String {
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
    /// Configured and kept closed.
    public var shutdown = false
    /// Hops to the neighbour (GTSM, RFC 5082); `nil` leaves it off.
    public var ttlSecurityHops: Int?
    /// TTL of what we send; `nil` is 1 for a direct eBGP neighbour, 64 otherwise.
    public var multihop: Int?
    /// `nil` leaves BFD off.
    public var bfd: BFDDeclaration?
    /// TCP-MD5 key (RFC 2385); never printed.
    public var md5Password: String?
    public var description = ""
    public var location: SourceLocation

    public init(key: NeighborKey, localAS: UInt32, peerAS: UInt32, location: SourceLocation) {
        self.key = key
        self.localAS = localAS
        self.peerAS = peerAS
        self.location = location
    }

    public var isInternal: Bool { localAS == peerAS }
}
