// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import Declarations
import LuaRuntime

/// What evaluating in a plane's VM adds: servers are tables, and built-in policies can choose.
final class PlaneEvaluation {
    private let kit: PlanePolicyVM
    private var known: Set<Int> = []
    /// Whether its log lines go to the thread's ring, or where the evaluation's go (`pharos test`).
    let logsToRing: Bool

    init(_ kit: PlanePolicyVM, logsToRing: Bool = false) throws(LuaError) {
        self.kit = kit
        self.logsToRing = logsToRing
        for (number, builtin) in BuiltinPolicy.allCases.enumerated() {
            try kit.defineBuiltin(Int32(number), name: builtin.rawValue)
        }
    }

    /// A logging function of a plane's VM: its lines go to the thread's ring.
    func defineLog(_ name: String, _ priority: ScriptLogLine.Priority) throws(LuaError) {
        try kit.defineLog(name, priority: priority.number)
    }

    /// Methods of servers that declare: they answer while the file is read, as control's do.
    func defineMethods(of evaluation: Evaluation) throws(LuaError) {
        for (name, adds) in [("addPool", true), ("rmPool", false)] {
            try kit.addServerMethod(name) { [unowned evaluation] call in
                let ordinal = Evaluation.serverOrdinal(of: call[0])
                return evaluation.changePool(ordinal, call[1], adds: adds, name)
            }
        }
        for name in ["setQPS", "setHealthCheckParams", "setActiveAuto", "setLazyAuto"] {
            try kit.addServerMethod(name) { [unowned evaluation] _ in
                guard evaluation.isLoading else {
                    return .raised("\(name): not available in a balancing policy")
                }
                return .returned
            }
        }
        try kit.addServerMethod("getHealthCheckMode") { [unowned evaluation] call in
            guard let ordinal = Evaluation.serverOrdinal(of: call[0]),
                evaluation.configuration.servers.indices.contains(ordinal)
            else { return .raised("call it with a colon, server:getHealthCheckMode()") }
            let check = evaluation.configuration.servers[ordinal].healthCheck
            call.results = [.text(check.modeName)]
            return .returned
        }
    }

    /// The table of a server, made at its declaration: the one that policies get later.
    func handle(_ ordinal: Int, _ server: ServerDeclaration) throws(ArgumentError) -> LuaValue {
        if known.insert(ordinal).inserted {
            do throws(LuaError) {
                try kit.addServer(
                    ordinal: UInt32(ordinal), name: server.name,
                    address: server.address.description, identifier: server.uuid,
                    order: server.order, weight: server.weight)
            } catch {
                throw ArgumentError("newServer: \(error.message)")
            }
        }
        return .object(LuaObject(kind: LuaObject.planeServerKind, id: UInt32(ordinal)))
    }
}
