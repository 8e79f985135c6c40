// SPDX-License-Identifier: Apache-2.0
//
// A child's group is killed with one call, but setsid(2) leaves the group. What did so is still a
// descendant while whoever started it lives, and the kernel lists those. They are stopped first, so
// that the list does not change below our hands, and killed together.
//
// A daemon, whose starter has ended, is nobody's descendant any more: it is left alone. A check that
// starts one wants it to live.

import Glibc

/// The processes below one of ours, whatever group or session they are in.
enum ProcessFamily {
    /// Looks for processes that were started while others were stopped, so often at most.
    private static let roundsMax = 8
    /// More than this is no check but a fork bomb, which the group's kill has to stop.
    private static let membersMax = 1_024

    /// Kills the process, its group and all of its descendants. `id` is not reaped yet.
    static func kill(_ id: pid_t) {
        Glibc.kill(-id, SIGSTOP)
        var members: Set<pid_t> = []
        for _ in 0..<roundsMax {
            let found = descendants(of: id)
            let new = found.subtracting(members)
            guard !new.isEmpty else { break }
            members.formUnion(new)
            for member in new { Glibc.kill(member, SIGSTOP) }
        }
        Glibc.kill(-id, SIGKILL)
        for member in members { Glibc.kill(member, SIGKILL) }
    }

    private static func descendants(of id: pid_t) -> Set<pid_t> {
        var found: Set<pid_t> = []
        var next = [id]
        while let process = next.popLast(), found.count < membersMax {
            for child in children(of: process) where found.insert(child).inserted {
                next.append(child)
            }
        }
        return found
    }

    /// Of all of its threads (proc(5), `/proc/PID/task/TID/children`); empty when the kernel does
    /// not tell.
    private static func children(of id: pid_t) -> [pid_t] {
        guard let folder = opendir("/proc/\(id)/task") else { return [] }
        defer { closedir(folder) }
        var children: [pid_t] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let thread = pid_t(name) else { continue }
            children += text(of: "/proc/\(id)/task/\(thread)/children")
                .split(separator: " ").compactMap { pid_t($0) }
        }
        return children
    }

    private static func text(of path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while case let count = read(descriptor, &chunk, chunk.count), count > 0 {
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
