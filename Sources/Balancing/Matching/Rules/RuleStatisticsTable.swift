// SPDX-License-Identifier: Apache-2.0

/// Owns the statistics of all rules, by chain and name. One thread uses it (control).
///
/// An entry stays until the table's end: a rule that a reload keeps goes on counting, and no
/// snapshot ever points to freed memory.
public final class RuleStatisticsTable {
    /// Rules beyond it share the last entry: a configuration whose rules are named anew at each
    /// reload must not grow the daemon.
    public static let entriesMax = 16_384

    private struct Key: Hashable {
        let chain: RuleChain
        let name: String
        /// Among the rules of that name in one configuration, from 0.
        let occurrence: Int
    }

    private static let overflow = Key(chain: .queries, name: "(more rules)", occurrence: 0)

    public let planeThreads: Int
    private var entries: [Key: RuleStatistics] = [:]

    public init(planeThreads: Int) {
        self.planeThreads = planeThreads
    }

    deinit {
        for statistics in entries.values { statistics.deallocate() }
    }

    /// The statistics of a rule, made at the first use of its name.
    func statistics(of name: String, in chain: RuleChain, occurrence: Int) -> RuleStatistics {
        let key = Key(chain: chain, name: name, occurrence: occurrence)
        if let known = entries[key] { return known }
        if entries.count >= Self.entriesMax, let shared = entries[Self.overflow] { return shared }
        let made = RuleStatistics(planeThreads: planeThreads)
        entries[entries.count >= Self.entriesMax ? Self.overflow : key] = made
        return made
    }
}
