// SPDX-License-Identifier: Apache-2.0

import Balancing
public import Declarations
import LuaRuntime

extension ControlScripts {
    /// Runs a planned policy's function for one pool.
    ///
    /// - Parameters:
    ///   - plan: of kind ``FunctionReference/Kind/plan``.
    ///   - ordinals: the pool's servers, in the order of its layout.
    public func runPlan(_ plan: FunctionReference, servers ordinals: [Int]) -> PlanResult {
        vm.phase = .plan
        do throws(LuaError) {
            let list = LuaTable(array: ordinals.map { ObjectKind.server.handle($0) })
            let results = try vm.call(
                evaluation.functions[plan.ordinal], [.table(list)],
                budgetMilliseconds: evaluation.configuration.scriptLimits.controlMilliseconds)
            defer { release(results) }
            return read(results, plan, ordinals)
        } catch {
            return .failed(
                explanation.fault(error, in: plan.location), isTimeout: error.kind == .timeout)
        }
    }

    private func read(
        _ results: [LuaValue], _ plan: FunctionReference, _ ordinals: [Int]
    ) -> PlanResult {
        do throws(ArgumentError) {
            let reader = PlanReader(
                given: ordinals, serverCount: evaluation.configuration.servers.count)
            return .plan(try reader.read(results))
        } catch {
            return .failed(
                ScriptFault(message: error.description, location: plan.location),
                isTimeout: false)
        }
    }
}
