// SPDX-License-Identifier: Apache-2.0

import Balancing
import DNSWire
import Declarations
import Glibc
import Testing

@testable import Scripting

/// 100 000 queries to each policy in each situation, through the code that serves, compared with
/// what was expected by Pearson's test at 1 in 10 000. The seed is PHAROS_SEED, else a fixed one.
///
/// Would catch: a share that is off by a percent, a server that is down or of a higher order and gets
/// something, a score that does not count, a plan that spreads otherwise than its per-query form.
@Suite struct DistributionTests {
    static let queries = 100_000
    static let seed = getenv("PHAROS_SEED").flatMap { UInt64(String(cString: $0)) } ?? 20_261_121

    /// Six servers in three tiers; weights of the first five are in every ratio that matters.
    static let servers = """
        setWHashedPerturbation(11)
        newServer{address='192.0.2.1', name='a', id='a', order=1, weight=1000}
        newServer{address='192.0.2.2', name='b', id='b', order=1, weight=500}
        newServer{address='192.0.2.3', name='c', id='c', order=1, weight=250}
        newServer{address='192.0.2.4', name='d', id='d', order=2, weight=300}
        newServer{address='192.0.2.5', name='e', id='e', order=2, weight=100}
        newServer{address='192.0.2.6', name='f', id='f', order=3, weight=1}

        """
    static let weights = [1_000.0, 500, 250, 300, 100, 1]
    static let orders = [1, 1, 1, 2, 2, 3]

    /// A state of the servers, and what it makes of the weights.
    struct Situation: CustomTestStringConvertible, Sendable {
        let testDescription: String
        var down: Set<Int> = []
        var scores: [Int: Double] = [:]

        static let all = [
            Situation(testDescription: "all up"),
            Situation(testDescription: "one of the first tier down", down: [0]),
            Situation(testDescription: "the first tier down", down: [0, 1, 2]),
            Situation(testDescription: "two tiers down", down: [0, 1, 2, 3, 4]),
            Situation(testDescription: "scores", scores: [0: 0.5, 1: 0.1, 3: 0.25]),
            Situation(testDescription: "a score of 0", scores: [0: 0]),
        ]

        func apply(to simulation: PolicySimulation) {
            for (ordinal, handle) in simulation.handles.enumerated() {
                handle.setUpStatus(!down.contains(ordinal))
                handle.setScore(scores[ordinal] ?? 1)
            }
            simulation.plan()
        }

        /// Shares by weight and score of those that are up.
        var weighted: [Double] {
            DistributionTests.weights.enumerated().map {
                down.contains($0) ? 0 : $1 * (scores[$0] ?? 1)
            }
        }

        /// Weight times score in 65 536ths, rounded up: so many points count.
        var pointCounts: [Int] {
            DistributionTests.weights.enumerated().map {
                guard !down.contains($0) else { return 0 }
                let score = Int(((scores[$0] ?? 1) * 65_536).rounded())
                return (Int($1) * score + 65_535) / 65_536
            }
        }

        /// 1 for each that is up.
        var equal: [Double] { (0..<6).map { down.contains($0) ? 0 : 1 } }

        /// What remains of shares within the lowest order that is up.
        func lowestTier(_ shares: [Double]) -> [Double] {
            let lowest = (0..<6).filter { !down.contains($0) }.map { DistributionTests.orders[$0] }
                .min()
            return shares.enumerated().map { DistributionTests.orders[$0] == lowest ? $1 : 0 }
        }
    }

    static func simulation(_ text: String) throws -> PolicySimulation {
        try PolicySimulation(
            try Fixture.build(
                // The policies are tried here, not the budget, which a busy machine may exceed.
                "setScriptLimits{policyBudget = 1}\n" + servers + text, mode: .simulate,
                planeThreads: 1), seed: seed)
    }

    private func check(
        _ policy: String, _ situation: Situation, _ shares: [Double],
        sourceLocation: Testing.SourceLocation = #_sourceLocation
    ) throws {
        let simulation = try Self.simulation(policy)
        situation.apply(to: simulation)
        let outcome = simulation.run(queries: Self.queries, pool: 0)
        #expect(outcome.counts.reduce(0, +) == Self.queries, sourceLocation: sourceLocation)
        #expect(outcome.counters[.fallbacks] == 0, sourceLocation: sourceLocation)
        #expect(
            ChiSquare.accepts(outcome.counts, shares: shares),
            "PHAROS_SEED=\(Self.seed) \(outcome.counts) \(shares)", sourceLocation: sourceLocation)
    }

    @Test(arguments: ["wrandom", "whashed"], Situation.all)
    func weightsTimesScores(_ policy: String, _ situation: Situation) throws {
        try check("setServerPolicy(\(policy))", situation, situation.weighted)
        try check(Self.plan("pick = '\(policy)'"), situation, situation.weighted)
    }

    @Test(arguments: Situation.all)
    func consistentHashingByTheArcsOfItsPoints(_ situation: Situation) throws {
        // Points are spread at random, so that a share is only near the weight's: computed here anew.
        let arcs = Self.arcs(situation.pointCounts)
        try check("setServerPolicy(chashed)", situation, arcs)
        try check(Self.plan("pick = 'chashed'"), situation, arcs)
    }

    @Test(arguments: Situation.all)
    func inTurnsAndByLoadIsEqual(_ situation: Situation) throws {
        try check("setServerPolicy(roundrobin)", situation, situation.equal)
        try check(Self.plan("pick = 'roundrobin'"), situation, situation.equal)
        try check("setServerPolicy(leastOutstanding)", situation, situation.equal)
        try check(Self.plan("pick = 'leastOutstanding'"), situation, situation.equal)
    }

    @Test(arguments: Situation.all)
    func theFirstAvailableTakesAll(_ situation: Situation) throws {
        let first = (0..<6).first { !situation.down.contains($0) }
        let shares = (0..<6).map { $0 == first ? 1.0 : 0 }
        try check("setServerPolicy(firstAvailable)", situation, shares)
        try check(Self.plan("pick = 'firstAvailable'"), situation, shares)
    }

    @Test(arguments: Situation.all)
    func theLowestTierByWeight(_ situation: Situation) throws {
        let shares = situation.lowestTier(situation.weighted)
        try check("setServerPolicy(orderedWrandUntag)", situation, shares)
        try check(Self.plan("pick = 'orderedWrandUntag'"), situation, shares)
        try check(Self.shipped("orderedwrandom"), situation, shares)
        try check(Self.shippedPlan("orderedwrandom"), situation, shares)
    }

    @Test(arguments: Situation.all)
    func theLowestTierByLoad(_ situation: Situation) throws {
        let shares = situation.lowestTier(situation.equal)
        try check(Self.shipped("orderedLeastOutstanding"), situation, shares)
        try check(Self.shippedPlan("orderedLeastOutstanding"), situation, shares)
    }

    @Test func aTagSendsAQueryElsewhere() throws {
        for text in ["setServerPolicy(orderedWrandUntag)", Self.plan("pick = 'orderedWrandUntag'")]
        {
            let simulation = try Self.simulation(text)
            simulation.tag("a (192.0.2.1:53)")
            var counts = simulation.run(queries: Self.queries, pool: 0).counts
            #expect(ChiSquare.accepts(counts, shares: [0, 500, 250, 0, 0, 0]), "\(counts)")
            simulation.tag("b (192.0.2.2:53)")
            simulation.tag("c (192.0.2.3:53)")
            counts = simulation.run(queries: Self.queries, pool: 0).counts
            #expect(ChiSquare.accepts(counts, shares: [0, 0, 0, 300, 100, 0]), "\(counts)")
        }
    }

    @Test func aPlansOwnWeightsAreFinal() throws {
        let simulation = try Self.simulation(
            Self.plan("servers = {servers[1], servers[4]}, weights = {0.75, 0.25}"))
        simulation.handles[0].setScore(0.1)
        simulation.plan()
        let counts = simulation.run(queries: Self.queries, pool: 0).counts
        #expect(ChiSquare.accepts(counts, shares: [3, 0, 0, 1, 0, 0]), "\(counts)")
    }

    @Test func aRateLimitMovesTheRestToTheNext() throws {
        let simulation = try PolicySimulation(
            try Fixture.build(
                """
                newServer{address='192.0.2.1', order=1, qps=300}
                newServer{address='192.0.2.2', order=2, qps=400}
                newServer{address='192.0.2.3', order=3}
                setServerPolicy(firstAvailable)
                """, mode: .simulate, planeThreads: 1), seed: Self.seed)
        // 100 s at 1 000 queries a second, and buckets that are full at first. The second's stays full
        // for the 0.43 s in which the first takes everything, and gains nothing meanwhile.
        let counts = simulation.run(queries: Self.queries, pool: 0).counts
        for (count, expected) in zip(counts, [30_300, 40_229, 29_471]) {
            #expect(abs(count - expected) <= 10, "\(counts)")
        }
    }

    /// Policies with a bound on the load, and what they leave to each while the first has too much.
    static let bounded: [(policy: String, shares: [Double])] =
        ["wrandom", "whashed"].flatMap { name in
            [
                ("setServerPolicy(\(name)) \(weightedBound)", othersWeights),
                (plan("pick = '\(name)'") + weightedBound, othersWeights),
            ]
        } + [
            ("setServerPolicy(orderedWrandUntag) \(weightedBound)", othersInTier),
            (plan("pick = 'orderedWrandUntag'") + weightedBound, othersInTier),
            (shipped("orderedwrandom") + weightedBound, othersInTier),
            (shippedPlan("orderedwrandom") + weightedBound, othersInTier),
            ("setServerPolicy(chashed) \(hashingBound)", othersArcs),
            (plan("pick = 'chashed'") + hashingBound, othersArcs),
            // Without a bound, and with that of the other kind.
            ("setServerPolicy(wrandom)", weights),
            ("setServerPolicy(wrandom) \(hashingBound)", weights),
            ("setServerPolicy(chashed) \(weightedBound)", arcs(weights.map { Int($0) })),
        ]
    private static let weightedBound = " setWeightedBalancingFactor(1.5)"
    private static let hashingBound = " setConsistentHashingBalancingFactor(1.5)"
    private static let othersWeights: [Double] = [0, 500, 250, 300, 100, 1]
    private static let othersInTier: [Double] = [0, 500, 250, 0, 0, 0]
    private static let othersArcs = arcs(othersWeights.map { Int($0) })

    @Test(arguments: bounded)
    func aServerAboveTheBoundOnItsLoadIsPassedOver(_ policy: String, _ shares: [Double]) throws {
        let simulation = try Self.simulation(policy)
        // Far above; the others' few do not reach theirs.
        for _ in 0..<5_000 { simulation.handles[0].noteStarted() }
        let counts = simulation.run(queries: Self.queries, pool: 0).counts
        #expect(
            ChiSquare.accepts(counts, shares: shares), "PHAROS_SEED=\(Self.seed) \(counts)")
        for _ in 0..<5_000 { simulation.handles[0].noteFinished() }
    }

    @Test(arguments: [
        "setServerPolicy(orderedWrandUntag)", plan("pick = 'orderedWrandUntag'"),
        shipped("orderedwrandom"), shippedPlan("orderedwrandom"),
    ])
    func scoresCountAmongThoseBelowTheBound(_ policy: String) throws {
        let simulation = try Self.simulation(policy + Self.weightedBound)
        simulation.handles[1].setScore(0.1)
        simulation.plan()
        for _ in 0..<5_000 { simulation.handles[0].noteStarted() }
        let counts = simulation.run(queries: Self.queries, pool: 0).counts
        #expect(
            ChiSquare.accepts(counts, shares: [0, 50, 250, 0, 0, 0]),
            "PHAROS_SEED=\(Self.seed) \(counts)")
        for _ in 0..<5_000 { simulation.handles[0].noteFinished() }
    }

    // MARK: Texts

    private static func plan(_ fields: String) -> String {
        let servers = fields.contains("servers =") ? "" : "servers = servers, "
        return """
            setServerPolicy(newPlannedPolicy('planned', function(servers)
                return {\(servers)\(fields)}
            end))
            """
    }

    private static func shipped(_ name: String) -> String {
        "setServerPolicyLua('\(name)', dofile('\(Fixture.repository)/Policies/\(name)/\(name).lua'))"
    }

    private static func shippedPlan(_ name: String) -> String {
        """
        local plan = dofile('\(Fixture.repository)/Policies/\(name)/\(name).planned.lua')
        setServerPolicy(newPlannedPolicy('\(name)', plan))
        """
    }

    /// The part of the circle that each server's points own, with so many points each.
    private static func arcs(_ counts: [Int]) -> [Double] {
        var points: [(hash: UInt32, server: Int)] = []
        for (server, id) in ["a", "b", "c", "d", "e", "f"].enumerated() {
            for number in 0..<counts[server] {
                var text = "\(id)-\(number + 1)"
                let hash = text.withUTF8 {
                    CaseFolding.hash(UnsafeRawBufferPointer($0), seed: 11)
                }
                points.append((hash, server))
            }
        }
        points.sort { ($0.hash, $0.server) < ($1.hash, $1.server) }
        var arcs = [Double](repeating: 0, count: 6)
        // One point is the whole circle, whose ends are the same.
        if let only = points.first, points.count == 1 { arcs[only.server] = 1 }
        for (index, point) in points.enumerated() {
            let before = index == 0 ? points[points.count - 1].hash : points[index - 1].hash
            arcs[point.server] += Double(point.hash &- before)
        }
        return arcs
    }
}
