// SPDX-License-Identifier: Apache-2.0

import Balancing
import Declarations
import LuaRuntime

/// Reads what a plan returned: `{servers = …, weights = …, pick = …}`, a list of servers, or one.
struct PlanReader {
    private static let call = "the plan's result"
    private static let keys = ["servers", "weights", "pick"]

    /// The ordinals of the servers that the plan was given: a number stands for a place in them.
    let given: [Int]
    let serverCount: Int

    func read(_ results: [LuaValue]) throws(ArgumentError) -> ServerPlan {
        switch results.first ?? .nil {
        case .table(let table) where table.fields.isEmpty:
            return ServerPlan(ordinals: try ordinals(table.array, "the list"))
        case .table(let table):
            return try read(KeyReader(call: Self.call, table: table, known: Self.keys))
        case .object(let object) where ObjectKind.server.ordinal(of: .object(object)) != nil:
            return ServerPlan(ordinals: try ordinals([.object(object)], "the plan"))
        case let other:
            throw ArgumentError(
                "the plan returned \(other.words); it must return a list of servers,"
                    + " or {servers = …, weights = …, pick = …}")
        }
    }

    private func read(_ keys: KeyReader) throws(ArgumentError) -> ServerPlan {
        guard case .table(let list) = keys["servers"], list.fields.isEmpty else {
            throw keys.has("servers")
                ? keys.wrong("servers", "a list of servers") : keys.missing("servers")
        }
        var plan = ServerPlan(ordinals: try ordinals(list.array, "servers"))
        if keys.has("weights") { plan.weights = try weights(keys, count: plan.ordinals.count) }
        if keys.has("pick") { plan.picker = try picker(keys) }
        return plan
    }

    private func ordinals(
        _ list: [LuaValue], _ name: String
    ) throws(ArgumentError) -> [Int] {
        guard list.count <= ServerPlan.serversMax else {
            throw ArgumentError(
                "\(Self.call): \(list.count) servers, of which at most \(ServerPlan.serversMax)"
                    + " can be kept")
        }
        var ordinals: [Int] = []
        for (index, value) in list.enumerated() {
            if let ordinal = ObjectKind.server.ordinal(of: value), ordinal < serverCount {
                ordinals.append(ordinal)
            } else if case .integer = value, let position = value.asInteger,
                given.indices.contains(position - 1)
            {
                ordinals.append(given[position - 1])
            } else {
                throw ArgumentError(
                    "\(Self.call): element \(index + 1) of \(name) must be a server or its place"
                        + " among the \(given.count) it was given, not \(value.words)")
            }
        }
        return ordinals
    }

    private func weights(_ keys: KeyReader, count: Int) throws(ArgumentError) -> [Double] {
        guard case .table(let list) = keys["weights"], list.fields.isEmpty else {
            throw keys.wrong("weights", "a list of numbers")
        }
        guard list.array.count == count else {
            throw ArgumentError(
                "\(Self.call): \(list.array.count) weights for \(count) servers; give one each")
        }
        var weights: [Double] = []
        for (index, value) in list.array.enumerated() {
            guard let weight = value.asNumber, (0...Double(ServerHandle.weightMax)).contains(weight)
            else {
                throw ArgumentError(
                    "\(Self.call): element \(index + 1) of weights must be a number from 0 to"
                        + " \(ServerHandle.weightMax), not \(value.words)")
            }
            weights.append(weight)
        }
        return weights
    }

    /// A built-in policy's name, or the policy itself.
    private func picker(_ keys: KeyReader) throws(ArgumentError) -> BuiltinPolicy {
        let names = BuiltinPolicy.allCases.map(\.rawValue)
        if case .table(let policy) = keys["pick"], let name = policy["name"].asText,
            let builtin = BuiltinPolicy(rawValue: name)
        {
            return builtin
        }
        guard let name = try keys.word("pick", of: names),
            let builtin = BuiltinPolicy(rawValue: name)
        else { throw keys.missing("pick") }
        return builtin
    }
}
