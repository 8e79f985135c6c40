// SPDX-License-Identifier: Apache-2.0

import Addressing
import Glibc

/// A socket that calls a speaker's listener from an address of its choice and says octets. It does
/// not care whether they are taken.
final class CallingPeer {
    private var descriptor: CInt

    init(from address: IPAddress, port: UInt16) throws {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var time = timeval(tv_sec: 1, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, size)
        let isBound = Self.with(Endpoint(address: address, port: 0)) {
            bind(descriptor, $0, $1) == 0
        }
        let isConnected =
            isBound
            && Self.with(Endpoint(address: .loopbackV4, port: port)) {
                connect(descriptor, $0, $1) == 0
            }
        guard isConnected else { throw ScriptedPeer.Failure(what: "connect: \(errno)") }
    }

    deinit {
        hangUp(abruptly: false)
    }

    private static func with(
        _ endpoint: Endpoint, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Bool
    ) -> Bool {
        let (storage, length) = endpoint.socketAddress
        return withUnsafePointer(to: storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }

    func say(_ bytes: [UInt8]) {
        _ = send(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL))
    }

    /// Waits for some octets or the end; what they are does not matter.
    func hearSomething() {
        var buffer = [UInt8](repeating: 0, count: 4096)
        _ = recv(descriptor, &buffer, buffer.count, 0)
    }

    func hangUp(abruptly: Bool) {
        guard descriptor >= 0 else { return }
        if abruptly {
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(
                descriptor, SOL_SOCKET, SO_LINGER, &linger,
                socklen_t(MemoryLayout<Glibc.linger>.size))
        }
        close(descriptor)
        descriptor = -1
    }
}
