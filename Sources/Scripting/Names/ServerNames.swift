// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import LuaRuntime

/// `newServer`, `rmServer`, `getServer`, `getServers`, `getPoolServers`.
extension Evaluation {
    func defineServerNames() throws(LuaError) {
        try declare("newServer") { [unowned self] (arguments, call) throws(ArgumentError) in
            let location = location(of: call)
            let table: LuaTable
            switch arguments[0] {
            case .table(let given): table = given
            case .string:
                // The short form: address, and queries a second.
                var short = LuaTable(["address": arguments[0]])
                short["qps"] = arguments[1]
                table = short
            default: throw arguments.wrong(0, "its argument", "a table or an address")
            }
            let server = try ServerReader(evaluation: self, location: location).read(table)
            for pool in server.pools { addPool(pool) }
            configuration.servers.append(server)
            declaredOrders.append(server.order)
            return [try serverHandle(configuration.servers.count - 1)]
        }
        try defineRemoval()
        try define("getServers") { [unowned self] (_, _) throws(ArgumentError) in
            [.table(try serverList { _ in true })]
        }
        try define("getPoolServers") { [unowned self] (arguments, _) throws(ArgumentError) in
            let pool = try arguments.text(0, "pool")
            return [.table(try serverList { $0.pools.contains(pool) })]
        }
        try define("getServer") { [unowned self] (arguments, _) throws(ArgumentError) in
            [try serverHandle(try serverOrdinal(arguments, 0))]
        }
    }

    /// It keeps its ordinal, which scripts hold; nothing is ever sent to it.
    private func defineRemoval() throws(LuaError) {
        try declare("rmServer") { [unowned self] (arguments, _) throws(ArgumentError) in
            let ordinal = try serverOrdinal(arguments, 0)
            let removed = configuration.servers.filter(\.isRemoved).count
            configuration.servers[ordinal].isRemoved = true
            configuration.servers[ordinal].initialState = .barred
            configuration.servers[ordinal].pools = []
            configuration.servers[ordinal].check = nil
            // A later server of this name is the one that history belongs to.
            configuration.servers[ordinal].identity += " (removed #\(removed + 1))"
            return []
        }
    }

    /// dnsdist's order of servers: by `order` when they were declared, then by declaration.
    private var serverOrdinals: [Int] {
        configuration.servers.indices.filter { !configuration.servers[$0].isRemoved }.sorted {
            (declaredOrders[$0], $0) < (declaredOrders[$1], $1)
        }
    }

    /// A server object, or a server by position from 0, by UUID, name or address.
    private func serverOrdinal(_ arguments: Arguments, _ index: Int) throws(ArgumentError) -> Int {
        if let ordinal = Self.serverOrdinal(of: arguments[index]) { return ordinal }
        let ordinals = serverOrdinals
        if let position = arguments[index].asInteger {
            guard ordinals.indices.contains(position) else {
                throw ArgumentError(
                    "\(arguments.call): there is no server \(position)"
                        + (ordinals.isEmpty
                            ? "" : " (they are counted from 0 to \(ordinals.count - 1))"))
            }
            return ordinals[position]
        }
        let text = try arguments.text(index, "server")
        let endpoint = Endpoint(text, defaultPort: 53)
        let found = ordinals.first { ordinal in
            let server = configuration.servers[ordinal]
            return server.uuid == text || server.name == text || server.address == endpoint
        }
        guard let found else {
            let names = ordinals.map { configuration.servers[$0].name }.filter { !$0.isEmpty }
            throw ArgumentError(
                "\(arguments.call): there is no server '\(text)'"
                    + NearestName.suggestion(for: text, among: names))
        }
        return found
    }

    /// What a handle of either VM names.
    static func serverOrdinal(of value: LuaValue) -> Int? {
        guard case .object(let object) = value,
            object.kind == ObjectKind.server.rawValue || object.kind == LuaObject.planeServerKind
        else { return nil }
        return Int(object.id)
    }

    private func serverList(
        _ isIncluded: (ServerDeclaration) -> Bool
    ) throws(ArgumentError) -> LuaTable {
        var handles: [LuaValue] = []
        for ordinal in serverOrdinals where isIncluded(configuration.servers[ordinal]) {
            handles.append(try serverHandle(ordinal))
        }
        return LuaTable(array: handles)
    }

    /// What a script holds of a server: an object in control's VM, a table in a plane's.
    func serverHandle(_ ordinal: Int) throws(ArgumentError) -> LuaValue {
        guard let plane else { return ObjectKind.server.handle(ordinal) }
        return try plane.handle(ordinal, configuration.servers[ordinal])
    }
}
