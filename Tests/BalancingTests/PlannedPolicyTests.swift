// SPDX-License-Identifier: Apache-2.0

import Declarations
import Testing

@testable import Balancing

/// Catches a plan that is not followed, one that sends queries to a server that went down since, and
/// a plan whose memory is given back while a thread reads it.
@Suite struct PlannedPolicyTests {
    private static let function = FunctionReference(
        kind: .plan, name: "mine", location: SourceLocation(file: "p.lua", line: 3), ordinal: 0)

    private func fixture(
        _ servers: [ServerDeclaration], _ plan: ServerPlan? = nil,
        _ change: (inout DeclaredConfiguration) -> Void = { _ in }
    ) throws -> BalancingFixture {
        let fixture = try BalancingFixture(servers) {
            $0.policy = .planned(name: "mine", function: Self.function)
            change(&$0)
        }
        if let plan { fixture.snapshot.setPlan(plan, pool: 0) }
        return fixture
    }

    private func choose(_ fixture: BalancingFixture, name: String = "example.org") -> Int32 {
        fixture.withQuery(name) { fixture.view.chooseServer(pool: 0, for: $0) }
    }

    private func counts(_ fixture: BalancingFixture, draws: Int = 20_000) -> [Int] {
        var counts = [Int](repeating: 0, count: fixture.handles.count)
        for draw in 0..<draws {
            let ordinal = choose(fixture, name: "n\(draw).example")
            if ordinal >= 0 { counts[Int(ordinal)] += 1 }
        }
        return counts
    }

    private func total(_ fixture: BalancingFixture, _ counter: PolicyCounter) -> UInt64 {
        fixture.statistics.statistics(of: "mine").total(counter)
    }

    private static let three = [
        server("a", order: 1, weight: 10), server("b", order: 1, weight: 30),
        server("c", order: 2, weight: 5),
    ]

    @Test func withoutAPlanTheFallbackDecides() throws {
        let fixture = try fixture(Self.three)
        #expect(choose(fixture) == 0)
        #expect(total(fixture, .calls) == 1)
        #expect(total(fixture, .fallbacks) == 1)
    }

    @Test(arguments: BuiltinPolicy.allCases)
    func onlyServersOfThePlanAreChosen(picker: BuiltinPolicy) throws {
        let fixture = try fixture(Self.three, ServerPlan(ordinals: [2, 1], picker: picker))
        for draw in 0..<200 {
            #expect([1, 2].contains(choose(fixture, name: "n\(draw).example")))
        }
        #expect(total(fixture, .fallbacks) == 0)
    }

    @Test(arguments: BuiltinPolicy.allCases)
    func aServerThatWentDownSinceIsNotChosen(picker: BuiltinPolicy) throws {
        let fixture = try fixture(Self.three, ServerPlan(ordinals: [0, 1], picker: picker))
        fixture.handles[1].setUpStatus(false)
        for draw in 0..<200 { #expect(choose(fixture, name: "n\(draw).example") == 0) }
        #expect(total(fixture, .fallbacks) == 0)
        fixture.handles[0].force(.down)
        #expect(choose(fixture) == 2, "nobody of the plan is left: the fallback")
        #expect(total(fixture, .fallbacks) == 1)
        fixture.handles[2].setUpStatus(false)
        #expect(choose(fixture) == PlaneView.none)
    }

    @Test func anEmptyPlanIsLeftToTheFallback() throws {
        let fixture = try fixture(Self.three, ServerPlan(ordinals: []))
        #expect(choose(fixture) == 0)
    }

    @Test(arguments: [
        ([1.0, 3.0], [5_000, 15_000]), ([0.25, 0.75], [5_000, 15_000]),
        ([1e-5, 3e-5], [5_000, 15_000]), ([0, 2], [0, 20_000]), ([0, 0], [10_000, 10_000]),
        ([2_147_483_647, 2_147_483_647], [10_000, 10_000]),
    ])
    func thePlansWeightsCount(weights: [Double], expected: [Int]) throws {
        for picker in [BuiltinPolicy.wrandom, .whashed, .orderedWrandUntag] {
            let fixture = try fixture(
                [server("a", weight: 7), server("b")],
                ServerPlan(ordinals: [0, 1], weights: weights, picker: picker))
            for (count, wanted) in zip(counts(fixture), expected) {
                #expect(abs(count - wanted) < 450, "\(picker) \(count)")
            }
        }
    }

    @Test func withoutWeightsTheServersOwnCountScaledByTheirScore() throws {
        let fixture = try fixture(Self.three)
        fixture.handles[1].setScore(0.5)
        fixture.snapshot.setPlan(ServerPlan(ordinals: [0, 1]), pool: 0)
        for (count, wanted) in zip(counts(fixture), [8_000, 12_000, 0]) {
            #expect(abs(count - wanted) < 450, "\(count)")
        }
    }

    @Test func whatAServerLosesGoesToTheOthersByTheirShares() throws {
        let fixture = try fixture(
            Self.three, ServerPlan(ordinals: [0, 1, 2], weights: [1, 2, 5]))
        fixture.handles[2].setUpStatus(false)
        for (count, wanted) in zip(counts(fixture), [6_667, 13_333, 0]) {
            #expect(abs(count - wanted) < 450, "\(count)")
        }
    }

    @Test func aNameStaysWithItsServerAsWithTheBuiltInPolicy() throws {
        let servers = (0..<8).map { server("s\($0)", weight: 100 + $0) }
        for picker in [BuiltinPolicy.whashed, .chashed] {
            let planned = try fixture(
                servers, ServerPlan(ordinals: Array(0..<8), picker: picker))
            for number in 0..<200 {
                let name = "n\(number).example"
                #expect(Int(choose(planned, name: name)) == planned.select(picker, name: name))
            }
        }
    }

    @Test func consistentHashingFollowsThePlansWeights() throws {
        let fixture = try fixture(
            [server("a"), server("b"), server("c")],
            ServerPlan(ordinals: [0, 1, 2], weights: [500, 500, 1_000], picker: .chashed))
        for (count, wanted) in zip(counts(fixture), [5_000, 5_000, 10_000]) {
            #expect(abs(count - wanted) < 1_200, "\(count)")
        }
    }

    // MARK: Publishing

    @Test func aReplacedPlanIsFreedWhenNoThreadCanSeeIt() throws {
        let fixture = try fixture(Self.three, ServerPlan(ordinals: [0]))
        let cell = SnapshotCell(planeThreads: 2, fixture.snapshot)
        let reader = cell.reader(thread: 0)
        _ = reader.acquire()
        #expect(choose(fixture) == 0)
        try cell.publish(ServerPlan(ordinals: [1]), pool: 0)
        cell.collect()
        #expect(cell.waitingPlans == 1)
        #expect(choose(fixture) == 1)
        _ = reader.acquire()
        cell.collect()
        #expect(cell.waitingPlans == 0)
        reader.park()
        try cell.publish(ServerPlan(ordinals: [2]), pool: 0)
        cell.collect()
        #expect(cell.waitingPlans == 0)
        #expect(cell.published.plan(pool: 0)?.ordinals == [2])
    }

    @Test func aStuckThreadBoundsThePlansThatWait() throws {
        let fixture = try fixture(Self.three, ServerPlan(ordinals: [0]))
        let cell = SnapshotCell(planeThreads: 2, fixture.snapshot)
        let stuck = cell.reader(thread: 1)
        _ = stuck.acquire()
        for _ in 0..<SnapshotCell.replacedPlansMax {
            try cell.publish(ServerPlan(ordinals: [1]), pool: 0)
        }
        #expect(throws: BalancingError.planeHoldsPlans(SnapshotCell.replacedPlansMax)) {
            try cell.publish(ServerPlan(ordinals: [2]), pool: 0)
        }
        #expect(choose(fixture) == 1, "the last one goes on")
        stuck.park()
        try cell.publish(ServerPlan(ordinals: [2]), pool: 0)
        #expect(choose(fixture) == 2)
        #expect(cell.waitingPlans == 0)
    }

    @Test func aChangeIsToldOnceUntilItIsLookedAt() throws {
        let fixture = try fixture(Self.three)
        let told = Counter()
        fixture.slab.observeChanges { told.add() }
        fixture.handles[0].setUpStatus(true)
        #expect(told.count == 0, "nothing changed")
        fixture.handles[0].setWeight(11)
        fixture.handles[1].setScore(0.5)
        fixture.handles[2].force(.down)
        #expect(told.count == 1)
        fixture.slab.acknowledgeChanges()
        fixture.handles[2].setOrder(9)
        #expect(told.count == 2)
        fixture.slab.observeChanges(nil)
        fixture.slab.acknowledgeChanges()
        fixture.handles[2].setOrder(1)
        #expect(told.count == 2)
    }
}
