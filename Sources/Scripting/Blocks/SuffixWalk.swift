// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime

/// The names that a visitor is shown one after the other, and those that it wants blocked.
struct SuffixWalk {
    struct Wanted {
        let name: WireName
        let reason: String?
        let action: ScriptAction?
    }

    private let nodes: [SuffixTree.Node]
    private var next = 0
    private(set) var wanted: [Wanted] = []

    init(_ tree: SuffixTree) {
        nodes = tree.nodesUpwards()
    }

    /// The next name as the prelude takes it apart; nothing at the end.
    mutating func step(_ text: (WireName) -> String) -> [LuaValue] {
        guard next < nodes.count else { return [] }
        defer { next += 1 }
        let node = nodes[next]
        return [.text(text(node.name)), .count(node.labels), .count(node.children)]
            + Self.values(node.own) + Self.values(node.all)
    }

    /// The visitor wants the name that it was shown last blocked.
    mutating func block(reason: String?, action: ScriptAction?) {
        guard next > 0 else { return }
        wanted.append(Wanted(name: nodes[next - 1].name, reason: reason, action: action))
    }

    private static func values(_ statistics: SuffixTree.Statistics) -> [LuaValue] {
        [
            .count(statistics.queries), .count(statistics.noErrors),
            .count(statistics.nameErrors), .count(statistics.serverFailures),
            .count(statistics.drops), .count(statistics.bytes), .count(statistics.hits),
        ]
    }
}
