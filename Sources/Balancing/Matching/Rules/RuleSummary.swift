// SPDX-License-Identifier: Apache-2.0

/// A rule of a snapshot as status shows it.
public struct RuleSummary: Sendable {
    public let chain: RuleChain
    public let name: String
    public let statistics: RuleStatistics
}
