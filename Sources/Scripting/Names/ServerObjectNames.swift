// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import Declarations
import LuaRuntime

/// Server objects in control's VM: what dnsdist's have, read from the running record once there is
/// one, and from the declaration while the file is read.
extension Evaluation {
    private static let serverFields = ["name", "order", "weight", "upStatus", "score", "address"]

    /// A plan that changed what it is asked about would be asked again, for ever.
    static let planChangesServer =
        "a plan must not change servers: it returns what it decided"

    func defineServerObjects() throws(LuaError) {
        let methods = serverReaders().merging(serverWriters()) { reader, _ in reader }
            .merging(healthCheckMethods()) { first, _ in first }
        let known = Self.serverFields + methods.keys.sorted()
        try defineKind(
            .server, fields: Self.serverFields,
            LuaKind(
                name: "server", methods: methods,
                get: { [unowned self] call in readField(&call, known) },
                set: { [unowned self] call in writeField(&call) },
                text: { [unowned self] call in
                    call.results = [.text("server \(declaration(call)?.identity ?? "?")")]
                    return .returned
                }))
    }

    func ordinal(_ call: HostCall) -> Int? {
        guard let receiver = call.receiver, receiver.kind == ObjectKind.server.rawValue,
            configuration.servers.indices.contains(Int(receiver.id))
        else { return nil }
        return Int(receiver.id)
    }

    private func declaration(_ call: HostCall) -> ServerDeclaration? {
        ordinal(call).map { configuration.servers[$0] }
    }

    func handle(_ call: HostCall) -> ServerHandle? {
        guard let ordinal = ordinal(call), handles.indices.contains(ordinal) else { return nil }
        return handles[ordinal]
    }

    private func readField(_ call: inout HostCall, _ known: [String]) -> HostOutcome {
        guard let server = declaration(call) else { return .raised("this server is gone") }
        let handle = handle(call)
        switch call[0].text {
        case "name": call.results = [.text(server.name)]
        case "address": call.results = [.text(server.address.description)]
        case "order": call.results = [.count(handle?.order ?? server.order)]
        case "weight": call.results = [.count(handle?.weight ?? server.weight)]
        case "upStatus": call.results = [.boolean(handle?.upStatus ?? false)]
        case "score": call.results = [.number(handle?.score ?? 1)]
        default:
            return .raised(
                "a server has no field \(call[0].words)"
                    + NearestName.suggestion(for: call[0].asText ?? "", among: known))
        }
        return .returned
    }

    private func writeField(_ call: inout HostCall) -> HostOutcome {
        guard let ordinal = ordinal(call) else { return .raised("this server is gone") }
        guard vm.phase != .plan else { return .raised(Self.planChangesServer) }
        switch call[0].text {
        case "order":
            guard let order = call[1].asInteger else { return .raised("order must be a number") }
            if let handle = handle(call) { handle.setOrder(order) }
            configuration.servers[ordinal].order = order
        case "weight":
            guard let weight = call[1].asInteger, (1...ServerHandle.weightMax).contains(weight)
            else { return .raised("weight must be a number from 1") }
            if let handle = handle(call) { _ = handle.setWeight(weight) }
            configuration.servers[ordinal].weight = weight
        case "name":
            guard let name = call[1].text else { return .raised("name must be text") }
            configuration.servers[ordinal].name = name
        case "upStatus":
            guard case .boolean(let isUp) = call[1] else {
                return .raised("upStatus must be true or false")
            }
            handle(call)?.setUpStatus(isUp)
        default: return .raised("a server's \(call[0].words) cannot be set")
        }
        return .returned
    }

    private func serverReaders() -> [String: HostFunction] {
        func reader(
            _ read: @escaping (ServerDeclaration, ServerHandle?) -> LuaValue
        ) -> HostFunction {
            { [unowned self] call in
                guard let server = declaration(call) else { return .raised("this server is gone") }
                call.results = [read(server, handle(call))]
                return .returned
            }
        }
        return [
            "isUp": reader { server, handle in
                .boolean(handle?.isUp ?? (server.initialState == .up))
            },
            "getName": reader { server, _ in .text(server.name) },
            "getNameWithAddr": reader { server, _ in .text(server.nameWithAddress) },
            "getID": reader { server, _ in .text(server.uuid) },
            "getOutstanding": reader { _, handle in .count(handle?.outstanding ?? 0) },
            "getLatency": reader { _, handle in .number(handle?.latencyMicroseconds ?? 0) },
            "getDrops": reader { _, handle in .count(Int(handle?.total(.drops) ?? 0)) },
            "getQueries": reader { _, handle in .count(Int(handle?.total(.queries) ?? 0)) },
        ]
    }

    private func serverWriters() -> [String: HostFunction] {
        func force(_ state: ForcedState) -> HostFunction {
            { [unowned self] call in impose(&call, state) }
        }
        return [
            "setUp": force(.up), "setDown": force(.down), "setAuto": force(.auto),
            "setQPS": { [unowned self] call in
                guard let ordinal = ordinal(call), let limit = call[0].asInteger, limit >= 0 else {
                    return .raised("setQPS: give a number from 0")
                }
                guard vm.phase != .plan else { return .raised(Self.planChangesServer) }
                configuration.servers[ordinal].queriesPerSecondMax = limit
                handle(call)?.setQueriesPerSecondMax(limit)
                return .returned
            },
            "addPool": { [unowned self] call in
                changePool(ordinal(call), call[0], adds: true, "addPool")
            },
            "rmPool": { [unowned self] call in
                changePool(ordinal(call), call[0], adds: false, "rmPool")
            },
        ]
    }

    func impose(_ call: inout HostCall, _ state: ForcedState) -> HostOutcome {
        guard let ordinal = ordinal(call) else { return .raised("this server is gone") }
        guard vm.phase != .plan else { return .raised(Self.planChangesServer) }
        if isLoading, configuration.servers[ordinal].bar == nil {
            configuration.servers[ordinal].initialState = state
        }
        let handle = handle(call)
        handle?.force(state)
        // setAuto(true) and setAuto(false) also say what the health check is to have said.
        if state == .auto, case .boolean(let isUp) = call[0] { handle?.setUpStatus(isUp) }
        return .returned
    }

    /// Puts a server into a pool or takes it out, in control's VM and in a plane's alike.
    func changePool(
        _ ordinal: Int?, _ name: LuaValue, adds: Bool, _ method: String
    ) -> HostOutcome {
        guard isLoading else {
            return .raised("\(method): only while the configuration is read")
        }
        guard let ordinal, configuration.servers.indices.contains(ordinal) else {
            return .raised("\(method): call it with a colon, server:\(method)(\"pool\")")
        }
        guard let pool = name.asText else { return .raised("\(method): give a pool's name") }
        guard !configuration.servers[ordinal].isRemoved else {
            return .raised("\(method): this server was removed by rmServer")
        }
        var pools = configuration.servers[ordinal].pools.filter { $0 != pool }
        if adds {
            pools.append(pool)
            addPool(pool)
        }
        configuration.servers[ordinal].pools = pools
        return .returned
    }
}
