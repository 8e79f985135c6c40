// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestPeers

/// The end of sd_notify(3) that a service manager holds: keeps what the daemon tells it.
final class ServiceManager: Sendable {
    /// For `NOTIFY_SOCKET`.
    let path: String
    private let descriptor: Int32
    private let scratch: ScratchDirectory

    init() throws(PeerError) {
        scratch = try ScratchDirectory("manager")
        path = "\(scratch.path)/notify"
        descriptor = socket(
            AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw .system(call: "socket", errno: errno) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
        }
        guard result == 0 else { throw .system(call: "bind \(path)", errno: errno) }
    }

    deinit { close(descriptor) }

    /// The states told since the last call, in their order: `READY=1`, `RELOADING=1`, `STOPPING=1`.
    func states() -> [String] {
        var states: [String] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return states }
            let text = String(decoding: buffer[..<count], as: UTF8.self)
            let known = ["READY=1", "RELOADING=1", "STOPPING=1"]
            states += text.split(separator: "\n").map(String.init).filter(known.contains)
        }
    }
}
