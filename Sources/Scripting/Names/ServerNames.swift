// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import LuaRuntime

/// `newServer`, `getServer`, `getServers`, `getPoolServers`.
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
            return [try serverHandle(configuration.servers.count - 1)]
        }
        try define("getServers") { [unowned self] (_, _) throws(ArgumentError) in
            [.table(try serverList { _ in true })]
        }
        try define("getPoolServers") { [unowned self] (arguments, _) throws(ArgumentError) in
            let pool = try arguments.text(0, "pool")
            return [.table(try serverList { $0.pools.contains(pool) })]
        }
        try define("getServer") { [unowned self] (arguments, _) throws(ArgumentError) in
            // By position from 0, or by UUID; a name is taken too.
            if let position = arguments[0].asInteger {
                guard configuration.servers.indices.contains(position) else {
                    throw ArgumentError(
                        "getServer: there is no server \(position)"
                            + " (they are counted from 0 to \(configuration.servers.count - 1))")
                }
                return [try serverHandle(position)]
            }
            let text = try arguments.text(0, "server")
            let found = configuration.servers.firstIndex {
                $0.uuid == text || $0.name == text || $0.address.description == text
            }
            guard let found else { throw ArgumentError("getServer: there is no server '\(text)'") }
            return [try serverHandle(found)]
        }
    }

    private func serverList(
        _ isIncluded: (ServerDeclaration) -> Bool
    ) throws(ArgumentError) -> LuaTable {
        var handles: [LuaValue] = []
        for (ordinal, server) in configuration.servers.enumerated() where isIncluded(server) {
            handles.append(try serverHandle(ordinal))
        }
        return LuaTable(array: handles)
    }

    /// What a script holds of a server: an object in control's VM, a table in a plane's.
    func serverHandle(_ ordinal: Int) throws(ArgumentError) -> LuaValue {
        guard let plane else { return ObjectKind.server.handle(ordinal) }
        return try plane.handle(ordinal, configuration.servers[ordinal])
    }

    func addPool(_ name: String) {
        guard !configuration.pools.contains(where: { $0.name == name }) else { return }
        configuration.pools.append(PoolDeclaration(name: name))
    }
}
