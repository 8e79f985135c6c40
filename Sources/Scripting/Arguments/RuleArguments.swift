// SPDX-License-Identifier: Apache-2.0

import Addressing
import DNSWire
import Declarations
import LuaRuntime

/// How rules' arguments are read: selectors in all of dnsdist's forms, names, suffixes, actions.
extension Evaluation {
    /// A name in wire form and lower case, from a name object or text.
    func wireName(
        _ value: LuaValue, call: String, name: String
    ) throws(ArgumentError) -> WireName {
        if case .name = value, let name = wireName(of: value) { return name }
        guard let text = value.asText else {
            throw ArgumentError("\(call): \(name) must be a name, not \(value.words)")
        }
        return try Self.wireName(text, call: call, name: name)
    }

    private static func wireName(
        _ text: String, call: String, name: String
    ) throws(ArgumentError) -> WireName {
        guard !text.isEmpty else {
            throw ArgumentError("\(call): \(name) is empty (\".\" is the root, above every name)")
        }
        do throws(DNSNameError) {
            return try DNSName(text).wire.map { CaseFolding.fold($0) }
        } catch {
            throw ArgumentError("\(call): \(name) '\(text)' is not a name")
        }
    }

    /// Names below which everything matches: a match node, a set of names, one name or a list.
    func suffixes(
        _ value: LuaValue, call: String, name: String
    ) throws(ArgumentError) -> Set<WireName> {
        if let names = suffixes(of: value) { return names }
        var names: Set<WireName> = []
        for part in try Self.parts(value, call: call, name: name) {
            names.insert(try wireName(part, call: call, name: name))
        }
        return names
    }

    /// A list's parts, or the one value: both are taken wherever dnsdist takes several.
    private static func parts(
        _ value: LuaValue, call: String, name: String
    ) throws(ArgumentError) -> [LuaValue] {
        guard case .table(let list) = value else { return [value] }
        guard list.fields.isEmpty else {
            throw ArgumentError("\(call): \(name) must be a list without names or holes")
        }
        return list.array
    }

    // MARK: Selectors

    /// A selector, or dnsdist's short forms: a netmask or a name (with all below it), or a list of
    /// both.
    func selector(_ arguments: Arguments, _ index: Int) throws(ArgumentError) -> Selector {
        let value = arguments[index]
        if let ordinal = ObjectKind.selector.ordinal(of: value) { return selectors[ordinal] }
        if ObjectKind.netmaskGroup.ordinal(of: value) != nil {
            return .source(try prefixes(arguments, index, "rule"))
        }
        guard Self.mayBeSelector(value) else {
            throw arguments.wrong(
                index, "rule",
                "a rule selector, a netmask, a name, or a list of netmasks and names")
        }
        var prefixes: [IPPrefix] = []
        var names: Set<WireName> = []
        for part in try Self.parts(value, call: arguments.call, name: "rule") {
            if let prefix = part.asText.flatMap({ IPPrefix($0) }) {
                prefixes.append(prefix)
            } else {
                names.insert(try wireName(part, call: arguments.call, name: "rule"))
            }
        }
        if prefixes.isEmpty { return .suffixes(names) }
        return names.isEmpty ? .source(prefixes) : .or([.source(prefixes), .suffixes(names)])
    }

    private static func mayBeSelector(_ value: LuaValue) -> Bool {
        switch value {
        case .nil, .boolean, .function: false
        case .object(let object):
            ![.action, .responseAction, .server, .policy].contains(
                ObjectKind(rawValue: object.kind))
        default: true
        }
    }

    /// The list of `AndRule` and `OrRule`; the selectors may stand without the table, too.
    func selectorList(_ arguments: Arguments) throws(ArgumentError) -> [Selector] {
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

    // MARK: Actions

    static let ruleOptionKeys = ["name", "uuid"]

    func action(_ arguments: Arguments, _ index: Int) throws(ArgumentError) -> Action {
        if ObjectKind.responseAction.ordinal(of: arguments[index]) != nil {
            throw ArgumentError(
                "\(arguments.call): a response action acts on answers; use addResponseAction")
        }
        return actions[try arguments.object(index, "action", .action)]
    }

    func responseAction(
        _ arguments: Arguments, _ index: Int
    ) throws(ArgumentError) -> ResponseAction {
        if ObjectKind.action.ordinal(of: arguments[index]) != nil {
            throw ArgumentError(
                "\(arguments.call): an action acts on queries; there are others for answers"
                    + " (DropResponseAction, LuaResponseAction, …)")
        }
        return responseActions[try arguments.object(index, "action", .responseAction)]
    }

    /// The last argument of `addAction` and its siblings: `{name = …, uuid = …}`.
    func ruleOptions(
        _ arguments: Arguments, _ index: Int, at location: SourceLocation
    ) throws(ArgumentError) -> (name: String, uuid: String) {
        guard arguments.has(index) else { return ("", "") }
        let keys = KeyReader(call: arguments.call, table: try arguments.table(index, "options"))
        for line in keys.strangers(Self.ruleOptionKeys) { warn(line, at: location) }
        return (try keys.text("name") ?? "", try keys.text("uuid") ?? "")
    }
}
