// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What the kernel says a thread of ours does (proc(5)): for the log line about one that is stuck.
struct ThreadState {
    let words: String

    init(_ thread: Int32) {
        let directory = "/proc/self/task/\(thread)/"
        // The letter follows the name, which may contain anything but ends with the last parenthesis.
        let letter = Self.read(directory + "stat")
            .flatMap { $0.split(separator: ")").last?.first { !$0.isWhitespace } }
        let place = Self.read(directory + "wchan").flatMap { $0.isEmpty || $0 == "0" ? nil : $0 }
        switch letter {
        case "R": words = "running"
        case "S", "D": words = place.map { "asleep in the kernel's \($0)" } ?? "asleep"
        case "T", "t": words = "stopped"
        default: words = "gone"
        }
    }

    private static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1_024)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
    }
}
