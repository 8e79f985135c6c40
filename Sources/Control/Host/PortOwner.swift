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
        return entries(of: "/proc").lazy.compactMap { Int($0) }.prefix(processesMax)
            .first { $0 != Int(getpid()) && holds(names, process: $0) }
    }

    /// Socket numbers of the lines whose local port is `port`. A line reads
    /// `sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode …`
    /// (Linux Documentation/networking/proc_net_tcp.txt).
    private static func inodes(in table: String, boundTo port: UInt16) -> [Substring] {
        guard let text = read(table) else { return [] }
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
        return entries(of: folder).contains { descriptor in
            let length = readlink("\(folder)/\(descriptor)", &target, target.count)
            guard length > 0 else { return false }
            return names.contains(String(decoding: target[..<length], as: UTF8.self))
        }
    }

    private static func entries(of folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(
                withUnsafeBytes(of: entry.pointee.d_name) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                })
        }
        return names
    }

    private static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes.append(contentsOf: buffer[..<count])
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
