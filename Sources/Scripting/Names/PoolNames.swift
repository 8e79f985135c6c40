// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime

/// `getPool` and the methods of pools. A pool that nobody declared comes into being when it is
/// named, as in dnsdist.
extension Evaluation {
    func addPool(_ name: String) {
        guard !configuration.pools.contains(where: { $0.name == name }) else { return }
        configuration.pools.append(PoolDeclaration(name: name))
    }

    func definePoolNames() throws(LuaError) {
        try define("getPool") { [unowned self] (arguments, _) throws(ArgumentError) in
            let name = try arguments.text(0, "pool")
            let known = configuration.pools.firstIndex { $0.name == name }
            guard known != nil || isLoading else {
                throw ArgumentError(
                    "getPool: there is no pool '\(name)'"
                        + NearestName.suggestion(
                            for: name, among: configuration.pools.map(\.name)))
            }
            if known == nil { addPool(name) }
            return [ObjectKind.pool.handle(known ?? configuration.pools.count - 1)]
        }
        var methods = poolSetters()
        methods["getCache"] = poolMethod("getCache") { [unowned self] (pool, _) in
            [
                configuration.pools[pool].cache.map { ObjectKind.packetCache.handle($0) } ?? .nil
            ]
        }
        methods["getECS"] = poolMethod("getECS") { [unowned self] (pool, _) in
            [.boolean(configuration.pools[pool].usesClientSubnet)]
        }
        try defineKind(.pool, methods: methods)
    }

    private func poolSetters() -> [String: HostFunction] {
        [
            "setCache": poolSetter("setCache") {
                [unowned self] (pool, arguments, _) throws(ArgumentError) in
                // dnsdist takes nil as no cache.
                configuration.pools[pool].cache =
                    arguments.has(0) ? try arguments.object(0, "cache", .packetCache) : nil
            },
            "unsetCache": poolSetter("unsetCache") {
                [unowned self] (pool, _, _) throws(ArgumentError) in
                configuration.pools[pool].cache = nil
            },
            "setECS": poolSetter("setECS") {
                [unowned self] (pool, arguments, _) throws(ArgumentError) in
                configuration.pools[pool].usesClientSubnet = try arguments.boolean(0, "useECS")
            },
            "setDisableZeroScope": poolSetter("setDisableZeroScope") {
                [unowned self] (_, arguments, location) throws(ArgumentError) in
                _ = try arguments.boolean(0, "disable")
                warnOnce(
                    "setDisableZeroScope",
                    because: "answers are kept for each client subnet, whatever their scope",
                    at: location)
            },
        ]
    }

    private func poolMethod(
        _ name: String,
        _ body: @escaping (Int, Arguments) throws(ArgumentError) -> [LuaValue]
    ) -> HostFunction {
        { [unowned self] call in
            guard let pool = call.receiver, configuration.pools.indices.contains(Int(pool.id))
            else { return .raised("\(name): call it with a colon, getPool(\"\"):\(name)()") }
            return Self.run(
                name,
                { (arguments, _) throws(ArgumentError) in try body(Int(pool.id), arguments) },
                &call)
        }
    }

    private func poolSetter(
        _ name: String,
        _ body: @escaping (Int, Arguments, SourceLocation) throws(ArgumentError) -> Void
    ) -> HostFunction {
        { [unowned self] call in
            let place = location(of: call)
            let method = poolMethod(name) {
                [unowned self] (pool, arguments) throws(ArgumentError) in
                guard isLoading else {
                    throw ArgumentError("\(name): only while the configuration is read")
                }
                try body(pool, arguments, place)
                return []
            }
            return method(&call)
        }
    }
}
