// SPDX-License-Identifier: Apache-2.0

import Addressing
import Glibc

/// Makes the UDP socket of one query: connected, so that the kernel drops what others send and
/// reports what ICMP says, on a random port of the kernel's.
enum DatagramSocket {
    /// Opens, binds and connects; the caller owns the descriptor. Throws the error number.
    static func open(
        to server: Endpoint, source: IPAddress?, interface: String?
    ) throws(DescriptorError) -> Int32 {
        let family = server.address.family == .v4 ? AF_INET : AF_INET6
        let type = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(family, type, 0)
        guard descriptor >= 0 else { throw DescriptorError(number: errno) }
        do throws(DescriptorError) {
            if let interface { try leave(descriptor, by: interface) }
            if let source {
                try Self.with(Endpoint(address: source, port: 0)) { address, length in
                    bind(descriptor, address, length)
                }
            }
            try Self.with(server) { address, length in connect(descriptor, address, length) }
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    /// SO_BINDTODEVICE, which a process without CAP_NET_RAW may use since Linux 5.7.
    private static func leave(
        _ descriptor: Int32, by interface: String
    ) throws(DescriptorError) {
        let result = interface.withCString {
            setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, $0, socklen_t(strlen($0)))
        }
        guard result == 0 else { throw DescriptorError(number: errno) }
    }

    private static func with(
        _ endpoint: Endpoint, _ call: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws(DescriptorError) {
        var (storage, length) = endpoint.socketAddress
        let result = withUnsafePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { call($0, length) }
        }
        guard result == 0 else { throw DescriptorError(number: errno) }
    }
}

/// A system call's error number.
struct DescriptorError: Error {
    let number: Int32
}
