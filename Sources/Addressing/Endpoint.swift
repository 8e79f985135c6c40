// SPDX-License-Identifier: Apache-2.0

public import Glibc

/// An address with a port, and for a link-local one its interface (`[fe80::1%eth0]:53`).
public struct Endpoint: Hashable, Sendable {
    public var address: IPAddress
    public var port: UInt16
    /// The zone after `%`, an interface's name; `nil` when none was given.
    public var interface: String?

    public init(address: IPAddress, port: UInt16, interface: String? = nil) {
        self.address = address
        self.port = port
        self.interface = interface
    }

    /// No interface has a name with these (`dev_valid_name` in Linux), and with a bracket or another
    /// percent sign the text would not read as what it was.
    private static func mayBeZone(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f && !"/:[]%".utf8.contains($0) }
    }

    /// Parses the forms dnsdist accepts: `192.0.2.1`, `192.0.2.1:53`, `2001:db8::1`,
    /// `[2001:db8::1]`, `[2001:db8::1]:53`, each IPv6 form also with `%zone`.
    public init?(_ text: some StringProtocol, defaultPort: UInt16) {
        var host = Substring(text)
        var port = defaultPort
        func number(_ digits: Substring) -> UInt16? {
            digits.allSatisfy { $0.isASCII && $0.isNumber } ? UInt16(digits) : nil
        }
        if host.first == "[" {
            guard let end = host.firstIndex(of: "]") else { return nil }
            let rest = host[host.index(after: end)...]
            host = host[host.index(after: host.startIndex)..<end]
            if !rest.isEmpty {
                guard rest.first == ":", let parsed = number(rest.dropFirst()) else { return nil }
                port = parsed
            }
            guard host.contains(":") else { return nil }
        } else if let colon = host.firstIndex(of: ":"), host.lastIndex(of: ":") == colon {
            guard let parsed = number(host[host.index(after: colon)...]) else { return nil }
            port = parsed
            host = host[..<colon]
        }
        var zone: String?
        if let percent = host.firstIndex(of: "%") {
            zone = String(host[host.index(after: percent)...])
            host = host[..<percent]
            guard let zone, Self.mayBeZone(zone) else { return nil }
        }
        guard let address = IPAddress(host), zone == nil || address.family == .v6 else {
            return nil
        }
        self.init(address: address, port: port, interface: zone)
    }
}

extension Endpoint: CustomStringConvertible {
    public var description: String {
        let zone = interface.map { "%\($0)" } ?? ""
        return address.family == .v4
            ? "\(address):\(port)" : "[\(address)\(zone)]:\(port)"
    }
}

extension Endpoint {
    /// Fills a `sockaddr_storage` and returns it with the length to pass to the kernel.
    ///
    /// A zone that names no interface of this host leaves the scope 0, which `connect(2)` refuses.
    public var socketAddress: (storage: sockaddr_storage, length: socklen_t) {
        var storage = sockaddr_storage()
        switch address.family {
        case .v4:
            var four = sockaddr_in()
            four.sin_family = sa_family_t(AF_INET)
            four.sin_port = port.bigEndian
            four.sin_addr.s_addr = address.v4Bits.bigEndian
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: four, as: sockaddr_in.self) }
            return (storage, socklen_t(MemoryLayout<sockaddr_in>.size))
        case .v6:
            var six = sockaddr_in6()
            six.sin6_family = sa_family_t(AF_INET6)
            six.sin6_port = port.bigEndian
            six.sin6_scope_id = interface.map { if_nametoindex($0) } ?? 0
            withUnsafeMutableBytes(of: &six.sin6_addr) { $0.copyBytes(from: address.bytes) }
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: six, as: sockaddr_in6.self) }
            return (storage, socklen_t(MemoryLayout<sockaddr_in6>.size))
        }
    }

    /// Reads what the kernel wrote; `nil` for a family that is neither IPv4 nor IPv6.
    public init?(socketAddress storage: sockaddr_storage) {
        switch Int32(storage.ss_family) {
        case AF_INET:
            let four = withUnsafeBytes(of: storage) { $0.loadUnaligned(as: sockaddr_in.self) }
            self.init(
                address: IPAddress(v4: UInt32(bigEndian: four.sin_addr.s_addr)),
                port: UInt16(bigEndian: four.sin_port))
        case AF_INET6:
            var six = withUnsafeBytes(of: storage) { $0.loadUnaligned(as: sockaddr_in6.self) }
            guard let address = withUnsafeBytes(of: &six.sin6_addr, { IPAddress(bytes: $0) })
            else { return nil }
            self.init(
                address: address, port: UInt16(bigEndian: six.sin6_port),
                interface: six.sin6_scope_id == 0 ? nil : Self.name(of: six.sin6_scope_id))
        default:
            return nil
        }
    }

    private static func name(of index: UInt32) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(IF_NAMESIZE)) { text in
            if_indextoname(index, text.baseAddress!) == nil  // the capacity is not zero
                ? String(index) : String(cString: text.baseAddress!)
        }
    }
}
