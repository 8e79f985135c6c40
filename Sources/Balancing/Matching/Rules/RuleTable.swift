// SPDX-License-Identifier: Apache-2.0

/// The rules of one chain with their compiled selectors: what query and response rules share.
struct RuleTable<Effect> {
    struct Rule {
        let selector: Int32
        /// Whether its selector or its action calls a script.
        let hasScript: Bool
        let statistics: RuleStatistics
        let effect: Effect
    }

    let rules: UnsafeMutableBufferPointer<Rule>
    private let nodes: RuleNodes
    /// By plane thread, then rule: each thread's own. Empty without scripts.
    private let trips: UnsafeMutableBufferPointer<PolicyTrip>

    /// Allocates; the owner calls ``deallocate()``.
    init(_ compiled: [Rule], nodes: [RuleNode], planeThreads: Int) {
        rules = .allocate(capacity: compiled.count)
        _ = rules.initialize(from: compiled)
        self.nodes = RuleNodes(nodes)
        let needsTrips = compiled.contains { $0.hasScript }
        trips = .allocate(capacity: needsTrips ? compiled.count * planeThreads : 0)
        trips.initialize(repeating: PolicyTrip())
    }

    /// Frees the nodes; the effects are their owner's.
    func deallocate() {
        nodes.deallocate()
        rules.deallocate()
        trips.deallocate()
    }

    var hasScripts: Bool { !trips.isEmpty }

    /// Whether rule `index` selects the message; counts it, and its script's fault.
    func selects(_ index: Int, _ query: UnsafeMutablePointer<PolicyQuery>) -> Bool {
        let rule = rules[index]
        guard rule.hasScript else {
            var fault: Int32 = 0
            guard nodes.matches(rule.selector, query, &fault) else { return false }
            rule.statistics.count(.hits, thread: Int(query.pointee.thread))
            return true
        }
        return selectsByScript(index, rule, query)
    }

    private func selectsByScript(
        _ index: Int, _ rule: Rule, _ query: UnsafeMutablePointer<PolicyQuery>
    ) -> Bool {
        var fault: Int32 = 0
        let selects = nodes.matches(rule.selector, query, &fault)
        guard fault == 0 else {
            note(fault, of: index, query)
            return false
        }
        if selects { rule.statistics.count(.hits, thread: Int(query.pointee.thread)) }
        return selects
    }

    /// Whether a rule's scripts ran out of their budget lately and are not called.
    func isTripped(_ index: Int, _ query: UnsafeMutablePointer<PolicyQuery>) -> Bool {
        guard !trips.isEmpty else { return false }
        return trip(index, query).pointee.isTripped(nowMicroseconds: query.pointee.nowMicroseconds)
    }

    /// Counts a script's fault, a ``PolicyResult``; a timeout trips the rule.
    func note(_ fault: Int32, of index: Int, _ query: UnsafeMutablePointer<PolicyQuery>) {
        let thread = Int(query.pointee.thread)
        rules[index].statistics.count(.errors, thread: thread)
        guard fault == PolicyResult.timeout else { return }
        rules[index].statistics.count(.timeouts, thread: thread)
        trip(index, query).pointee.recordTimeout(nowMicroseconds: query.pointee.nowMicroseconds)
    }

    private func trip(
        _ index: Int, _ query: UnsafeMutablePointer<PolicyQuery>
    ) -> UnsafeMutablePointer<PolicyTrip> {
        // Not empty: the rule has a script.
        trips.baseAddress! + (Int(query.pointee.thread) &* rules.count &+ index)
    }
}
