// SPDX-License-Identifier: Apache-2.0

import Addressing
import Glibc

/// A TCP port that was free a moment ago on every address, and that is below the range from which
/// the kernel gives out ports of its own.
func freePort() -> UInt16 {
    for _ in 0..<200 {
        let port = UInt16.random(in: 20_000..<32_000)
        let descriptor = socket(AF_INET6, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var (storage, length) = Endpoint(address: .anyV6, port: port).socketAddress
        let isFree = withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0
            }
        }
        if isFree { return port }
    }
    preconditionFailure("no free port in two hundred tries")
}
