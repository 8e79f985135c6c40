// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// A network namespace of its own for a test, with its loopback up; gone with the last reference.
///
/// Needs root. What runs in it must be stopped first (the kernel keeps a namespace that is in use).
public final class NetworkNamespace: Sendable {
    public let name: String
    private static let count = Atomic<Int>(0)

    public init() async throws {
        let number = Self.count.wrappingAdd(1, ordering: .relaxed).newValue
        name = "ph\(getpid())-\(number)"
        Aftercare.add(.namespace(name))
        try await Program.output("ip", ["netns", "add", name])
        // Nobody else is on its links: a link-local address is usable as soon as it is there.
        try await Program.output(
            "sh", ["-c", "echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad"], in: self)
        try await ip("link", "set", "lo", "up")
    }

    deinit {
        try? FileManager.default.removeItem(atPath: "/etc/netns/\(name)")
        let words = ["ip", "netns", "delete", name]
        guard let child = try? ChildProcess(words[0], Array(words.dropFirst())) else { return }
        // deinit cannot wait asynchronously; the deletion takes a few milliseconds.
        for _ in 0..<500 where child.isRunning { usleep(2_000) }
        Aftercare.remove(.namespace(name))
    }

    /// Runs `ip ARGUMENTS` inside.
    public func ip(_ arguments: String...) async throws {
        try await Program.output("ip", ["-n", name] + arguments)
    }

    /// Adds an address (`192.0.2.1/32`), usable at once: without duplicate address detection.
    public func add(_ address: String, to device: String = "lo") async throws {
        let isIPv6 = address.contains(":")
        try await Program.output(
            "ip",
            ["-n", name, "address", "add", address, "dev", device] + (isIPv6 ? ["nodad"] : []))
    }

    public func remove(_ address: String, from device: String = "lo") async throws {
        try await ip("address", "delete", address, "dev", device)
    }

    /// Lays a file over `/etc/PATH`, for programs inside alone: `ip netns exec` binds what it finds
    /// in `/etc/netns/NAME` over its namesake, whole folders at a time. The folder must exist in `/etc`.
    public func overlay(_ text: String, at path: String) throws {
        let file = URL(fileURLWithPath: "/etc/netns/\(name)/\(path)")
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    /// Joins two namespaces by a cable; the device is called `device` in both.
    public func connect(
        to other: NetworkNamespace, device: String, addresses: [String], otherAddresses: [String]
    ) async throws {
        try await Program.output(
            "ip",
            [
                "link", "add", device, "netns", name, "type", "veth", "peer", "name", device,
                "netns", other.name,
            ])
        for (namespace, addresses) in [(self, addresses), (other, otherAddresses)] {
            for address in addresses { try await namespace.add(address, to: device) }
            try await namespace.ip("link", "set", device, "up")
        }
        for namespace in [self, other] {
            // Some routers refuse IPv6 on an interface without one.
            try await eventually("link-local address of \(device)", withinSeconds: 5) {
                let words = ["-n", namespace.name, "-6", "address", "show", "dev", device]
                return try await Program.output("ip", words + ["scope", "link", "-tentative"])
                    .contains("fe80:")
            }
        }
    }
}
