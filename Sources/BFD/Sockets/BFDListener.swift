// SPDX-License-Identifier: Apache-2.0
//
// Bound to the address that a session sends from, not to all: another BFD on this host (BIRD's) may
// have the port on other addresses.

import Addressing
import CLinux
import Glibc

/// Where packets to one of our addresses arrive.
final class BFDListener {
    struct Datagram {
        var sender: IPAddress
        /// -1 when the kernel did not tell.
        var timeToLive: Int32
        /// `nil` when it is none.
        var packet: BFDPacket?
    }

    /// A packet with the longest authentication section there is has fewer.
    private static let bytesMax = 128

    let address: IPAddress
    let interface: String?
    let port: UInt16
    let descriptor: Int32

    init(_ address: IPAddress, interface: String?, port: UInt16) throws(BFDFailure) {
        let family = address.family == .v4 ? AF_INET : AF_INET6
        self.address = address
        self.interface = address.isLinkLocal ? interface : nil
        self.port = port
        descriptor = clinux_socket_datagram(family)
        guard descriptor >= 0 else { throw BFDFailure("socket", errno: -descriptor) }
        let tells = clinux_set_receive_ttl(descriptor, family)
        guard tells == 0 else {
            close(descriptor)
            throw BFDFailure("the TTL of packets", errno: -tells)
        }
        let here = Endpoint(address: address, port: port, interface: self.interface).socketAddress
        guard Self.bind(descriptor, here) else {
            let code = errno
            close(descriptor)
            throw BFDFailure("port \(port) on \(address)", errno: code)
        }
    }

    /// BIRD on this host has the port on all addresses, and says that it may be shared: ours, which is
    /// for one address, gets what comes for that. Who does not say so keeps the port.
    private static func bind(
        _ descriptor: Int32, _ here: (storage: sockaddr_storage, length: socklen_t)
    ) -> Bool {
        if !BFDSession.call(here, descriptor, Glibc.bind) {
            guard errno == EADDRINUSE, clinux_set_reuse_address(descriptor, true) == 0,
                BFDSession.call(here, descriptor, Glibc.bind)
            else { return false }
        }
        // And BIRD may come after us.
        return clinux_set_reuse_address(descriptor, true) == 0
    }

    deinit {
        close(descriptor)
    }

    func serves(_ peer: BFDPeer, _ local: IPAddress) -> Bool {
        address == local && port == peer.port
            && (!address.isLinkLocal || interface == peer.interface)
    }

    /// The next datagram that waits; `nil` for none.
    func receive() -> Datagram? {
        var octets = [UInt8](repeating: 0, count: Self.bytesMax)
        var sender = sockaddr_storage()
        var timeToLive: Int32 = -1
        let count = clinux_receive_with_ttl(
            descriptor, &octets, octets.count, &sender, &timeToLive)
        guard count >= 0, let from = Self.address(sender) else { return nil }
        let packet = try? BFDPacket(octets.prefix(Int(count)))
        return Datagram(sender: from, timeToLive: timeToLive, packet: packet)
    }

    static func address(_ storage: sockaddr_storage) -> IPAddress? {
        withUnsafeBytes(of: storage) { bytes in
            switch Int32(storage.ss_family) {
            case AF_INET:
                IPAddress(v4: UInt32(bigEndian: bytes.load(as: sockaddr_in.self).sin_addr.s_addr))
            case AF_INET6:
                withUnsafeBytes(of: bytes.load(as: sockaddr_in6.self).sin6_addr) {
                    IPAddress(bytes: Array($0))
                }
            default: nil
            }
        }
    }
}
