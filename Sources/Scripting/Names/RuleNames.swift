// SPDX-License-Identifier: Apache-2.0

import Addressing
import DNSWire
import Declarations
import LuaRuntime

/// `addAction`, its selectors and its actions.
extension Evaluation {
    func defineRuleNames() throws(LuaError) {
        try defineSelectors()
        try defineActions()
        try defineNetmaskGroups()
        try declare("addAction") { [unowned self] (arguments, call) throws(ArgumentError) in
            let action = try arguments.object(1, "action", .action)
            var name = ""
            if case .table(let options) = arguments[2] {
                let keys = KeyReader(call: "addAction", table: options)
                for line in keys.strangers(["name", "uuid"]) { warn(line, at: location(of: call)) }
                name = try keys.text("name") ?? ""
            }
            addRule(
                try selector(arguments, 0), actions[action], name: name, at: location(of: call))
            return []
        }
        // Removed in dnsdist 1.3; it answered ANY over UDP with TC=1.
        try declare("addAnyTCRule") { [unowned self] (_, call) throws(ArgumentError) in
            addRule(
                .and([.queryType(255), .overTCP(false)]), .truncate, name: "addAnyTCRule",
                at: location(of: call))
            return []
        }
        // Removed in dnsdist 1.3.
        try declare("addPoolRule") { [unowned self] (arguments, call) throws(ArgumentError) in
            let pool = try arguments.text(1, "pool")
            addPool(pool)
            addRule(
                try selector(arguments, 0), .pool(pool), name: "addPoolRule",
                at: location(of: call))
            return []
        }
    }

    private func addRule(
        _ selector: Selector, _ action: Action, name: String, at location: SourceLocation
    ) {
        configuration.rules.append(
            RuleDeclaration(
                selector: selector, action: action,
                name: name.isEmpty ? "rule #\(configuration.rules.count)" : name,
                location: location))
    }

    private func defineSelectors() throws(LuaError) {
        try defineSelector("AllRule") { (_) throws(ArgumentError) in .all }
        try defineSelector("QTypeRule") { (arguments) throws(ArgumentError) in
            .queryType(try Self.queryType(arguments[0], call: arguments.call, name: "type"))
        }
        try defineSelector("TCPRule") { (arguments) throws(ArgumentError) in
            .overTCP(try arguments.boolean(0, "tcp"))
        }
        try defineSelector("NotRule") { [unowned self] (arguments) throws(ArgumentError) in
            .not(try selector(arguments, 0))
        }
        try defineSelector("AndRule") { [unowned self] (arguments) throws(ArgumentError) in
            .and(try selectorList(arguments))
        }
        try defineSelector("OrRule") { [unowned self] (arguments) throws(ArgumentError) in
            .or(try selectorList(arguments))
        }
        try defineSelector("NetmaskGroupRule") { [unowned self] (arguments) throws(ArgumentError) in
            if case .boolean(false) = arguments[1] {
                throw ArgumentError(
                    "NetmaskGroupRule: matching the destination is not supported yet")
            }
            return .source(try prefixes(arguments, 0, "netmask group"))
        }
        try defineSelector("makeRule") { [unowned self] (arguments) throws(ArgumentError) in
            try selector(arguments, 0)
        }
    }

    private func defineSelector(
        _ name: String, _ body: @escaping (Arguments) throws(ArgumentError) -> Selector
    ) throws(LuaError) {
        try define(name) { [unowned self] (arguments, _) throws(ArgumentError) in
            selectors.append(try body(arguments))
            return [ObjectKind.selector.handle(selectors.count - 1)]
        }
    }

    /// A selector, or dnsdist's short forms: a netmask or a list of netmasks.
    private func selector(
        _ arguments: Arguments, _ index: Int
    ) throws(ArgumentError) -> Selector {
        let value = arguments[index]
        if let ordinal = ObjectKind.selector.ordinal(of: value) { return selectors[ordinal] }
        let texts = value.asTable?.array.map(\.asText) ?? [value.asText]
        guard !texts.isEmpty, !texts.contains(nil) else {
            throw arguments.wrong(index, "rule", "a rule selector, a netmask or a list of netmasks")
        }
        let prefixes = texts.compactMap { $0.flatMap { IPPrefix($0) } }
        guard prefixes.count == texts.count else {
            throw ArgumentError(
                "\(arguments.call): rules on names are not supported yet; only netmasks may be"
                    + " written as text")
        }
        return .source(prefixes)
    }

    private func selectorList(_ arguments: Arguments) throws(ArgumentError) -> [Selector] {
        let values: [LuaValue] =
            if case .table(let list) = arguments[0] { list.array } else { arguments.values }
        guard !values.isEmpty else {
            throw ArgumentError("\(arguments.call): the list of rules is empty")
        }
        var list: [Selector] = []
        for value in values {
            guard let ordinal = ObjectKind.selector.ordinal(of: value) else {
                throw ArgumentError("\(arguments.call): \(value.words) is not a rule selector")
            }
            list.append(selectors[ordinal])
        }
        return list
    }

    private func defineActions() throws(LuaError) {
        try defineAction("AllowAction") { (_) throws(ArgumentError) in .allow }
        try defineAction("DropAction") { (_) throws(ArgumentError) in .drop }
        try defineAction("TCAction") { (_) throws(ArgumentError) in .truncate }
        try defineAction("NoneAction") { (_) throws(ArgumentError) in .none }
        try defineAction("RCodeAction") { (arguments) throws(ArgumentError) in
            // 0…15: the header's four bits (RFC 1035 §4.1.1); extended ones need EDNS.
            .responseCode(UInt8(try arguments.integer(0, "rcode", in: 0...15)))
        }
        try defineAction("PoolAction") { [unowned self] (arguments) throws(ArgumentError) in
            let pool = try arguments.text(0, "pool")
            addPool(pool)
            return .pool(pool)
        }
    }

    private func defineAction(
        _ name: String, _ body: @escaping (Arguments) throws(ArgumentError) -> Action
    ) throws(LuaError) {
        try define(name) { [unowned self] (arguments, _) throws(ArgumentError) in
            actions.append(try body(arguments))
            return [ObjectKind.action.handle(actions.count - 1)]
        }
    }

    private func defineNetmaskGroups() throws(LuaError) {
        try define("newNMG") { [unowned self] (_, _) throws(ArgumentError) in
            netmaskGroups.append([])
            return [ObjectKind.netmaskGroup.handle(netmaskGroups.count - 1)]
        }
        let add: (inout HostCall) -> HostOutcome = { [unowned self] call in
            guard let group = call.receiver.map({ Int($0.id) }) else {
                return .raised("addMask: call it with a colon")
            }
            return Self.run(
                "addMask",
                { [unowned self] (arguments, _) throws(ArgumentError) in
                    netmaskGroups[group] += try prefixes(arguments, 0, "netmask")
                    return []
                }, &call)
        }
        try defineKind(.netmaskGroup, methods: ["addMask": add, "addMasks": add])
        try defineKind(.selector)
        try defineKind(.action)
    }
}
