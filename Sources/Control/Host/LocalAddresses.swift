// SPDX-License-Identifier: Apache-2.0

import Addressing
import Glibc

/// The addresses this host has on interfaces that are up, read from the kernel when asked.
enum LocalAddresses {
    struct Entry {
        let interface: String
        let address: IPAddress
        /// That the address is in; `nil` where the kernel does not say.
        let network: IPPrefix?
    }

    /// `nil` when the kernel does not say: `getifaddrs(3)` needs a descriptor, and a host that has
    /// run out of those has not lost its addresses.
    static func current() -> Set<IPAddress>? {
        entries().map { Set($0.map(\.address)) }
    }

    /// The same with where each address is.
    static func entries() -> [Entry]? {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return nil }
        defer { freeifaddrs(list) }
        var found: [Entry] = []
        var next = list
        while let entry = next?.pointee {
            next = entry.ifa_next
            guard let socket = entry.ifa_addr, let address = read(socket),
                entry.ifa_flags & UInt32(IFF_UP) != 0
            else { continue }
            let bits = entry.ifa_netmask.flatMap { read($0) }?.bytes.reduce(0) {
                $0 + $1.nonzeroBitCount
            }
            found.append(
                Entry(
                    interface: String(cString: entry.ifa_name), address: address,
                    network: bits.flatMap { IPPrefix(masking: address, length: $0) }))
        }
        return found
    }

    private static func read(_ address: UnsafeMutablePointer<sockaddr>) -> IPAddress? {
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                IPAddress(v4: UInt32(bigEndian: $0.pointee.sin_addr.s_addr))
            }
        case AF_INET6:
            address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { six in
                withUnsafeBytes(of: six.pointee.sin6_addr) { IPAddress(bytes: $0) }
            }
        default: nil
        }
    }
}
