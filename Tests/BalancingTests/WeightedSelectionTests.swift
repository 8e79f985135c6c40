// SPDX-License-Identifier: Apache-2.0

import Balancing
import Declarations
import Testing

/// Catches weights that are not followed: by chance, by hash, at the ends of their range.
@Suite struct WeightedSelectionTests {
    @Test(arguments: [BuiltinPolicy.wrandom, .whashed])
    func sharesFollowTheWeights(policy: BuiltinPolicy) throws {
        let fixture = try BalancingFixture([
            server("a", weight: 1), server("b", weight: 3), server("c", weight: 6),
        ])
        let counts = fixture.spread(policy, draws: 20_000)
        // Four standard deviations of the largest share are 280.
        for (count, expected) in zip(counts, [2_000, 6_000, 12_000]) {
            #expect(abs(count - expected) < 300, "\(counts)")
        }
    }

    @Test func consistentHashingRoughlyFollowsTheWeights() throws {
        let fixture = try BalancingFixture([
            server("a", weight: 1_000), server("b", weight: 1_000), server("c", weight: 2_000),
        ])
        let counts = fixture.spread(.chashed, draws: 20_000)
        for (count, expected) in zip(counts, [5_000, 5_000, 10_000]) {
            #expect(abs(count - expected) < 1_000, "\(counts)")
        }
    }

    @Test func aServerThatGoesDownMovesOnlyItsOwnNames() throws {
        let fixture = try BalancingFixture([
            server("a", weight: 500), server("b", weight: 500), server("c", weight: 500),
        ])
        let names = (0..<500).map { "n\($0).example" }
        let before = names.map { fixture.select(.chashed, name: $0) }
        fixture.handles[1].setUpStatus(false)
        let after = names.map { fixture.select(.chashed, name: $0) }
        for (old, new) in zip(before, after) {
            #expect(new != 1)
            if old != 1 { #expect(new == old) }
        }
        #expect(before.contains(1))
    }

    @Test(arguments: [BuiltinPolicy.whashed, .chashed])
    func oneNameAlwaysHasOneServerWhateverItsCase(policy: BuiltinPolicy) throws {
        let fixture = try BalancingFixture((0..<8).map { server("s\($0)", weight: 100) })
        for number in 0..<50 {
            let chosen = fixture.select(policy, name: "n\(number).example")
            #expect(fixture.select(policy, name: "N\(number).EXAMPLE") == chosen)
        }
    }

    @Test func weightsBeyondTheSaturationLeaveTheRestWithoutAShare() throws {
        let fixture = try BalancingFixture([
            server("a", weight: ServerHandle.weightMax), server("b", weight: 1_000_000),
        ])
        #expect(fixture.spread(.wrandom, draws: 500) == [500, 0])
    }

    @Test(arguments: [0, -5, ServerHandle.weightMax + 1])
    func aWeightOutOfRangeIsRefused(weight: Int) throws {
        let fixture = try BalancingFixture([server("a", weight: 7)])
        #expect(!fixture.handles[0].setWeight(weight))
        #expect(fixture.handles[0].weight == 7)
    }

    @Test func aDeclaredWeightOutOfRangeIsMovedIntoIt() throws {
        let fixture = try BalancingFixture([server("a", weight: 0), server("b", weight: .max)])
        #expect(fixture.handles.map(\.weight) == [1, ServerHandle.weightMax])
    }

    @Test(arguments: [BuiltinPolicy.wrandom, .whashed])
    func aScoreScalesEvenAWeightOfOne(policy: BuiltinPolicy) throws {
        let fixture = try BalancingFixture([server("a"), server("b")])
        fixture.handles[0].setScore(0.25)
        let counts = fixture.spread(policy, draws: 10_000)
        #expect(abs(counts[0] - 2_000) < 200, "\(counts)")
    }

    @Test func aScoreOfZeroTakesNothingWhileAnotherServerScores() throws {
        let fixture = try BalancingFixture([server("a"), server("b")])
        fixture.handles[0].setScore(0)
        #expect(fixture.spread(.wrandom, draws: 200) == [0, 200])
    }

    @Test func serversThatAllScoreZeroShareEqually() throws {
        let fixture = try BalancingFixture([server("a"), server("b", weight: 9)])
        for handle in fixture.handles { handle.setScore(0) }
        let counts = fixture.spread(.wrandom, draws: 2_000)
        #expect(abs(counts[0] - 1_000) < 150, "\(counts)")
    }

    @Test(arguments: [(-1.0, 0.0), (2.0, 1.0), (.nan, 0.0), (.infinity, 1.0), (0.5, 0.5)])
    func aScoreIsMovedIntoItsRange(given: Double, kept: Double) throws {
        let fixture = try BalancingFixture([server("a")])
        fixture.handles[0].setScore(given)
        #expect(fixture.handles[0].score == kept)
    }
}
