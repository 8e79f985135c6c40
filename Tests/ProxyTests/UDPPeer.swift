// SPDX-License-Identifier: Apache-2.0

import Addressing
import Glibc

/// A blocking UDP socket of a test: a client, or a server that the test plays by hand.
final class UDPPeer {
    let descriptor: Int32
    let endpoint: Endpoint

    init(_ address: String = "127.0.0.1", port: UInt16 = 0) {
        let wanted = PlaneFixture.endpoint(address, port: port)
        let descriptor = socket(
            wanted.address.family == .v6 ? AF_INET6 : AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        self.descriptor = descriptor
        precondition(descriptor >= 0, "no socket")
        Self.with(wanted) { address, length in
            precondition(bind(descriptor, address, length) == 0, "cannot bind \(wanted)")
        }
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        _ = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor, $0, &length)
            }
        }
        endpoint = Endpoint(socketAddress: storage) ?? wanted
    }

    deinit {
        close(descriptor)
    }

    func send(_ bytes: [UInt8], to target: Endpoint) {
        Self.with(target) { address, length in
            _ = sendto(descriptor, bytes, bytes.count, 0, address, length)
        }
    }

    /// The next datagram and its sender; `nil` when none comes in time. Without time only one that has
    /// come.
    func receive(milliseconds: Int = 2_000) -> (bytes: [UInt8], from: Endpoint)? {
        var wait = timeval(tv_sec: milliseconds / 1_000, tv_usec: milliseconds % 1_000 * 1_000)
        setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let flags = milliseconds == 0 ? Int32(MSG_DONTWAIT) : 0
        let count = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                recvfrom(descriptor, &buffer, buffer.count, flags, $0, &length)
            }
        }
        guard count >= 0, let from = Endpoint(socketAddress: storage) else { return nil }
        return (Array(buffer[..<count]), from)
    }

    private static func with(
        _ endpoint: Endpoint, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Void
    ) {
        var address = endpoint.socketAddress
        withUnsafePointer(to: &address.storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, address.length)
            }
        }
    }
}
