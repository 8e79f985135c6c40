// SPDX-License-Identifier: Apache-2.0

/// One neighbour of a router, as tests of every router declare it.
public struct RouterSession: Sendable {
    /// Who calls it.
    public var neighbor: String
    public var neighborAS: UInt32
    /// Its own end.
    public var address: String
    public var holdTimeSeconds = 3
    /// Waits to be called; otherwise it calls as well.
    public var isPassive = true
    public var port: UInt16 = 179
    /// TCP-MD5 (RFC 2385).
    public var password: String?
    /// Sends with TTL 255 and takes nothing less (RFC 5082).
    public var checksHops = false
    /// Watches the neighbour by BFD, every 50 ms, three packets (RFC 5881).
    public var watches = false
    /// Takes IPv4 routes with an IPv6 next hop (RFC 8950).
    public var extendedNextHop = false
    /// Keeps the neighbour's routes over a restart of the neighbour (RFC 4724); most do anyway.
    public var keepsRoutes = false

    public init(neighbor: String, neighborAS: UInt32 = 65_001, address: String) {
        self.neighbor = neighbor
        self.neighborAS = neighborAS
        self.address = address
    }

    var isIPv6: Bool { neighbor.contains(":") }
}

/// A router as tests of every router declare it.
public struct RouterSettings: Sendable {
    public var asn: UInt32
    public var routerID: String
    public var sessions: [RouterSession]

    public init(asn: UInt32 = 65_002, routerID: String = "10.0.0.2", sessions: [RouterSession]) {
        self.asn = asn
        self.routerID = routerID
        self.sessions = sessions
    }
}
