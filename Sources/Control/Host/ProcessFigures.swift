// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What the kernel knows of this process and of its network, as dnsdist's users look for it: 0 where
/// the kernel does not tell.
struct ProcessFigures {
    /// Milliseconds of processor time.
    private(set) var userMilliseconds = 0
    private(set) var systemMilliseconds = 0
    private(set) var openFiles = 0
    /// Octets of memory that are in use.
    private(set) var residentBytes = 0
    /// The network's own counters, by dnsdist's names. Of the network namespace, not of this process.
    private(set) var network: [(name: String, value: Double)] = []

    init() {
        var usage = rusage()
        if getrusage(numericCast(RUSAGE_SELF.rawValue), &usage) == 0 {
            userMilliseconds = usage.ru_utime.tv_sec * 1_000 + Int(usage.ru_utime.tv_usec) / 1_000
            systemMilliseconds =
                usage.ru_stime.tv_sec * 1_000 + Int(usage.ru_stime.tv_usec) / 1_000
        }
        // The folder lists itself, and the descriptor it is read by.
        openFiles = max(0, HostFiles.entries(of: "/proc/self/fd").count - 3)
        let pages = HostFiles.read("/proc/self/statm")?.split(separator: " ").dropFirst().first
        residentBytes = (pages.flatMap { Int($0) } ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
        readNetwork()
    }

    private mutating func readNetwork() {
        let table = HostFiles.read("/proc/net/snmp").map { Self.columns($0, "Udp:") } ?? [:]
        let sixth = HostFiles.read("/proc/net/snmp6").map(Self.lines) ?? [:]
        for (name, key) in [
            ("in_errors", "InErrors"), ("noport_errors", "NoPorts"),
            ("recvbuf_errors", "RcvbufErrors"), ("sndbuf_errors", "SndbufErrors"),
            ("in_csum_errors", "InCsumErrors"),
        ] {
            network.append(("udp_\(name)", table[key] ?? 0))
            network.append(("udp6_\(name)", sixth["Udp6\(key)"] ?? 0))
        }
        let more = HostFiles.read("/proc/net/netstat").map { Self.columns($0, "TcpExt:") } ?? [:]
        network.append(("tcp_listen_overflows", more["ListenOverflows"] ?? 0))
    }

    /// A line of names and a line of numbers, both begin with the same word.
    private static func columns(_ text: String, _ word: Substring) -> [String: Double] {
        let rows = text.split(separator: "\n").map { $0.split(separator: " ") }
            .filter { $0.first == word }
        guard rows.count >= 2 else { return [:] }
        return Dictionary(
            zip(rows[0], rows[1]).dropFirst().map { (String($0), Double($1) ?? 0) }
        ) { first, _ in first }
    }

    /// A name and a number each line.
    private static func lines(_ text: String) -> [String: Double] {
        var figures: [String: Double] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            if words.count == 2 { figures[String(words[0])] = Double(words[1]) }
        }
        return figures
    }
}
