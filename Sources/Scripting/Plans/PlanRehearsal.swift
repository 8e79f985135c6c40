// SPDX-License-Identifier: Apache-2.0

import Balancing
import Declarations

/// Runs every plan with made-up states of its pool's servers before the configuration may serve.
///
/// A plan that fails in every state refuses the load; one that fails in some is let through: when
/// such a state is real the plan before goes on, or the fallback when there is none.
struct PlanRehearsal {
    let configuration: DeclaredConfiguration
    let scripts: ControlScripts

    func run() throws(ScriptError) {
        let pools = PoolLayout(of: configuration).pools.filter {
            $0.policy.isPlanned && !$0.ordinals.isEmpty
        }
        guard !pools.isEmpty else { return }
        let slab = ServerSlab(planeThreads: 1)
        let handles: [ServerHandle]
        do throws(BalancingError) {
            handles = try slab.update(to: configuration.servers)
        } catch {
            throw ScriptError(ScriptFault(message: "\(error)", location: nil))
        }
        scripts.bind(handles)
        defer { scripts.bind([ServerHandle]()) }
        let faults = pools.compactMap { fault(of: $0, handles) }
        guard faults.isEmpty else { throw ScriptError(faults) }
    }

    private func fault(of pool: PoolLayout.Pool, _ handles: [ServerHandle]) -> ScriptFault? {
        guard case .planned(let name, let plan) = pool.policy else { return nil }
        let states = SyntheticStates.of(pool.ordinals.map { handles[$0] })
        var faults: [ScriptFault] = []
        for set in states {
            set()
            if case .failed(let fault, _) = scripts.runPlan(plan, servers: pool.ordinals) {
                faults.append(fault)
            }
        }
        guard faults.count == states.count, let last = faults.last else { return nil }
        return ScriptFault(
            message: "plan '\(name)' fails whatever the servers' states: \(last.message)",
            location: last.location, traceback: last.traceback)
    }
}
