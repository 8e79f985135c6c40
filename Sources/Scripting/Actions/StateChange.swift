// SPDX-License-Identifier: Apache-2.0

import LuaRuntime

/// Something that changed, as `onStateChange` tells it: plain values.
public struct StateChange: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable {
        case check, server, route, neighbor
    }

    public var kind: Kind
    /// The check's, the server's, the prefix, the neighbour's address.
    public var name: String
    /// A check's target, a route's neighbour.
    public var target: String?
    /// A server's.
    public var address: String?
    /// `unknown`, `up`, `down`, `error`, `disabled`; `withdrawn`, `announced`, `changed`; the name of
    /// a neighbour's state.
    public var from: String
    public var to: String
    /// Why, in words; may be empty.
    public var detail: String
    /// Unix time.
    public var at: Double

    public init(
        _ kind: Kind, name: String, target: String? = nil, address: String? = nil,
        from: String, to: String, detail: String, at: Double
    ) {
        self.kind = kind
        self.name = name
        self.target = target
        self.address = address
        self.from = from
        self.to = to
        self.detail = detail
        self.at = at
    }

    /// What the function of `onStateChange` gets.
    var table: LuaValue {
        var table = LuaTable([
            "kind": .text(kind.rawValue), "name": .text(name), "from": .text(from),
            "to": .text(to), "detail": .text(detail), "at": .number(at),
        ])
        if let target { table["target"] = .text(target) }
        if let address { table["address"] = .text(address) }
        return .table(table)
    }

    /// dnsdist's words for a server: `name (address)`, or the address alone.
    var nameWithAddress: String {
        guard let address else { return name }
        return name.isEmpty ? address : "\(name) (\(address))"
    }
}
