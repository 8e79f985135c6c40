// SPDX-License-Identifier: Apache-2.0

import DNSWire
public import Declarations
import LuaRuntime
public import Probing

extension ControlScripts {
    /// Asks a server's `checkFunction` what its next health check is to ask, as dnsdist does: it is
    /// given the name, type and class that were declared and the header, whose flags it may set.
    ///
    /// A failure says nothing about the server: the function raised, was cut off by its budget, or
    /// returned something else than a name, a type and a class.
    public func healthQuery(
        of server: ServerDeclaration
    ) -> Result<ServerProbe.Query, ScriptFault> {
        let check = server.healthCheck
        let declared: ServerProbe.Query
        do throws(DNSNameError) {
            declared = try ServerProbe.Query(check)
        } catch {
            return .failure(
                ScriptFault(
                    message: "checkName \(check.queryName): \(error)", location: server.location))
        }
        guard let function = check.queryFunction else { return .success(declared) }
        vm.phase = .check
        evaluation.healthCheckFlags = declared.flags
        defer { evaluation.healthCheckFlags = nil }
        do throws(LuaError) {
            let results = try vm.call(
                evaluation.functions[function.ordinal],
                [
                    .name(declared.question.name.wire), .count(Int(check.queryType)),
                    .count(Int(check.queryClass)), ObjectKind.header.handle(0),
                ],
                budgetMilliseconds: configuration.scriptLimits.controlMilliseconds)
            defer { release(results) }
            return query(of: results, from: function)
        } catch {
            return .failure(explanation.fault(error, in: function.location))
        }
    }

    private func query(
        of results: [LuaValue], from function: FunctionReference
    ) -> Result<ServerProbe.Query, ScriptFault> {
        func refuse(_ message: String) -> Result<ServerProbe.Query, ScriptFault> {
            .failure(
                ScriptFault(
                    message: "checkFunction \(message); it must return a name, a type and a class",
                    location: function.location))
        }
        guard results.count >= 3 else {
            return refuse("returned \(results.count == 0 ? "nothing" : "\(results.count) values")")
        }
        let name: DNSName? =
            switch results[0] {
            case .name(let wire): DNSName(wire: wire)
            case .string(let text): try? DNSName(text.text)
            default: nil
            }
        guard let name else { return refuse("returned \(results[0].words) as its name") }
        guard let type = results[1].asInteger, let type = UInt16(exactly: type) else {
            return refuse("returned \(results[1].words) as its type")
        }
        guard let number = results[2].asInteger, let number = UInt16(exactly: number) else {
            return refuse("returned \(results[2].words) as its class")
        }
        return .success(
            ServerProbe.Query(
                question: DNSQuestion(
                    name: name, type: DNSType(rawValue: type), class: DNSClass(rawValue: number)),
                flags: evaluation.healthCheckFlags ?? .query))
    }
}

/// Calls every `checkFunction` once before the configuration may serve: one that fails would leave
/// its server unchecked.
struct HealthQueryRehearsal {
    let configuration: DeclaredConfiguration
    let scripts: ControlScripts

    func run() throws(ScriptError) {
        var faults: [ScriptFault] = []
        for server in configuration.servers
        where server.bar == nil && server.check == nil && server.healthCheck.queryFunction != nil {
            guard case .failure(let fault) = scripts.healthQuery(of: server) else { continue }
            faults.append(
                ScriptFault(
                    message: "checkFunction of server \(server.identity) fails: \(fault.message)",
                    location: fault.location, traceback: fault.traceback,
                    usedUpBudget: fault.usedUpBudget))
        }
        guard faults.isEmpty else { throw ScriptError(faults) }
    }
}
