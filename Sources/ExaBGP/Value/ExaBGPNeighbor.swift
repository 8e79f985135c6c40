// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import Declarations

/// A BGP neighbour as an ExaBGP configuration describes it.
public struct ExaBGPNeighbor: Hashable, Sendable {
    /// An AS number, or `auto`: as the other end says.
    public enum SystemNumber: Hashable, Sendable {
        case number(UInt32)
        case automatic
    }

    /// Whether the password is written in base64.
    public enum Base64: Hashable, Sendable {
        case no, yes
        /// ExaBGP's own guess: a password of the digits 0 to f alone is taken for base64.
        case automatic
    }

    /// IPv4 routes with IPv6 next hops (`nexthop { ipv4 unicast ipv6; }`, RFC 8950).
    public struct NextHopEncoding: Hashable, Sendable {
        public var family: RouteFamily
        public var nextHop: IPAddress.Family
    }

    /// A host, or a range of them where the neighbour is passive.
    public var peer: IPPrefix
    public var description = ""
    public var hostName: String?
    public var domainName: String?
    public var routerID: UInt32
    /// `nil` is `auto`.
    public var localAddress: IPAddress?
    public var sourceInterface: String?
    public var localAS: SystemNumber
    public var peerAS: SystemNumber
    /// ExaBGP's own default.
    public var holdTimeSeconds = 180
    /// Messages in a second; `nil` is no limit.
    public var rateLimit: Int?
    public var passive = false
    /// The port to accept sessions at; `nil` where none was given.
    public var listenPort: UInt16?
    /// The neighbour's port; `nil` is 179.
    public var connectPort: UInt16?
    public var outgoingTTL: UInt8?
    /// The least TTL that is taken (`ttl-security` in 3.4).
    public var incomingTTL: UInt8?
    public var md5Password: String?
    public var md5Base64 = Base64.automatic
    public var md5Address: IPAddress?
    public var groupUpdates = true
    public var autoFlush = true
    public var adjRIBIn = true
    public var adjRIBOut = true
    public var manualEndOfRIB = false
    /// In the order of the file, each once.
    public var families: [RouteFamily] = RouteFamily.allCases
    /// No family was named, or `all`: ExaBGP then offers every one it knows.
    public var offersAllFamilies = true
    public var capabilities = ExaBGPCapabilities()
    public var nextHopEncodings: [NextHopEncoding] = []
    /// Families that path identifiers are sent for.
    public var addPathFamilies: [RouteFamily] = []
    /// Which processes hear of it and speak to it.
    public var apis: [ExaBGPAPI] = []
    /// In the order of the file, those of its group and templates first.
    public var routes: [ExaBGPRoute] = []
    public var location: SourceLocation

    init(
        peer: IPPrefix, routerID: UInt32, localAS: SystemNumber, peerAS: SystemNumber,
        location: SourceLocation
    ) {
        self.peer = peer
        self.routerID = routerID
        self.localAS = localAS
        self.peerAS = peerAS
        self.location = location
    }

    public var isInternal: Bool { localAS == peerAS && localAS != .automatic }

    /// The octets of the TCP-MD5 key; `nil` without a password.
    public var md5Key: [UInt8]? {
        guard let md5Password else { return nil }
        return MD5Password.key(md5Password, md5Base64)
    }

    /// Names of the processes that hear of it, each once.
    public var processNames: [String] {
        var seen: Set<String> = []
        return apis.flatMap(\.processes).filter { seen.insert($0).inserted }
    }
}
