// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// Ports that nobody uses, over UDP and TCP, on every address, each given out once in a process.
public enum FreePorts {
    /// Below Linux's ephemeral range (32768…): no outgoing socket can take one in between.
    private static let range: ClosedRange<UInt16> = 20_000...32_000
    private static let given = Mutex<Set<UInt16>>([])

    public static func next() throws(PeerError) -> UInt16 {
        for _ in 0..<1_000 {
            let port = UInt16.random(in: range)
            guard given.withLock({ $0.insert(port).inserted }), isFree(port) else { continue }
            return port
        }
        throw .timedOut(waitingFor: "free port", seconds: 0, output: "\(range) is full")
    }

    private static func isFree(_ port: UInt16) -> Bool {
        for type in [SOCK_STREAM, SOCK_DGRAM] {
            // An IPv6 wildcard without IPV6_V6ONLY takes the port for IPv4, too.
            let descriptor = socket(
                AF_INET6, Int32(type.rawValue | SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { return false }
            defer { close(descriptor) }
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            let size = socklen_t(MemoryLayout<sockaddr_in6>.size)
            let bound = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
            }
            guard bound == 0 else { return false }
        }
        return true
    }
}
