// SPDX-License-Identifier: Apache-2.0

import DNSWire
import Declarations
import LuaRuntime

/// `newSuffixMatchNode` and `newDNSNameSet`.
extension Evaluation {
    func defineNameMatchNames() throws(LuaError) {
        try define("newSuffixMatchNode") { [unowned self] (arguments, _) throws(ArgumentError) in
            [try makeMatch(.suffixMatchNode, SuffixMatchNode(), \.suffixNodes, arguments.call)]
        }
        try define("newDNSNameSet") { [unowned self] (arguments, _) throws(ArgumentError) in
            [try makeMatch(.nameSet, NameSet(), \.nameSets, arguments.call)]
        }
        try defineSuffixNodeMethods()
        try defineNameSetMethods()
    }

    private func defineSuffixNodeMethods() throws(LuaError) {
        typealias Body = MatchMethod<SuffixMatchNode>
        func method(_ name: String, _ body: @escaping Body) -> HostFunction {
            matchMethod(.suffixMatchNode, \.suffixNodes, name, body)
        }
        try defineKind(
            .suffixMatchNode,
            methods: [
                "add": method("add") { [unowned self] (node, arguments) throws(ArgumentError) in
                    node.add(try names(arguments, 0))
                    return []
                },
                "remove": method("remove") {
                    [unowned self] (node, arguments) throws(ArgumentError) in
                    node.remove(try names(arguments, 0))
                    return []
                },
                "check": method("check") {
                    [unowned self] (node, arguments) throws(ArgumentError) in
                    [.boolean(node.bestMatch(try name(arguments, 0)) != nil)]
                },
                "getBestMatch": method("getBestMatch") {
                    [unowned self] (node, arguments) throws(ArgumentError) in
                    [node.bestMatch(try name(arguments, 0)).map { .name($0) } ?? .nil]
                },
                // Ours: dnsdist's scripts make a new node instead, which other VMs would not see.
                "clear": method("clear") { (node, _) throws(ArgumentError) in
                    node.removeAll()
                    return []
                },
                "size": method("size") { (node, _) throws(ArgumentError) in
                    [.count(node.count)]
                },
            ])
    }

    private func defineNameSetMethods() throws(LuaError) {
        typealias Body = MatchMethod<NameSet>
        func method(_ name: String, _ body: @escaping Body) -> HostFunction {
            matchMethod(.nameSet, \.nameSets, name, body)
        }
        let text = method("toString") { (set, _) throws(ArgumentError) in
            [.text(set.description)]
        }
        try defineKind(
            .nameSet,
            methods: [
                "add": method("add") { [unowned self] (set, arguments) throws(ArgumentError) in
                    set.add(try names(arguments, 0))
                    return []
                },
                "check": method("check") {
                    [unowned self] (set, arguments) throws(ArgumentError) in
                    [.boolean(set.contains(try name(arguments, 0)))]
                },
                "delete": method("delete") {
                    [unowned self] (set, arguments) throws(ArgumentError) in
                    [.count(set.remove(try names(arguments, 0)))]
                },
                "size": method("size") { (set, _) throws(ArgumentError) in [.count(set.count)] },
                "clear": method("clear") { (set, _) throws(ArgumentError) in
                    set.removeAll()
                    return []
                },
                "empty": method("empty") { (set, _) throws(ArgumentError) in
                    [.boolean(set.count == 0)]
                },
                "toString": text,
            ], text: text)
    }

    // MARK: Reading names

    /// The name that a value is, folded to lower case: a name object, or text that reads as a name.
    func wireName(of value: LuaValue) -> WireName? {
        switch value {
        case .name(let wire): Self.folded(wire)
        case .string(let text): (try? DNSName(text.text)).map { Self.folded($0.wire) }
        default: nil
        }
    }

    /// What a suffix match node or a name set holds now, or `nil` when the value is neither.
    func suffixes(of value: LuaValue) -> Set<WireName>? {
        if let ordinal = ObjectKind.suffixMatchNode.ordinal(of: value) {
            return matchObjects.suffixNodes[ordinal]?.suffixes
        }
        if let ordinal = ObjectKind.nameSet.ordinal(of: value) {
            return matchObjects.nameSets[ordinal]?.names
        }
        return nil
    }

    /// One name: an object or text.
    func name(_ arguments: Arguments, _ index: Int) throws(ArgumentError) -> WireName {
        try name(arguments[index], call: arguments.call)
    }

    /// A name, a list of names, a suffix match node or a name set.
    func names(_ arguments: Arguments, _ index: Int) throws(ArgumentError) -> Set<WireName> {
        let value = arguments[index]
        if let names = suffixes(of: value) { return names }
        guard case .table(let list) = value else { return [try name(arguments, index)] }
        var names: Set<WireName> = []
        for value in list.array { names.insert(try name(value, call: arguments.call)) }
        return names
    }

    private func name(_ value: LuaValue, call: String) throws(ArgumentError) -> WireName {
        switch value {
        case .name(let wire): return Self.folded(wire)
        case .string(let text):
            do throws(DNSNameError) {
                return Self.folded(try DNSName(text.text).wire)
            } catch {
                throw ArgumentError("\(call): \(error)")
            }
        default: throw ArgumentError("\(call): give a name, not \(value.words)")
        }
    }

    private static func folded(_ wire: [UInt8]) -> WireName {
        // A length octet is at most 63, below "A".
        wire.map { CaseFolding.fold($0) }
    }
}
