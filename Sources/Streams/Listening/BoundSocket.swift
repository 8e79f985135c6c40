// SPDX-License-Identifier: Apache-2.0

import Addressing
import CLinux
import Declarations
import Glibc

/// A TCP socket that has its address and does not listen yet; closed when it is dropped unused.
final class BoundSocket: Sendable {
    /// Octets of answers that the kernel holds for a client without having sent them. Left to itself
    /// it takes megabytes from us before we notice that a client does not read, and tells us of room
    /// a third of them at a time. With so few, a client that takes less than half of them in
    /// ``StreamLimits/clientSendMilliseconds`` is seen to be slow: some 4 kB a second.
    private static let unsentBytesMax: Int32 = 16_384

    let listener: ListenerDeclaration
    let descriptor: Int32

    init(_ listener: ListenerDeclaration) throws(StreamError) {
        let endpoint = listener.endpoint
        let family: Int32 = endpoint.address.family == .v6 ? AF_INET6 : AF_INET
        let descriptor = clinux_socket_stream(family)
        func check(_ result: Int32, _ call: String) throws(StreamError) {
            guard result < 0 else { return }
            if descriptor >= 0 { close(descriptor) }
            throw .listener(endpoint, call: call, code: -result)
        }
        try check(descriptor, "socket")
        try check(clinux_set_reuse_address(descriptor, true), "SO_REUSEADDR")
        // An anycast address may be added to the host after us.
        try check(clinux_set_free_bind(descriptor, family), "IP_FREEBIND")
        if family == AF_INET6 { try check(clinux_set_v6_only(descriptor), "IPV6_V6ONLY") }
        // Kernels bound what has not been acknowledged by what the client's window takes; what has not
        // even been sent is bounded here, for every connection that will be accepted.
        try check(
            clinux_set_unsent_max(descriptor, Self.unsentBytesMax), "TCP_NOTSENT_LOWAT")
        if listener.tcpFastOpenQueueSize > 0 {
            try check(
                clinux_set_fast_open(descriptor, Int32(clamping: listener.tcpFastOpenQueueSize)),
                "TCP_FASTOPEN")
        }
        if let name = listener.interface {
            try check(clinux_bind_to_device(descriptor, name), "SO_BINDTODEVICE \(name)")
        }
        var (address, length) = endpoint.socketAddress
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 ? 0 : -errno
            }
        }
        try check(bound, "bind")
        self.listener = listener
        self.descriptor = descriptor
    }

    /// Starts queueing connections: from here they are ours.
    func listen() throws(StreamError) {
        guard Glibc.listen(descriptor, Int32(clamping: listener.tcpListenQueueSize)) == 0 else {
            throw .listener(listener.endpoint, call: "listen", code: errno)
        }
    }

    /// The address with the port that the kernel chose for port 0.
    var endpoint: Endpoint {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor, $0, &length)
            }
        }
        guard result == 0 else { return listener.endpoint }
        return Endpoint(socketAddress: storage) ?? listener.endpoint
    }

    /// Another descriptor for the same socket, for an owner that closes it.
    func duplicate() throws(StreamError) -> Int32 {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else {
            throw .listener(listener.endpoint, call: "dup", code: errno)
        }
        return copy
    }

    deinit { close(descriptor) }
}
