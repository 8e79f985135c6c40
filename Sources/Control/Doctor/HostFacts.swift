// SPDX-License-Identifier: Apache-2.0

import Addressing
import Glibc

/// What the kernel says of this host at one moment.
struct HostFacts {
    let interfaces = LocalAddresses.entries() ?? []

    /// A value below `/proc/sys`, `nil` where the kernel has none.
    func setting(_ path: String) -> Int? {
        HostFiles.read("/proc/sys/\(path)").flatMap {
            Int($0.split(whereSeparator: \.isWhitespace).first ?? "")
        }
    }

    /// A per-interface setting of IPv4 as it counts: the larger of the interface's own and that of
    /// "all" (Linux Documentation/networking/ip-sysctl.rst, `rp_filter`, `arp_ignore`).
    func effective(_ name: String, _ interface: String) -> Int {
        max(
            setting("net/ipv4/conf/all/\(name)") ?? 0,
            setting("net/ipv4/conf/\(interface)/\(name)") ?? 0)
    }

    /// A counter of `/proc/net/snmp` or `/proc/net/netstat`, which print a line of names and a line
    /// of numbers for each group.
    func counter(_ file: String, _ group: String, _ name: String) -> Int? {
        let lines = (HostFiles.read("/proc/net/\(file)") ?? "").split(separator: "\n")
            .filter { $0.hasPrefix("\(group):") }
        guard lines.count == 2 else { return nil }
        let names = lines[0].split(separator: " ")
        let numbers = lines[1].split(separator: " ")
        guard let index = names.firstIndex(of: Substring(name)), index < numbers.count else {
            return nil
        }
        return Int(numbers[index])
    }

    /// A counter of `/proc/net/snmp6`, which prints one on each line.
    func counterOfIPv6(_ name: String) -> Int? {
        (HostFiles.read("/proc/net/snmp6") ?? "").split(separator: "\n").lazy
            .map { $0.split(whereSeparator: \.isWhitespace) }
            .first { $0.first == Substring(name) }.flatMap { Int($0.last ?? "") }
    }

    /// The address that packets to `endpoint` would leave with, or the words of the kernel's error.
    /// Nothing is sent: a datagram socket is connected and asked.
    func source(towards endpoint: Endpoint) -> Result<IPAddress, HostError> {
        let family = endpoint.address.family == .v4 ? AF_INET : AF_INET6
        let type = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, type, 0)
        guard descriptor >= 0 else { return .failure(HostError(code: errno)) }
        defer { close(descriptor) }
        var (storage, length) = endpoint.socketAddress
        let result = withUnsafePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, length)
            }
        }
        guard result == 0 else { return .failure(HostError(code: errno)) }
        length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let asked = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor, $0, &length)
            }
        }
        guard asked == 0, let local = Endpoint(socketAddress: storage) else {
            return .failure(HostError(code: errno))
        }
        return .success(local.address)
    }

    /// Whether this process may bind `port`: by its number, its user or its capability.
    func mayBind(_ port: UInt16) -> Bool {
        if port == 0 || Int(port) >= setting("net/ipv4/ip_unprivileged_port_start") ?? 1_024 {
            return true
        }
        let line = (HostFiles.read("/proc/self/status") ?? "").split(separator: "\n")
            .first { $0.hasPrefix("CapEff:") }
        let bits = line.flatMap { UInt64($0.split(separator: "\t").last ?? "", radix: 16) } ?? 0
        return bits & (1 << 10) != 0  // CAP_NET_BIND_SERVICE
    }
}

/// An errno.
struct HostError: Error, CustomStringConvertible {
    let code: Int32

    var description: String { String(cString: strerror(code)) }
}
