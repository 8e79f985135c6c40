// SPDX-License-Identifier: Apache-2.0

import Balancing
import DNSWire
import Declarations
import LuaRuntime

/// What a group asks scripts, and `apply`.
extension Evaluation {
    /// Calls of `setNewBlockInsertedHook`'s function that one `apply` makes.
    private static let hookCallsMax = 1_000

    func scriptMethods() -> [String: HostFunction] {
        [
            "setSuffixMatchRule": groupMethod("setSuffixMatchRule") {
                [unowned self] (group, arguments, _) throws(ArgumentError) in
                try refuseLater(arguments.call)
                group.suffixRule = BlockGroup.SuffixRule(
                    seconds: try arguments.integer(0, "seconds", in: Self.blockSeconds),
                    reason: try arguments.text(1, "reason"),
                    blockSeconds: try arguments.integer(
                        2, "blockingTime", in: Self.blockSeconds),
                    action: try blockAction(arguments, 3),
                    visitor: bind(
                        try arguments.function(4, "visitor"), kind: .blockRule,
                        name: arguments.call))
                return []
            },
            "setSuffixMatchRuleFFI": groupMethod("setSuffixMatchRuleFFI") {
                (_, _, _) throws(ArgumentError) in
                throw ArgumentError(
                    "dnsdist's setSuffixMatchRuleFFI is not supported: Lua here is 5.4 without ffi;"
                        + " setSuffixMatchRule does the same")
            },
            "setNewBlockInsertedHook": groupMethod("setNewBlockInsertedHook") {
                [unowned self] (group, arguments, _) throws(ArgumentError) in
                try refuseLater(arguments.call)
                group.hook = bind(
                    try arguments.function(0, "hook"), kind: .blockRule, name: arguments.call)
                return []
            },
        ]
    }

    /// A function that is bound later would be another one in each VM.
    private func refuseLater(_ call: String) throws(ArgumentError) {
        guard isLoading else {
            throw ArgumentError("\(call): only while the configuration is read")
        }
    }

    // MARK: apply

    /// Looks at the traffic once, and blocks whom the group's rules find.
    func apply(_ group: BlockGroup, _ call: String) throws(ArgumentError) {
        guard let services = try blockServices(call) else { return }
        let (traffic, now) = (services.traffic(), blockClock())
        traffic.start()
        var inserted: [BlockOrder] = []
        func insert(_ orders: [BlockOrder]) {
            for order in orders
            where services.table.insert(order, nowMicroseconds: now) == .inserted {
                inserted.append(order)
            }
        }
        insert(group.orders(in: traffic, nowMicroseconds: now, hitRatio: cacheHitRatio))
        if let rule = group.suffixRule {
            insert(try visit(group, rule, traffic, now, call))
        }
        guard let hook = group.hook else { return }
        for order in inserted.prefix(Self.hookCallsMax) { try tell(hook, of: order, call) }
    }

    /// The caches' share of all lookups: 0 before the first.
    private func cacheHitRatio() -> Double {
        let figures = caches.map { CacheFigures($0.handle) }
        let hits = figures.reduce(0) { $0 + $1[.hits] }
        let misses = figures.reduce(0) { $0 + $1[.misses] }
        return hits + misses > 0 ? Double(hits) / Double(hits + misses) : 0
    }

    /// dnsdist's arguments: 0 for an address and 1 for a name, what is blocked, why, how, how long,
    /// and whether it is a warning.
    private func tell(
        _ hook: FunctionReference, of order: BlockOrder, _ call: String
    ) throws(ArgumentError) {
        let kind: LuaValue = if case .source = order.subject { 0 } else { 1 }
        let action = order.action == .none ? configuration.blockAction : order.action
        let arguments: [LuaValue] = [
            kind, .text(order.subject.text), .text(order.reason),
            .count(Int(action.rawValue)), .count(order.seconds), .boolean(order.isWarning),
        ]
        try callBelow(functions[hook.ordinal], arguments, call)
    }

    /// Calls a script's function from a function of ours that a script called.
    private func callBelow(
        _ function: LuaFunction, _ arguments: [LuaValue], _ call: String
    ) throws(ArgumentError) {
        do throws(LuaError) {
            for result in try vm.call(function, arguments) { vm.releaseFunctions(in: result) }
        } catch {
            throw ArgumentError("\(call): \(error)")
        }
    }

    // MARK: Names

    private func visit(
        _ group: BlockGroup, _ rule: BlockGroup.SuffixRule, _ traffic: TrafficRings, _ now: UInt64,
        _ call: String
    ) throws(ArgumentError) -> [BlockOrder] {
        guard let visitorRunner else { return [] }
        let window = UInt64(rule.seconds) * 1_000_000
        let start = rule.seconds == 0 || window > now ? 0 : now - window
        suffixWalk = SuffixWalk(SuffixTree(traffic, from: start, to: now))
        defer { suffixWalk = nil }
        try callBelow(visitorRunner, [.function(functions[rule.visitor.ordinal])], call)
        return (suffixWalk?.wanted ?? []).compactMap { wanted in
            guard group.excludedNames.bestMatch(wanted.name) == nil else { return nil }
            return BlockOrder(
                .name(wanted.name), reason: wanted.reason ?? rule.reason,
                seconds: rule.blockSeconds, action: wanted.action ?? rule.action,
                isQuiet: group.isQuiet)
        }
    }

    /// The host's half of the visits; the prelude's `runVisitor` is the other.
    func defineSuffixVisits() throws(LuaError) {
        try vm.define("__pharos.node") { [unowned self] call in
            call.results = suffixWalk?.step { DNSName(wire: $0)?.description ?? "?" } ?? []
            return .returned
        }
        try vm.define("__pharos.found") { [unowned self] call in
            defer { call.releaseFunctions() }
            do throws(ArgumentError) {
                let arguments = Arguments(call: "setSuffixMatchRule", values: call.arguments)
                let reason = arguments.has(0) ? try arguments.text(0, "the reason") : nil
                let action = arguments.has(1) ? try blockAction(arguments, 1) : nil
                suffixWalk?.block(reason: reason, action: action)
                call.results = [.boolean(true)]
            } catch {
                call.results = [.boolean(false), .text(error.description)]
            }
            return .returned
        }
    }
}
