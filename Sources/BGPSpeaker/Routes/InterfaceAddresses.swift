// SPDX-License-Identifier: Apache-2.0

import Addressing
import Glibc

/// The addresses of this host's interfaces at one moment.
struct InterfaceAddresses: Hashable, Sendable {
    struct Entry: Hashable, Sendable {
        let interface: String
        let address: IPAddress
        /// Of the network that the address is in.
        var prefixLength: Int?
        /// Neither temporary nor deprecated: it is still ours when the session is old.
        var isLasting = true
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
        let passing = PassingAddresses.current()
        var entries: [Entry] = []
        for item in sequence(first: head, next: { $0?.pointee.ifa_next }) {
            guard let item, let name = item.pointee.ifa_name, let socket = item.pointee.ifa_addr,
                let address = address(of: socket)
            else { continue }
            entries.append(
                Entry(
                    interface: String(cString: name), address: address,
                    prefixLength: item.pointee.ifa_netmask.flatMap { Self.address(of: $0) }
                        .map { $0.bytes.reduce(0) { $0 + $1.nonzeroBitCount } },
                    isLasting: !passing.contains(address)))
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
    /// address of the interface that owns it, neither loopback nor link-local nor anything else
    /// that no router could reach, one in a network rather than one alone, then the lowest.
    ///
    /// An address of `announced` is none: what is announced cannot be the way to itself.
    func selfAddress(
        _ family: IPAddress.Family, beside local: IPAddress, announced: IPPrefix
    ) -> IPAddress? {
        siblings(of: local).filter {
            $0.address.family == family && $0.isLasting && $0.address.isUsableNextHop
                && !$0.address.isLinkLocal && !announced.contains($0.address)
        }.min { left, right in
            let isLeftAlone = left.prefixLength == left.address.bitWidth
            let isRightAlone = right.prefixLength == right.address.bitWidth
            return isLeftAlone == isRightAlone ? left.address < right.address : isRightAlone
        }?.address
    }

    /// The link-local address of the interface that owns `local`.
    func linkLocal(beside local: IPAddress) -> IPAddress? {
        siblings(of: local).map(\.address).filter(\.isLinkLocal).min()
    }

    /// Whether `other` is in a network of the interface that owns `local`.
    func reaches(_ other: IPAddress, from local: IPAddress) -> Bool {
        siblings(of: local).contains { entry in
            guard entry.address.family == other.family, let length = entry.prefixLength,
                length < entry.address.bitWidth
            else { return false }
            return IPPrefix(masking: entry.address, length: length)?.contains(other) == true
        }
    }

    /// All addresses of the interface that owns `local`.
    private func siblings(of local: IPAddress) -> [Entry] {
        let owners = Set(entries.filter { $0.address == local }.map(\.interface))
        return entries.filter { owners.contains($0.interface) }
    }

    func holdsAddress(in prefix: IPPrefix) -> Bool {
        entries.contains { prefix.contains($0.address) }
    }

    /// The highest IPv4 address that is not loopback, as routers choose their identifier.
    var routerID: UInt32? {
        entries.map(\.address).filter { $0.family == .v4 && !$0.isLoopback }.max()?.v4Bits
    }
}

extension IPAddress {
    /// Whether a router could send packets to it (research/bgp.md §2.4 a).
    var isUsableNextHop: Bool { !isUnspecified && !isLoopback && !isMulticast && !isV4Mapped }
}
