// SPDX-License-Identifier: Apache-2.0

/// What rules are compiled with.
struct RuleContext {
    /// The index of each pool by its name; it holds every pool that a rule names.
    let pools: [String: Int]
    let planeThreads: Int
    let statistics: RuleStatisticsTable
    /// By ordinal.
    let stores: [KeyValueStore]
    let log: RuleLog
    /// Whether the plane has the scripts that rules call.
    let hasScripts: Bool
}
