// SPDX-License-Identifier: Apache-2.0

/// Owns the statistics of all policies, by name. One thread uses it (control).
///
/// An entry stays until the table's end: a policy that a reload removed and a later one brings back
/// goes on counting, and no snapshot ever points to freed memory.
public final class PolicyStatisticsTable {
    /// Names beyond it share the last entry: a configuration whose policies are named anew at each
    /// reload must not grow the daemon.
    public static let entriesMax = 1_024
    static let overflowName = "(more policies)"

    public let planeThreads: Int
    /// What is counted for rules, which live as long.
    public let rules: RuleStatisticsTable
    /// What rules note, which lives as long.
    public let log: RuleLog
    /// Whom the plane blocks, which lives as long.
    public let blocks = DynamicBlockTable()
    let stores: KeyValueStoreTable
    /// What the plane saw lately, while some snapshot names it.
    private weak var traffic: TrafficRings?
    private var entries: [String: PolicyStatistics] = [:]

    public init(planeThreads: Int) {
        self.planeThreads = planeThreads
        rules = RuleStatisticsTable(planeThreads: planeThreads)
        log = RuleLog(planeThreads: planeThreads)
        stores = KeyValueStoreTable(planeThreads: planeThreads)
    }

    deinit {
        for statistics in entries.values { statistics.deallocate() }
    }

    /// The rings of a snapshot with this size: those of the one before, when it had the same.
    func traffic(entries: Int) -> TrafficRings {
        if let known = traffic, known.entries == entries { return known }
        let made = TrafficRings(planeThreads: planeThreads, entries: entries)
        if traffic?.isRecording == true { made.start() }
        traffic = made
        return made
    }

    /// The statistics of a policy, made at the first use of its name.
    public func statistics(of name: String) -> PolicyStatistics {
        if let known = entries[name] { return known }
        guard entries.count < Self.entriesMax || name == Self.overflowName else {
            return statistics(of: Self.overflowName)
        }
        let made = PolicyStatistics(planeThreads: planeThreads)
        entries[name] = made
        return made
    }
}
