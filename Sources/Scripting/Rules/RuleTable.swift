// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import LuaRuntime

/// Makes the table that a rule gets as `node`.
enum RuleTable {
    static func node(
        _ view: NodeView, announcements: [AnnouncementDeclaration]
    ) -> LuaValue {
        var routes = LuaTable()
        for prefix in Set(announcements.map(\.prefix)).sorted() {
            let text = prefix.description
            var route = LuaTable()
            if let others = view.others[text] { route["others"] = .count(others) }
            routes[text] = .table(route)
        }
        return .table(
            LuaTable([
                "name": .text(view.name), "drained": .boolean(view.isDrained),
                "checks": named(view.checks, check), "pools": named(view.pools, pool),
                "neighbors": named(view.neighbors, neighbor), "routes": .table(routes),
            ]))
    }

    private static func named<Value>(
        _ values: [String: Value], _ make: (Value) -> LuaTable
    ) -> LuaValue {
        let fields = values.sorted { $0.key < $1.key }.map {
            LuaTable.Field(key: .text($0.key), value: .table(make($0.value)))
        }
        return .table(LuaTable(fields: fields))
    }

    private static func check(_ check: NodeView.Check) -> LuaTable {
        var table = position(check)
        table["targets"] = named(check.targets, position)
        return table
    }

    private static func position(_ check: NodeView.Check) -> LuaTable {
        LuaTable([
            "up": .boolean(check.isUp), "state": .text(check.state), "score": .number(check.score),
            "detail": .text(check.detail), "since": .number(check.since),
        ])
    }

    private static func pool(_ servers: [NodeView.Server]) -> LuaTable {
        let list = servers.map {
            LuaValue.table(
                LuaTable([
                    "name": .text($0.name), "order": .count($0.order), "up": .boolean($0.isUp),
                ]))
        }
        return LuaTable([
            "up": .count(servers.count { $0.isUp }), "total": .count(servers.count),
            "servers": .table(LuaTable(array: list)),
        ])
    }

    private static func neighbor(_ neighbor: NodeView.Neighbor) -> LuaTable {
        LuaTable([
            "established": .boolean(neighbor.isEstablished), "state": .text(neighbor.state),
            "since": .number(neighbor.since),
        ])
    }
}
