// SPDX-License-Identifier: Apache-2.0

public import Declarations

/// Who chooses among a pool's servers: one of a snapshot's policies, as the plane reads it.
public struct PolicyEntry {
    public enum Kind {
        case builtin(BuiltinPolicy)
        /// Each pool's own plan decides.
        case planned
        /// `slot` is the function's ordinal among all bound functions.
        case call(function: PolicyFunction, slot: Int32)
    }

    public let kind: Kind
    public let statistics: PolicyStatistics
}
