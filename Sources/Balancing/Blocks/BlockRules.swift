// SPDX-License-Identifier: Apache-2.0
//
// The rings are walked once for all rules of a group. Each entry is looked up by its client and added
// to the columns of the rules that it concerns: two a rule, what is measured and, for ratios, of how
// much. What is walked is bounded by the rings, and ends at the longest window of the rules.

import Addressing
import Declarations

/// The rules of a `dynBlockRulesGroup`, judged over what the plane saw lately. A value; one thread.
public struct BlockRules: Sendable {
    /// Rules that one group may have: with more, something sets rules in a loop.
    public static let rulesMax = 1_000

    public var masks = BlockMasks()
    public private(set) var rules: [BlockRule] = []

    public init() {}

    /// A client that a rule wants blocked, or warned of.
    public struct Finding: Sendable {
        public let source: BlockedSource
        /// The position in ``BlockRules/rules``.
        public let rule: Int
        public let isWarning: Bool
        /// What was measured: a rate per second, or a share.
        public let value: Double
    }

    /// Adds a rule, in the place of one that measures the same. False when there are ``rulesMax``.
    public mutating func set(_ rule: BlockRule) -> Bool {
        if let known = rules.firstIndex(where: { $0.measure == rule.measure }) {
            rules[known] = rule
            return true
        }
        guard rules.count < Self.rulesMax else { return false }
        rules.append(rule)
        return true
    }

    /// What the rules say about the traffic up to now.
    ///
    /// - Parameter hitRatio: the caches' share of all lookups, asked only if a rule wants it.
    public func findings(
        in traffic: TrafficRings, nowMicroseconds: UInt64, hitRatio: () -> Double
    ) -> [Finding] {
        guard !rules.isEmpty else { return [] }
        var counts = ClientCounts(self, nowMicroseconds: nowMicroseconds)
        counts.readQueries(of: traffic)
        counts.readAnswers(of: traffic)
        let order = rules.indices.sorted { rules[$0].measure.rank < rules[$1].measure.rank }
        let ratio = rules.contains { $0.measure == .cacheMissRatio } ? hitRatio() : 0
        var findings: [Finding] = []
        counts.forEachClient { source, client in
            judge(source, client, counts, order, hitRatio: ratio, &findings)
        }
        return findings
    }

    /// The rate of queries or of octets blocks a client for good; of the kinds that follow, the first
    /// rule of each kind.
    private func judge(
        _ source: BlockedSource, _ client: Int, _ counts: ClientCounts, _ order: [Int],
        hitRatio: Double, _ findings: inout [Finding]
    ) {
        var blockedRank = -1
        for index in order {
            let rule = rules[index]
            let rank = rule.measure.rank
            guard rank != blockedRank, let value = counts.value(client, rule: index) else {
                continue
            }
            if rule.measure == .cacheMissRatio, hitRatio < rule.hitRatioMin { continue }
            if rule.warningLimit > 0, value > rule.warningLimit {
                findings.append(
                    Finding(source: source, rule: index, isWarning: true, value: value))
            }
            guard value > rule.limit else { continue }
            findings.append(
                Finding(source: source, rule: index, isWarning: false, value: value))
            if rank <= BlockRule.Measure.answerBytes.rank { return }
            blockedRank = rank
        }
    }

    /// Clients of which `measure` exceeds a rate over a window, with how much was counted: what
    /// dnsdist's `exceed` functions return.
    public static func exceeding(
        _ measure: BlockRule.Measure, rate: Double, seconds: Int, in traffic: TrafficRings,
        nowMicroseconds: UInt64
    ) -> [(source: BlockedSource, count: UInt64)] {
        var rules = BlockRules()
        _ = rules.set(
            BlockRule(measure, limit: rate, seconds: seconds, reason: "", blockSeconds: 0))
        var counts = ClientCounts(rules, nowMicroseconds: nowMicroseconds)
        counts.readQueries(of: traffic)
        counts.readAnswers(of: traffic)
        var found: [(source: BlockedSource, count: UInt64)] = []
        counts.forEachClient { source, client in
            guard let value = counts.value(client, rule: 0), value > rate else { return }
            found.append((source, counts.count(client, rule: 0)))
        }
        return found
    }
}

extension BlockRule.Measure {
    /// Where rules of this kind stand among the others.
    var rank: Int {
        switch self {
        case .queries: 0
        case .answerBytes: 1
        case .queryType: 2
        case .responseCode: 3
        case .responseCodeRatio: 4
        case .cacheMissRatio: 5
        }
    }
}
