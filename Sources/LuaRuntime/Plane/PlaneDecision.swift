// SPDX-License-Identifier: Apache-2.0

import CLua

/// Is what a policy decided for one query.
public enum PlaneDecision: Hashable, Sendable {
    public enum Failure: Hashable, Sendable {
        case error
        case timeout
        case memory
        /// It returned something that is neither a server nor "no server".
        case nonsense
        /// The system refused us something, or the VM was misused.
        case `internal`
    }

    case server(ordinal: UInt32)
    /// The policy said that no server should answer.
    case none
    case failed(Failure)

    /// From the integer of `PlanePolicyVM.decide`.
    public init(code: Int32) {
        switch Int(code) {
        case 0...: self = .server(ordinal: UInt32(code))
        case CLUA_DECISION_NONE: self = .none
        case CLUA_DECISION_RUNTIME: self = .failed(.error)
        case CLUA_DECISION_TIMEOUT: self = .failed(.timeout)
        case CLUA_DECISION_MEMORY: self = .failed(.memory)
        case CLUA_DECISION_NONSENSE: self = .failed(.nonsense)
        default: self = .failed(.internal)
        }
    }
}
