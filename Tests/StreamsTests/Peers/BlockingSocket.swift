// SPDX-License-Identifier: Apache-2.0

import Addressing
import Glibc

/// A TCP socket as a test uses it: blocking, with a limit on waiting.
final class BlockingSocket: Sendable {
    /// Longer than anything that a test expects, on a machine that does much else.
    static let waitSeconds = 8

    let descriptor: Int32

    init(descriptor: Int32) {
        self.descriptor = descriptor
        var limit = timeval(tv_sec: Self.waitSeconds, tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(
            descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var on: Int32 = 1
        setsockopt(
            descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on,
            socklen_t(MemoryLayout<Int32>.size))
    }

    /// Connects; `nil` when refused. A small receive buffer makes a slow reader felt soon.
    convenience init?(to endpoint: Endpoint, receiveBufferBytes: Int32? = nil) {
        let descriptor = socket(
            endpoint.address.family == .v4 ? AF_INET : AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
        self.init(descriptor: descriptor)
        if var bytes = receiveBufferBytes {
            setsockopt(
                descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
        }
        let (address, length) = endpoint.socketAddress
        let result = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, length)
            }
        }
        guard result == 0 else { return nil }
    }

    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(
                    descriptor, $0.baseAddress! + sent,  // not empty: the loop says so
                    bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// `nil` at the end of the stream, at an error, or after ``waitSeconds``.
    func receive(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = bytes.withUnsafeMutableBytes {
                recv(descriptor, $0.baseAddress! + filled, count - filled, 0)
            }
            guard got > 0 else { return nil }
            filled += got
        }
        return bytes
    }

    /// A message without its length.
    func receiveMessage() -> [UInt8]? {
        guard let length = receive(2) else { return nil }
        let count = Int(length[0]) << 8 | Int(length[1])
        return count == 0 ? [] : receive(count)
    }

    /// Whether the peer closed, as opposed to nothing having come.
    func isAtEnd() -> Bool {
        var byte: UInt8 = 0
        let got = recv(descriptor, &byte, 1, 0)
        return got == 0 || (got < 0 && errno == ECONNRESET)
    }

    func shutdownSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    func end() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    deinit { close(descriptor) }
}
