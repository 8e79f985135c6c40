// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import Glibc
import NIOCore

/// What the sockets of a session are set to, by family.
struct SocketSettings: Sendable {
    let family: IPAddress.Family
    /// `nil` leaves the kernel's.
    let timeToLive: Int?

    /// CS6, network control (RFC 4594 §3.1), shifted over the two bits of ECN.
    static let trafficClass: CInt = 0xc0
    /// Octets the kernel takes that are not sent yet. What it has taken cannot be superseded.
    static let unsentBytesMax: CInt = 16 << 10
    static let connectSeconds: Int64 = 10

    init(family: IPAddress.Family, timeToLive: Int? = nil) {
        self.family = family
        self.timeToLive = timeToLive
    }

    /// A direct eBGP peer is one hop away and many of them check that (RFC 4271 §5.1.3).
    init(_ neighbor: NeighborDeclaration) {
        self.init(
            family: neighbor.key.endpoint.address.family,
            timeToLive: neighbor.multihop ?? (neighbor.isInternal ? 64 : 1))
    }

    /// Sets them all; a failure is one of the whole connection.
    func apply(to channel: any Channel) throws {
        guard let options = channel.syncOptions else { return }
        func set(_ level: CInt, _ name: CInt, _ value: CInt) throws {
            try options.setOption(
                ChannelOptions.Types.SocketOption(
                    level: NIOBSDSocket.OptionLevel(rawValue: level),
                    name: NIOBSDSocket.Option(rawValue: name)),
                value: ChannelOptions.Types.SocketOption.Value(value))
        }
        try set(CInt(IPPROTO_TCP), TCP_NODELAY, 1)
        try set(CInt(IPPROTO_TCP), TCP_NOTSENT_LOWAT, Self.unsentBytesMax)
        switch family {
        case .v4:
            try set(CInt(IPPROTO_IP), IP_TOS, Self.trafficClass)
            if let timeToLive { try set(CInt(IPPROTO_IP), IP_TTL, CInt(timeToLive)) }
        case .v6:
            try set(CInt(IPPROTO_IPV6), IPV6_TCLASS, Self.trafficClass)
            if let timeToLive {
                try set(CInt(IPPROTO_IPV6), IPV6_UNICAST_HOPS, CInt(timeToLive))
            }
        }
        try options.setOption(.allowRemoteHalfClosure, value: true)
    }
}
