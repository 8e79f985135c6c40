// SPDX-License-Identifier: Apache-2.0

import Addressing
import CLinux
import Declarations
import Glibc
import NIOCore

/// What the sockets of a session are set to, by family.
struct SocketSettings: Sendable {
    let family: IPAddress.Family
    /// `nil` leaves the kernel's.
    let timeToLive: Int?
    /// What arrives with less is dropped by the kernel (GTSM, RFC 5082).
    let timeToLiveMin: Int?
    /// How long what was sent may stay unacknowledged (TCP_USER_TIMEOUT); `nil` leaves the kernel's
    /// quarter of an hour. The session raises it to the send hold time: the kernel counts a closed
    /// window too, and RFC 9687 lets a peer be slow for longer than silent.
    let userTimeoutMilliseconds: Int?
    /// TCP-MD5 (RFC 2385): whose segments must be signed, and with what.
    let signature: Signature?
    /// The interface that its packets leave and come by (SO_BINDTODEVICE).
    let interface: String?

    struct Signature: Hashable, Sendable {
        var peer: Endpoint
        /// Of a range of peers.
        var prefixLength: Int?
        var key: String
    }

    /// CS6, network control (RFC 4594 §3.1), shifted over the two bits of ECN.
    static let trafficClass: CInt = 0xc0
    /// Octets the kernel takes that are not sent yet. What it has taken cannot be superseded.
    static let unsentBytesMax: CInt = 16 << 10
    static let connectSeconds: Int64 = 10

    init(
        family: IPAddress.Family, timeToLive: Int? = nil, timeToLiveMin: Int? = nil,
        userTimeoutMilliseconds: Int? = nil, signature: Signature? = nil,
        interface: String? = nil
    ) {
        self.family = family
        self.timeToLive = timeToLive
        self.timeToLiveMin = timeToLiveMin
        self.userTimeoutMilliseconds = userTimeoutMilliseconds
        self.signature = signature
        self.interface = interface
    }

    /// A direct eBGP peer is one hop away and many of them check that (RFC 4271 §5.1.3).
    init(_ neighbor: NeighborDeclaration) {
        let hops = neighbor.ttlSecurityHops
        self.init(
            family: neighbor.key.endpoint.address.family,
            timeToLive: hops == nil ? neighbor.multihop ?? (neighbor.isInternal ? 64 : 1) : 255,
            timeToLiveMin: hops.map { 256 - $0 },
            userTimeoutMilliseconds: neighbor.holdTimeSeconds > 0
                ? neighbor.holdTimeSeconds * 1_000 : NeighborStateMachine.openHoldMilliseconds,
            signature: neighbor.signature,
            interface: neighbor.key.endpoint.interface)
    }

    /// Sets them all; a failure is one of the whole connection.
    func apply(to channel: any Channel) throws {
        func set(_ level: CInt, _ name: CInt, _ value: CInt) throws {
            try Self.set(level, name, value, on: channel)
        }
        try set(CInt(IPPROTO_TCP), TCP_NODELAY, 1)
        try set(CInt(IPPROTO_TCP), TCP_NOTSENT_LOWAT, Self.unsentBytesMax)
        switch family {
        case .v4:
            try set(CInt(IPPROTO_IP), IP_TOS, Self.trafficClass)
        case .v6:
            try set(CInt(IPPROTO_IPV6), IPV6_TCLASS, Self.trafficClass)
        }
        if let timeToLive { try Self.setTimeToLive(timeToLive, on: channel, family) }
        if let timeToLiveMin {
            let (level, name): (CInt, CInt) =
                family == .v4
                ? (CInt(IPPROTO_IP), IP_MINTTL) : (CInt(IPPROTO_IPV6), Self.ipv6MinHopCount)
            try set(level, name, CInt(timeToLiveMin))
        }
        if let userTimeoutMilliseconds {
            try Self.setUserTimeout(userTimeoutMilliseconds, on: channel)
        }
        if let signature { try Self.sign(channel, signature) }
        if let interface { try Self.bind(channel, interface) }
        try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
    }

    static func setUserTimeout(_ milliseconds: Int, on channel: any Channel) throws {
        try set(CInt(IPPROTO_TCP), TCP_USER_TIMEOUT, CInt(clamping: milliseconds), on: channel)
    }

    static func setTimeToLive(
        _ value: Int, on channel: any Channel, _ family: IPAddress.Family
    ) throws {
        switch family {
        case .v4: try set(CInt(IPPROTO_IP), IP_TTL, CInt(value), on: channel)
        case .v6: try set(CInt(IPPROTO_IPV6), IPV6_UNICAST_HOPS, CInt(value), on: channel)
        }
    }

    private static func set(
        _ level: CInt, _ name: CInt, _ value: CInt, on channel: any Channel
    ) throws {
        try channel.syncOptions?.setOption(
            ChannelOptions.Types.SocketOption(
                level: NIOBSDSocket.OptionLevel(rawValue: level),
                name: NIOBSDSocket.Option(rawValue: name)),
            value: ChannelOptions.Types.SocketOption.Value(value))
    }

    /// linux/in6.h; Glibc leaves it out.
    static let ipv6MinHopCount: CInt = 73

    private static func bind(_ channel: any Channel, _ interface: String) throws {
        let result = try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: CInt.self
        ) { clinux_bind_to_device($0, interface) }
        guard let result else { throw ChannelError.operationUnsupported }
        guard result == 0 else { throw IOError(errnoCode: -result, reason: "SO_BINDTODEVICE") }
    }

    /// Has the kernel sign what a socket sends to a peer and drop what the peer has not signed; a key
    /// of no length ends that. It fails rather than leave the socket without.
    static func sign(_ channel: any Channel, _ signature: Signature) throws {
        let result = try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: CInt.self
        ) { descriptor in
            var peer = signature.peer
            // The key holds for the address, whatever port it calls from.
            peer.port = 0
            let address = peer.socketAddress
            let key = Array(signature.key.utf8)
            return withUnsafePointer(to: address.storage) {
                guard let length = signature.prefixLength else {
                    return clinux_set_tcp_md5(descriptor, $0, address.length, key, key.count)
                }
                return clinux_set_tcp_md5_range(
                    descriptor, $0, address.length, UInt8(length), key, key.count)
            }
        }
        guard let result else { throw ChannelError.operationUnsupported }
        guard result == 0 else { throw IOError(errnoCode: -result, reason: "TCP_MD5SIG") }
    }
}
