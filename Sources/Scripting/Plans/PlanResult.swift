// SPDX-License-Identifier: Apache-2.0

public import Balancing

/// What one run of a planned policy's function came to.
public enum PlanResult: Hashable, Sendable {
    case plan(ServerPlan)
    /// It raised or returned nonsense: the plan before goes on (DESIGN §3.2).
    case failed(ScriptFault, isTimeout: Bool)
}
