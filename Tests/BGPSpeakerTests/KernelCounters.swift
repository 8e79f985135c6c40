// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// What the kernel counted in this network namespace: the answer to a packet that it drops.
enum KernelCounters {
    /// The counters of `/proc/net/netstat`, by name: `TCPMD5Failure`, …
    static func current() -> [String: Int] {
        // Read to its end: the kernel gives such a table in parts, and says that it is empty.
        guard let file = try? FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/net/netstat")),
            let bytes = try? file.readToEnd()
        else { return [:] }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map {
            $0.split(separator: " ")
        }
        var counters: [String: Int] = [:]
        // Lines come in pairs that begin alike: names, then values.
        for (names, values) in zip(lines, lines.dropFirst()) where names.first == values.first {
            for (name, value) in zip(names, values).dropFirst() {
                if let value = Int(value) { counters[String(name)] = value }
            }
        }
        return counters
    }

    /// Waits until a segment was dropped for this reason.
    static func waitForDrop(_ counter: String, since before: [String: Int]) async throws {
        try await eventually("one more \(counter)") {
            (current()[counter] ?? 0) > (before[counter] ?? 0)
        }
    }
}
