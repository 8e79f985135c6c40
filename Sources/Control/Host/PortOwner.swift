// SPDX-License-Identifier: Apache-2.0

import Addressing
import Glibc

/// Finds the process that has a UDP port, as `ss -lup` does: from the kernel's socket table to the
/// process whose descriptors name the socket.
enum PortOwner {
    /// Processes looked at, at most: this runs once, before a refusal.
    private static let processesMax = 65_536

    /// The process id, or `nil` when it cannot be seen (another user's, another namespace's).
    static func processID(ofDatagramPort endpoint: Endpoint) -> Int? {
        let table = endpoint.address.family == .v4 ? "/proc/net/udp" : "/proc/net/udp6"
        let sockets = inodes(in: table, boundTo: endpoint.port)
        guard !sockets.isEmpty else { return nil }
        let names = Set(sockets.map { "socket:[\($0)]" })
        return HostFiles.entries(of: "/proc").lazy.compactMap { Int($0) }.prefix(processesMax)
            .first { $0 != Int(getpid()) && holds(names, process: $0) }
    }

    /// Socket numbers of the lines whose local port is `port`. A line reads
    /// `sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode …`
    /// (Linux Documentation/networking/proc_net_tcp.txt).
    private static func inodes(in table: String, boundTo port: UInt16) -> [Substring] {
        guard let text = HostFiles.read(table) else { return [] }
        return text.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 9, let colon = fields[1].lastIndex(of: ":"),
                UInt16(fields[1][fields[1].index(after: colon)...], radix: 16) == port
            else { return nil }
            return fields[9]
        }
    }

    private static func holds(_ names: Set<String>, process: Int) -> Bool {
        let folder = "/proc/\(process)/fd"
        var target = [UInt8](repeating: 0, count: 64)
        return HostFiles.entries(of: folder).contains { descriptor in
            let length = readlink("\(folder)/\(descriptor)", &target, target.count)
            guard length > 0 else { return false }
            return names.contains(String(decoding: target[..<length], as: UTF8.self))
        }
    }
}
