// SPDX-License-Identifier: Apache-2.0

import Balancing
import Declarations
import Testing

/// Catches a compiled policy that departs from dnsdist's (research/dnsdist.md §2.4).
@Suite struct SelectionTests {
    @Test(arguments: BuiltinPolicy.allCases)
    func aSingleLiveServerIsChosen(policy: BuiltinPolicy) throws {
        let fixture = try BalancingFixture([server("a")])
        #expect(fixture.select(policy) == 0)
    }

    @Test(arguments: BuiltinPolicy.allCases)
    func anEmptyListHasNoServer(policy: BuiltinPolicy) throws {
        let fixture = try BalancingFixture([server("a")])
        #expect(fixture.select(policy, from: []) == nil)
    }

    @Test(arguments: BuiltinPolicy.allCases)
    func onlyRoundRobinTakesAServerThatIsDown(policy: BuiltinPolicy) throws {
        let fixture = try BalancingFixture([server("a"), server("b")])
        for handle in fixture.handles { handle.setUpStatus(false) }
        #expect((fixture.select(policy) != nil) == (policy == .roundrobin))
    }

    @Test func roundRobinFailsOnNoServerWhenAskedTo() throws {
        let fixture = try BalancingFixture([server("a")]) { $0.roundRobinFailsOnNoServer = true }
        fixture.handles[0].setUpStatus(false)
        #expect(fixture.select(.roundrobin) == nil)
    }

    @Test(arguments: BuiltinPolicy.allCases)
    func aForcedStateOverridesTheCheck(policy: BuiltinPolicy) throws {
        let fixture = try BalancingFixture([server("a"), server("b")])
        fixture.handles[0].force(.down)
        fixture.handles[1].setUpStatus(false)
        fixture.handles[1].force(.up)
        for _ in 0..<8 { #expect(fixture.select(policy) == 1) }
        fixture.handles[0].force(.auto)
        fixture.handles[1].force(.auto)
        for _ in 0..<8 { #expect(fixture.select(policy) == 0) }
    }

    @Test(arguments: BuiltinPolicy.allCases)
    func aScriptsListIsAnsweredByPositionsInIt(policy: BuiltinPolicy) throws {
        let fixture = try BalancingFixture([server("a"), server("b"), server("c"), server("d")])
        fixture.handles[3].setUpStatus(false)
        for draw in 0..<16 {
            #expect(fixture.select(policy, from: [3, 2], name: "n\(draw)") == 2)
        }
    }

    // MARK: leastOutstanding

    @Test func outstandingDecidesBeforeOrderAndOrderBeforeLatency() throws {
        let fixture = try BalancingFixture([
            server("a", order: 1), server("b", order: 2), server("c", order: 2),
        ])
        let (a, b, c) = (fixture.handles[0], fixture.handles[1], fixture.handles[2])
        b.recordLatency(microseconds: 900)
        c.recordLatency(microseconds: 100)
        #expect(fixture.select(.leastOutstanding) == 0)
        a.noteStarted()
        #expect(fixture.select(.leastOutstanding) == 2, "lower latency within the order")
        b.noteStarted()
        c.noteStarted()
        #expect(fixture.select(.leastOutstanding) == 0, "all equal: the lower order")
        b.noteFinished()
        #expect(fixture.select(.leastOutstanding) == 1)
    }

    @Test func theFirstOfEqualsIsLeastOutstanding() throws {
        let fixture = try BalancingFixture([server("a"), server("b"), server("c")])
        #expect(fixture.select(.leastOutstanding, from: [2, 1, 0]) == 2)
    }

    @Test func theFallbackStaysInTheLowestLiveOrder() throws {
        let fixture = try BalancingFixture([
            server("a", order: 1), server("b", order: 2), server("c", order: 2),
            server("d", order: 3),
        ])
        func fallback() -> Int32 {
            let list: [Int32] = [0, 1, 2, 3]
            return list.withUnsafeBufferPointer { fixture.view.fallback($0) }
        }
        fixture.handles[0].noteStarted()
        #expect(fallback() == 0)
        fixture.handles[0].setUpStatus(false)
        fixture.handles[1].noteStarted()
        #expect(fallback() == 2)
        for handle in fixture.handles { handle.setUpStatus(false) }
        #expect(fallback() == PlaneView.none)
    }

    // MARK: firstAvailable

    @Test func firstAvailableMovesOnWhenTheRateIsUsedUpAndReturnsWithTime() throws {
        let fixture = try BalancingFixture([server("a", qps: 10), server("b", qps: 5)])
        let now: UInt64 = 50_000_000
        for _ in 0..<10 {
            #expect(fixture.select(.firstAvailable, now: now) == 0)
            fixture.handles[0].takeQueryToken(nowMicroseconds: now)
        }
        #expect(fixture.select(.firstAvailable, now: now) == 1)
        #expect(fixture.select(.firstAvailable, now: now + 99_999) == 1)
        #expect(fixture.select(.firstAvailable, now: now + 100_000) == 0)
    }

    @Test func aLookAtTheRateTakesNothing() throws {
        let fixture = try BalancingFixture([server("a", qps: 1), server("b")])
        for _ in 0..<5 { #expect(fixture.select(.firstAvailable) == 0) }
    }

    @Test func whenEveryRateIsUsedUpLeastOutstandingDecides() throws {
        let fixture = try BalancingFixture([server("a", qps: 1), server("b", qps: 1)])
        for handle in fixture.handles { handle.takeQueryToken(nowMicroseconds: 1_000_000) }
        fixture.handles[0].noteStarted()
        #expect(fixture.select(.firstAvailable) == 1)
    }

    @Test func anOverloadLeavesNoDebt() throws {
        let fixture = try BalancingFixture([server("a", qps: 10)])
        let handle = fixture.handles[0]
        for _ in 0..<1_000 { handle.takeQueryToken(nowMicroseconds: 1_000_000) }
        #expect(!handle.hasQueryToken(nowMicroseconds: 1_000_000))
        #expect(handle.hasQueryToken(nowMicroseconds: 1_100_000))
    }

    // MARK: roundrobin

    @Test func roundRobinTakesLiveServersInTurn() throws {
        let fixture = try BalancingFixture([server("a"), server("b"), server("c")])
        fixture.handles[1].setUpStatus(false)
        #expect((0..<4).map { _ in fixture.select(.roundrobin) } == [0, 2, 0, 2])
    }

    @Test func roundRobinHasOneTurnForAllLists() throws {
        let fixture = try BalancingFixture([server("a"), server("b")])
        #expect(fixture.select(.roundrobin) == 0)
        #expect(fixture.select(.roundrobin, from: [0, 1]) == 1)
    }
}
