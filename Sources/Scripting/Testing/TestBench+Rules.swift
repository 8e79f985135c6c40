// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import LuaRuntime

/// `decide(rule, view)`: what an announce rule says about a node that the test describes.
extension TestBench {
    private static let viewKeys = [
        "name", "checks", "pools", "neighbors", "drained", "others",
    ]

    func defineRuleTests() throws(LuaError) {
        try defineRaw("decide") { [unowned self] arguments throws(ArgumentError) in
            let view = try nodeView(arguments[1])
            let announcement = try announcement(arguments)
            return .table(
                table(of: decide(announcement, view)))
        }
    }

    /// A rule by itself, or that of a declared route (by its prefix).
    private func announcement(
        _ arguments: Arguments
    ) throws(ArgumentError) -> AnnouncementDeclaration {
        let declared = evaluation.configuration.announcements
        if let text = arguments[0].text {
            guard let found = declared.first(where: { "\($0.prefix)" == text }) else {
                throw ArgumentError(
                    "decide: no route '\(text)' was declared"
                        + NearestName.suggestion(for: text, among: declared.map { "\($0.prefix)" }))
            }
            return found
        }
        let function = try arguments.function(0, "rule")
        let reference = evaluation.bind(function, kind: .rule, name: "rule")
        guard let prefix = IPPrefix("192.0.2.1/32") else {
            preconditionFailure("BUG DETECTED: a constant prefix")
        }
        var announcement = AnnouncementDeclaration(
            prefix: prefix, condition: .ruleAlone, name: "rule", location: reference.location)
        announcement.rule = reference
        return announcement
    }

    private func decide(_ announcement: AnnouncementDeclaration, _ view: NodeView) -> RuleResult {
        guard let rule = announcement.rule else { return .announce(announcement.attributes) }
        defer { vm.phase = .load }
        vm.phase = .rule
        do throws(LuaError) {
            let results = try vm.call(
                runners.rule,
                [
                    .function(evaluation.functions[rule.ordinal]),
                    RuleTable.node(
                        view,
                        announced: RuleTable.announced(evaluation.configuration.announcements)),
                ])
            defer { for result in results { vm.releaseFunctions(in: result) } }
            return RuleVerdict.result(of: results, merging: announcement, from: rule.location)
        } catch {
            return .failed(explanation.fault(error, in: rule.location))
        }
    }

    private func table(of result: RuleResult) -> LuaTable {
        switch result {
        case .announce(let attributes):
            LuaTable([
                "state": "announce", "announced": .boolean(true), "detail": "",
                "attributes": .table(Self.table(of: attributes)),
            ])
        case .withdraw(let detail):
            LuaTable([
                "state": "withdraw", "announced": .boolean(false), "detail": .text(detail),
                "attributes": .table(LuaTable()),
            ])
        case .failed(let fault):
            LuaTable([
                "state": "error", "announced": .boolean(false),
                "detail": .text(fault.description), "attributes": .table(LuaTable()),
            ])
        }
    }

    private static func table(of attributes: RouteAttributes) -> LuaTable {
        var table = LuaTable()
        if let med = attributes.med { table["med"] = .count(Int(med)) }
        if let preference = attributes.localPreference {
            table["localPreference"] = .count(Int(preference))
        }
        if attributes.asPathPrepend > 0 {
            table["asPathPrepend"] = .count(attributes.asPathPrepend)
        }
        if let path = attributes.asPath { table["asPath"] = .table(Self.path(path)) }
        if attributes.isAtomicAggregate { table["atomicAggregate"] = .boolean(true) }
        if let aggregator = attributes.aggregator {
            table["aggregator"] = .text(aggregator.description)
        }
        if !attributes.extendedCommunities.isEmpty {
            table["extendedCommunities"] = texts(
                attributes.extendedCommunities.map { ExtendedCommunityText.words($0) })
        }
        if !attributes.otherAttributes.isEmpty {
            table["otherAttributes"] = texts(attributes.otherAttributes)
        }
        if !attributes.communities.isEmpty {
            table["communities"] = texts(attributes.communities)
        }
        if !attributes.largeCommunities.isEmpty {
            table["largeCommunities"] = texts(attributes.largeCommunities)
        }
        if case .address(let address) = attributes.nextHop {
            table["nextHop"] = .text("\(address)")
        }
        return table
    }

    private static func path(_ items: [ASPathItem]) -> LuaTable {
        LuaTable(
            array: items.map { item in
                switch item {
                case .number(let number): .count(Int(number))
                case .set(let numbers):
                    .table(LuaTable(array: numbers.map { .count(Int($0)) }))
                }
            })
    }

    private static func texts(_ values: [some CustomStringConvertible]) -> LuaValue {
        .table(LuaTable(array: values.map { .text($0.description) }))
    }

    // MARK: The node

    private func nodeView(_ value: LuaValue) throws(ArgumentError) -> NodeView {
        var view = NodeView(name: evaluation.nodeName)
        guard !value.isNil else { return view }
        guard case .table(let table) = value else {
            throw ArgumentError("decide: the node must be a table, not \(value.words)")
        }
        let keys = try KeyReader(call: "decide", table: table, known: Self.viewKeys)
        view.name = try keys.text("name") ?? view.name
        view.isDrained = try keys.boolean("drained") ?? false
        for (name, table) in try tables(keys, "checks") {
            view.checks[name] = try check(table, name)
        }
        for (name, table) in try tables(keys, "pools") {
            view.pools[name] = try servers(table, name)
        }
        for (name, table) in try tables(keys, "neighbors") {
            let keys = try KeyReader(
                call: "decide: neighbors[\"\(name)\"]", table: table,
                known: ["established", "state", "since"])
            let isEstablished = try keys.boolean("established") ?? true
            view.neighbors[name] = NodeView.Neighbor(
                isEstablished: isEstablished,
                state: try keys.text("state") ?? (isEstablished ? "Established" : "Idle"),
                since: try keys.seconds("since") ?? 0)
        }
        guard case .table(let others) = keys["others"] else { return view }
        for field in others.fields {
            if let prefix = field.key.asText, let count = field.value.asInteger {
                view.others[prefix] = count
            }
        }
        return view
    }

    private func tables(
        _ keys: KeyReader, _ key: String
    ) throws(ArgumentError) -> [(name: String, table: LuaTable)] {
        guard keys.has(key) else { return [] }
        guard case .table(let table) = keys[key] else { throw keys.wrong(key, "a table by name") }
        var list: [(name: String, table: LuaTable)] = []
        for field in table.fields {
            guard let name = field.key.asText, case .table(let inner) = field.value else {
                throw keys.wrong(key, "a table of tables by name")
            }
            list.append((name, inner))
        }
        return list
    }

    private func check(_ table: LuaTable, _ name: String) throws(ArgumentError) -> NodeView.Check {
        let keys = try KeyReader(
            call: "decide: checks[\"\(name)\"]", table: table,
            known: ["up", "state", "score", "detail", "since"])
        let isUp = try keys.boolean("up") ?? true
        return NodeView.Check(
            isUp: isUp, state: try keys.text("state") ?? (isUp ? "up" : "down"),
            score: keys["score"].asNumber ?? (isUp ? 1 : 0), detail: try keys.text("detail") ?? "",
            since: try keys.seconds("since") ?? 0)
    }

    /// `{{name = "a", order = 1, up = true}, …}`.
    private func servers(
        _ table: LuaTable, _ pool: String
    ) throws(ArgumentError) -> [NodeView.Server] {
        var servers: [NodeView.Server] = []
        for (index, value) in table.array.enumerated() {
            guard case .table(let server) = value else {
                throw ArgumentError(
                    "decide: pools[\"\(pool)\"] must hold tables, not \(value.words)")
            }
            let keys = try KeyReader(
                call: "decide: pools[\"\(pool)\"]", table: server, known: ["name", "order", "up"])
            servers.append(
                NodeView.Server(
                    name: try keys.text("name") ?? "server \(index + 1)",
                    order: try keys.integer("order", in: -1_000_000...1_000_000) ?? 1,
                    isUp: try keys.boolean("up") ?? true))
        }
        return servers
    }
}
