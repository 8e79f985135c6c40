// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestPeers

/// What the kernel of a namespace forwards a prefix by, and when that changed, from `ip monitor`.
final class RouteWatch: Sendable {
    /// The nodes that flows went to from a time on.
    struct Change {
        let at: Date
        let nodes: Set<Int>
    }

    private let process: ChildProcess
    private let prefix: String

    init(of prefix: String, in namespace: NetworkNamespace) throws {
        self.prefix = prefix
        process = try ChildProcess(
            "ip", ["-n", namespace.name, "-ts", "monitor", "route"],
            environment: ["TZ": "UTC"])
    }

    /// All changes so far, the oldest first.
    ///
    /// A line reads `[2026-11-22T02:58:44.491830] 198.51.100.53 via 10.1.1.2 dev n1`, begins with
    /// `Deleted` when it is gone, and has a line `nexthop via …` for each of several ways.
    var changes: [Change] {
        var changes: [Change] = []
        var isOurs = false
        for line in process.standardOutput.split(separator: "\n") {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard let first = words.first else { continue }
            if first.hasPrefix("[") {
                isOurs = words.contains(Substring(prefix))
                guard isOurs, let date = Self.date(first) else { continue }
                let isGone = words.contains("Deleted")
                changes.append(Change(at: date, nodes: isGone ? [] : Self.nodes(words)))
            } else if isOurs, first == "nexthop", let last = changes.popLast() {
                changes.append(
                    Change(at: last.at, nodes: last.nodes.union(Self.nodes(words))))
            }
        }
        return changes
    }

    var now: Set<Int> { changes.last?.nodes ?? [] }

    /// Milliseconds from `start` until flows first went elsewhere than to `node`, or through it
    /// again; `nil` when that has not happened.
    func milliseconds(from start: Date, until node: Int, isIn: Bool) -> Double? {
        changes.first { $0.at >= start && $0.nodes.contains(node) == isIn }
            .map { $0.at.timeIntervalSince(start) * 1_000 }
    }

    func stop() async { await process.stop() }

    /// `via 10.1.2.2` is node 2.
    private static func nodes(_ words: [Substring]) -> Set<Int> {
        guard let index = words.firstIndex(of: "via"), index + 1 < words.count else { return [] }
        let octets = words[index + 1].split(separator: ".")
        return octets.count == 4 ? Set(Int(octets[2]).map { [$0] } ?? []) : []
    }

    private static func date(_ word: Substring) -> Date? {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "UTC")
        formatter.dateFormat = "yyyy-MM-dd'T'HH:mm:ss"
        let text = word.dropFirst().dropLast()
        guard let dot = text.lastIndex(of: "."), let fraction = Double("0" + text[dot...]) else {
            return nil
        }
        return formatter.date(from: String(text[..<dot]))?.addingTimeInterval(fraction)
    }
}
