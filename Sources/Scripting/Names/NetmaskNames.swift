// SPDX-License-Identifier: Apache-2.0

import Addressing
import LuaRuntime

/// `newNMG`.
extension Evaluation {
    func defineNetmaskNames() throws(LuaError) {
        typealias Body = MatchMethod<NetmaskGroup>
        func method(_ name: String, _ body: @escaping Body) -> HostFunction {
            matchMethod(.netmaskGroup, \.netmaskGroups, name, body)
        }
        try define("newNMG") { [unowned self] (arguments, _) throws(ArgumentError) in
            [try makeMatch(.netmaskGroup, NetmaskGroup(), \.netmaskGroups, arguments.call)]
        }
        let add: Body = { [unowned self] (group, arguments) throws(ArgumentError) in
            group.add(try netmaskEntries(arguments, 0))
            return []
        }
        let remove: Body = { [unowned self] (group, arguments) throws(ArgumentError) in
            group.remove(try netmaskEntries(arguments, 0).map(\.prefix))
            return []
        }
        let text = method("toString") { (group, _) throws(ArgumentError) in
            [.text(group.description)]
        }
        try defineKind(
            .netmaskGroup,
            methods: [
                "addMask": method("addMask", add), "addMasks": method("addMasks", add),
                "addNMG": method("addNMG", add), "remove": method("remove", remove),
                "delete": method("delete", remove),
                "match": method("match") { (group, arguments) throws(ArgumentError) in
                    [.boolean(group.contains(try Self.address(arguments, 0)))]
                },
                "size": method("size") { (group, _) throws(ArgumentError) in
                    [.count(group.count)]
                },
                "clear": method("clear") { (group, _) throws(ArgumentError) in
                    group.removeAll()
                    return []
                },
                "toString": text,
            ], text: text)
    }

    /// The prefixes of a netmask group, without what it negates; `nil` for another value.
    func prefixes(of value: LuaValue) -> [IPPrefix]? {
        guard let ordinal = ObjectKind.netmaskGroup.ordinal(of: value) else { return nil }
        return matchObjects.netmaskGroups[ordinal]?.prefixes
    }

    /// An address: an object or text.
    static func address(
        _ arguments: Arguments, _ index: Int
    ) throws(ArgumentError) -> IPAddress {
        switch arguments[index] {
        case .address(let address):
            // 4 or 16 octets by its type.
            if let address = IPAddress(bytes: address.octets) { return address }
        case .string(let text):
            return try AddressText.address(text.text, call: arguments.call, name: "address")
        default: break
        }
        throw arguments.wrong(index, "address", "an address")
    }

    /// One netmask (text, netmask, address or a whole group), a list of them, or a table whose keys
    /// are addresses, as `exceedQRate` returns.
    func netmaskEntries(
        _ arguments: Arguments, _ index: Int
    ) throws(ArgumentError) -> [NetmaskGroup.Entry] {
        if let ordinal = ObjectKind.netmaskGroup.ordinal(of: arguments[index]) {
            return matchObjects.netmaskGroups[ordinal]?.entries ?? []
        }
        guard case .table(let table) = arguments[index] else {
            return [try entry(arguments[index], call: arguments.call)]
        }
        var entries: [NetmaskGroup.Entry] = []
        for value in table.array + table.fields.map(\.key) {
            entries.append(try entry(value, call: arguments.call))
        }
        return entries
    }

    private func entry(
        _ value: LuaValue, call: String
    ) throws(ArgumentError) -> NetmaskGroup.Entry {
        switch value {
        case .string(let string):
            let text = string.text
            let isNegated = text.hasPrefix("!")
            let prefix = try AddressText.prefix(
                isNegated ? String(text.dropFirst()) : text, call: call, name: "netmask")
            return NetmaskGroup.Entry(prefix: prefix, matches: !isNegated)
        case .address(let address):
            if let address = IPAddress(bytes: address.octets) {
                return NetmaskGroup.Entry(prefix: IPPrefix(host: address), matches: true)
            }
        case .netmask(let mask):
            if let network = IPAddress(bytes: mask.network.octets),
                let prefix = IPPrefix(masking: network, length: Int(mask.length))
            {
                return NetmaskGroup.Entry(prefix: prefix, matches: true)
            }
        default: break
        }
        throw ArgumentError("\(call): netmask must be a netmask, not \(value.words)")
    }
}
