// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import LuaRuntime

/// Makes the table that a rule gets as `node`.
enum RuleTable {
    /// The prefixes of a generation as rules name them, which stay the same as long as it does.
    static func announced(_ announcements: [AnnouncementDeclaration]) -> [String] {
        Set(announcements.map(\.prefix)).sorted().map(\.description)
    }

    static func node(_ view: NodeView, announced: [String]) -> LuaValue {
        let watched =
            view.others.isEmpty ? [] : Set(view.others.keys).subtracting(announced).sorted()
        let routes = LuaTable(
            fields: (announced + watched).map {
                LuaTable.Field(key: .text($0), value: .table(route($0, view)))
            })
        return .table(
            LuaTable([
                "name": .text(view.name), "drained": .boolean(view.isDrained),
                "checks": named(view.checks, check), "pools": named(view.pools, pool),
                "neighbors": named(view.neighbors, neighbor), "routes": .table(routes),
            ]))
    }

    private static func route(_ prefix: String, _ view: NodeView) -> LuaTable {
        var route = LuaTable()
        if let others = view.others[prefix] { route["others"] = .count(others) }
        route["paths"] = .table(LuaTable(array: (view.paths[prefix] ?? []).map(path)))
        return route
    }

    private static func path(_ path: NodeView.Path) -> LuaValue {
        var table = LuaTable([
            "neighbor": .text(path.neighbor), "nextHop": .text(path.nextHop),
            "asPath": .table(LuaTable(array: path.asPath.map { .count($0) })),
            "communities": .table(LuaTable(array: path.communities.map { .text($0) })),
        ])
        if let med = path.med { table["med"] = .count(med) }
        if let preference = path.localPreference { table["localPreference"] = .count(preference) }
        return .table(table)
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
