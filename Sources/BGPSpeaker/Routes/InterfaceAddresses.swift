// SPDX-License-Identifier: Apache-2.0

import Addressing
import Glibc

/// The addresses of this host's interfaces at one moment.
struct InterfaceAddresses: Hashable, Sendable {
    struct Entry: Hashable, Sendable {
        let interface: String
        let address: IPAddress
    }

    var entries: [Entry]

    init(entries: [Entry]) {
        self.entries = entries
    }

    /// Asks the kernel (`getifaddrs(3)`); an error leaves none.
    static func current() -> InterfaceAddresses {
        var head: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&head) == 0 else { return InterfaceAddresses(entries: []) }
        defer { freeifaddrs(head) }
        var entries: [Entry] = []
        for item in sequence(first: head, next: { $0?.pointee.ifa_next }) {
            guard let item, let name = item.pointee.ifa_name, let socket = item.pointee.ifa_addr,
                let address = address(of: socket)
            else { continue }
            entries.append(Entry(interface: String(cString: name), address: address))
        }
        return InterfaceAddresses(entries: entries)
    }

    private static func address(of socket: UnsafeMutablePointer<sockaddr>) -> IPAddress? {
        let size: Int
        switch Int32(socket.pointee.sa_family) {
        case AF_INET: size = MemoryLayout<sockaddr_in>.size
        case AF_INET6: size = MemoryLayout<sockaddr_in6>.size
        default: return nil
        }
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) {
            $0.copyMemory(from: UnsafeRawBufferPointer(start: socket, count: size))
        }
        return Endpoint(socketAddress: storage)?.address
    }

    /// What may stand for "self" in `family` on a session whose local address is `local`: an
    /// address of the interface that owns it, neither loopback nor link-local, the lowest.
    ///
    /// An address of `announced` is none: what is announced cannot be the way to itself.
    func selfAddress(
        _ family: IPAddress.Family, beside local: IPAddress, announced: IPPrefix
    ) -> IPAddress? {
        let owners = Set(entries.filter { $0.address == local }.map(\.interface))
        return entries.filter {
            owners.contains($0.interface) && $0.address.family == family
                && !$0.address.isLoopback && !$0.address.isLinkLocal
                && !announced.contains($0.address)
        }.map(\.address).min()
    }

    /// The highest IPv4 address that is not loopback, as routers choose their identifier.
    var routerID: UInt32? {
        entries.map(\.address).filter { $0.family == .v4 && !$0.isLoopback }.max()?.v4Bits
    }
}
