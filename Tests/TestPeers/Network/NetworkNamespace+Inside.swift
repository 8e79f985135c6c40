// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

extension NetworkNamespace {
    /// Runs `body` on a thread of its own that lives in the namespace, as do the sockets and the
    /// threads that it makes: an event loop started there stays there.
    public func inside<Answer: Sendable>(
        _ body: @escaping @Sendable () throws -> Answer
    ) async throws -> Answer {
        let path = "/run/netns/\(name)"
        return try await withCheckedThrowingContinuation { continuation in
            Thread {
                continuation.resume(
                    with: Result {
                        try Self.enter(path)
                        return try body()
                    })
            }.start()
        }
    }

    /// What the kernel counted in it since it was made: `TcpExtTCPMD5Failure`, `IpForwDatagrams`, …
    public func counters() async throws -> [String: Int] {
        let text = try await Program.output(
            "cat", ["/proc/net/snmp", "/proc/net/netstat"], in: self)
        // Lines come in pairs that begin alike: names, then values.
        let lines = text.split(separator: "\n").map { $0.split(separator: " ") }
        var counters: [String: Int] = [:]
        for (names, values) in zip(lines, lines.dropFirst()) where names.first == values.first {
            let group = names[0].dropLast()
            for (name, value) in zip(names, values).dropFirst() {
                if let value = Int(value) { counters["\(group)\(name)"] = value }
            }
        }
        return counters
    }

    /// Waits until a counter has grown by `growth` since `before`.
    public func waitForGrowth(
        of counter: String, by growth: Int = 1, since before: [String: Int],
        withinSeconds seconds: Double = 10
    ) async throws {
        let start = before[counter] ?? 0
        try await eventually("\(growth) more \(counter)", withinSeconds: seconds) {
            try await (self.counters()[counter] ?? 0) >= start + growth
        }
    }

    /// `setns(2)`, which Swift's Glibc leaves out.
    private static func enter(_ path: String) throws(PeerError) {
        typealias SetNamespace = @convention(c) (Int32, Int32) -> Int32
        guard let symbol = dlsym(nil, "setns") else {
            throw .system(call: "setns", errno: ENOSYS)
        }
        let setNamespace = unsafeBitCast(symbol, to: SetNamespace.self)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(call: "open \(path)", errno: errno) }
        defer { close(descriptor) }
        // CLONE_NEWNET of linux/sched.h.
        guard setNamespace(descriptor, 0x4000_0000) == 0 else {
            throw .system(call: "setns \(path)", errno: errno)
        }
    }
}

extension NetworkNamespace {
    /// An established TCP connection.
    public struct Connection: Hashable, Sendable {
        /// The port that it was opened to is at this end.
        public let wasAccepted: Bool
    }

    /// The established connections to and from a port over IPv4, by the other end's address as the
    /// kernel writes it.
    public func connections(on port: UInt16) async throws -> [String: [Connection]] {
        let digits = String(port, radix: 16, uppercase: true)
        let suffix = ":" + String(repeating: "0", count: 4 - digits.count) + digits
        let text = try await Program.output("cat", ["/proc/net/tcp"], in: self)
        var found: [String: [Connection]] = [:]
        for line in text.split(separator: "\n").dropFirst() {
            let words = line.split(separator: " ")
            // 01 is TCP_ESTABLISHED.
            guard words.count > 3, words[3] == "01",
                words[1].hasSuffix(suffix) || words[2].hasSuffix(suffix)
            else { continue }
            found[String(words[2].prefix(8)), default: []].append(
                Connection(wasAccepted: words[1].hasSuffix(suffix)))
        }
        return found
    }

    /// Waits until somebody listens on a TCP port in it.
    public func waitForListener(on port: UInt16, withinSeconds seconds: Double = 10) async throws {
        let digits = String(port, radix: 16, uppercase: true)
        let suffix = ":" + String(repeating: "0", count: 4 - digits.count) + digits
        try await eventually("listener on port \(port)", withinSeconds: seconds) {
            let text = try await Program.output(
                "cat", ["/proc/net/tcp", "/proc/net/tcp6"], in: self)
            return text.split(separator: "\n").contains { line in
                let words = line.split(separator: " ")
                // 0A is TCP_LISTEN.
                return words.count > 3 && words[1].hasSuffix(suffix) && words[3] == "0A"
            }
        }
    }
}
