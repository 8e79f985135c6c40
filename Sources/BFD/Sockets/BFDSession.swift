// SPDX-License-Identifier: Apache-2.0

import Addressing
import CLinux
import Glibc

/// One session: its machine, the socket it sends by, its timers and its figures. The thread's own.
final class BFDSession {
    /// RFC 5881 §4: the source port is one of these and stays the session's.
    private static let sourcePorts: ClosedRange<UInt16> = 49_152...65_535
    private static let portTries = 32
    /// RFC 5881 §5: one hop is what arrives as it was sent. Of several hops nothing is known.
    private static let timeToLive: Int32 = 255
    /// CS6, as BGP's (RFC 4594 §3.1).
    private static let trafficClass: Int32 = 0xc0

    let peer: BFDPeer
    var machine: BFDStateMachine
    /// Monotonic microseconds; `nil` while not armed.
    var transmit: UInt64?
    var detection: UInt64?
    var nextRetry: UInt64?
    var failure: String?
    var packetsReceived: UInt64 = 0
    var packetsDiscarded: UInt64 = 0
    var latenessMax: UInt64 = 0
    private(set) var localAddress: IPAddress?
    private var packetsSent: UInt64 = 0
    private var sendErrors: UInt64 = 0
    private var descriptor: Int32 = -1

    init(_ peer: BFDPeer, _ settings: BFDSettings, discriminator: UInt32) {
        self.peer = peer
        machine = BFDStateMachine(settings: settings, discriminator: discriminator)
    }

    deinit {
        disconnect()
    }

    var timeToLiveMin: Int32 { peer.isMultihop ? 1 : Self.timeToLive }

    var nextDue: UInt64? {
        [transmit, detection, nextRetry].compactMap { $0 }.min()
    }

    /// Whether a packet that names no session is this one's.
    func isFrom(_ datagram: BFDListener.Datagram, _ listener: BFDListener) -> Bool {
        guard let localAddress else { return false }
        return datagram.sender == peer.address && listener.serves(peer, localAddress)
    }

    // MARK: The socket

    /// Opens the socket to send by; returns the address it sends from.
    func connect() throws(BFDFailure) -> IPAddress {
        disconnect()
        let family = peer.address.family == .v4 ? AF_INET : AF_INET6
        descriptor = clinux_socket_datagram(family)
        guard descriptor >= 0 else { throw BFDFailure("socket", errno: -descriptor) }
        let hops = clinux_set_ttl(descriptor, family, Self.timeToLive)
        guard hops == 0 else { throw BFDFailure("TTL 255", errno: -hops) }
        // Where routers do not look at it nothing is lost.
        _ = clinux_set_traffic_class(descriptor, family, Self.trafficClass)
        try bind()
        let there = Endpoint(
            address: peer.address, port: peer.port, interface: peer.interface
        ).socketAddress
        guard Self.call(there, descriptor, Glibc.connect) else {
            throw BFDFailure("no route to \(peer)", errno: errno)
        }
        let local = try ownAddress()
        localAddress = local
        return local
    }

    private func bind() throws(BFDFailure) {
        let address = peer.localAddress ?? (peer.address.family == .v4 ? .anyV4 : .anyV6)
        let zone = address.isLinkLocal ? peer.interface : nil
        var code: Int32 = 0
        for _ in 0..<Self.portTries {
            let here = Endpoint(
                address: address, port: .random(in: Self.sourcePorts), interface: zone
            ).socketAddress
            if Self.call(here, descriptor, Glibc.bind) { return }
            code = errno
            guard code == EADDRINUSE else { break }
        }
        throw BFDFailure("source \(address)", errno: code)
    }

    private func ownAddress() throws(BFDFailure) -> IPAddress {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor, $0, &length)
            }
        }
        guard result == 0, let address = BFDListener.address(storage) else {
            throw BFDFailure("own address", errno: errno)
        }
        return address
    }

    static func call(
        _ address: (storage: sockaddr_storage, length: socklen_t), _ descriptor: Int32,
        _ function: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Bool {
        withUnsafePointer(to: address.storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                function(descriptor, $0, address.length) == 0
            }
        }
    }

    func disconnect() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
        localAddress = nil
        transmit = nil
    }

    func send(_ packet: BFDPacket) {
        guard descriptor >= 0 else { return }
        let octets = packet.encoded
        // An ICMP error of an earlier packet is reported once, in this one's stead: try again.
        for _ in 0..<2 where Glibc.send(descriptor, octets, octets.count, Int32(MSG_DONTWAIT)) > 0 {
            packetsSent += 1
            return
        }
        sendErrors += 1
    }

    // MARK: Status

    var status: BFDStatus {
        BFDStatus(
            peer: peer, state: machine.state, diagnostic: machine.diagnostic,
            remoteState: machine.remoteState, remoteDiagnostic: machine.remoteDiagnostic,
            transmitMicroseconds: machine.transmitMicroseconds,
            detectionMicroseconds: machine.detectionMicroseconds, packetsSent: packetsSent,
            packetsReceived: packetsReceived, packetsDiscarded: packetsDiscarded,
            sendErrors: sendErrors, latenessMaxMicroseconds: latenessMax, failure: failure)
    }
}
