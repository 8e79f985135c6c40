// SPDX-License-Identifier: Apache-2.0

import Balancing
import Declarations
import Testing

/// Catches a pool's choice that is not the one its servers' state asks for because something kept is
/// old, and one that costs more the larger the pool.
@Suite(.serialized) struct LiveServersTests {
    private static func fixture(
        _ policy: BuiltinPolicy, servers: Int,
        _ change: @escaping (inout DeclaredConfiguration) -> Void = { _ in }
    ) throws -> BalancingFixture {
        try BalancingFixture(
            (0..<servers).map {
                server("s\($0)", order: 1 + $0 % 3, weight: 1 + $0 * 7 % 10)
            }
        ) {
            $0.pools = [PoolDeclaration(name: "", policy: .builtin(policy))]
            change(&$0)
        }
    }

    private static func choose(
        _ fixture: BalancingFixture, name: String = "example.org", now: UInt64 = 1_000_000,
        thread: Int32 = 0
    ) -> Int32 {
        fixture.withQuery(name, now: now, thread: thread) {
            $0.pointee.view.pointee.chooseServer(pool: 0, for: $0)
        }
    }

    /// One thing after the other happens to the servers; every thread chooses what a look at all of
    /// them would.
    @Test(arguments: [
        BuiltinPolicy.wrandom, .whashed, .orderedWrandUntag, .leastOutstanding, .chashed,
    ])
    func whateverHappensTheChoiceIsThatOfAWholeLook(policy: BuiltinPolicy) throws {
        let fixture = try Self.fixture(policy, servers: 70)
        // Pools are sorted by the declared order.
        let list = Array(fixture.view.pools[0].ordinals)
        var random = SelectionGenerator(seed: Seed.value)
        var now: UInt64 = 1_000_000
        for step in 0..<1_500 {
            let handle = fixture.handles[Int.random(in: 0..<70, using: &random)]
            switch Int.random(in: 0..<9, using: &random) {
            case 0: handle.setUpStatus(Bool.random(using: &random))
            case 1: handle.force([.auto, .up, .down].randomElement(using: &random) ?? .auto)
            case 2: handle.setWeight(Int.random(in: 1...50, using: &random))
            case 3: handle.setScore([0, 0.3, 1].randomElement(using: &random) ?? 1)
            case 4: handle.setOrder(Int.random(in: 1...3, using: &random))
            case 5: for handle in fixture.handles { handle.setScore(1) }
            case 6: handle.noteStarted()
            case 7:
                handle.recordLatency(microseconds: UInt64.random(in: 1...9_999, using: &random))
                // Rankings are a quarter of a second old at most.
                now += 300_000
            default: now += 1_000
            }
            let name = "n\(step).example"
            let thread = Int32(step % 2)
            let generator = fixture.generator
            let chosen = Self.choose(fixture, name: name, now: now, thread: thread)
            fixture.generator = generator
            let expected = fixture.select(policy, from: list, name: name, now: now)
            #expect(chosen == expected.map { Int32($0) } ?? PlaneView.none, "step \(step)")
        }
    }

    @Test func roundRobinTakesEachLiveServerInTurnThroughChanges() throws {
        let fixture = try Self.fixture(.roundrobin, servers: 70)
        let list = Array(fixture.view.pools[0].ordinals)
        #expect((0..<140).map { _ in Self.choose(fixture) } == list + list)
        for handle in fixture.handles.dropFirst(3) { handle.setUpStatus(false) }
        let turns = (0..<6).map { _ in Self.choose(fixture) }
        #expect(Set(turns) == [0, 1, 2] && turns[..<3] == turns[3...], "\(turns)")
        for handle in fixture.handles { handle.setUpStatus(false) }
        #expect(Set((0..<70).map { _ in Self.choose(fixture) }).count == 70, "all of them")
    }

    @Test func leastOutstandingOfManyIsNeverOneWithMore() throws {
        let fixture = try Self.fixture(.leastOutstanding, servers: 500)
        var random = SelectionGenerator(seed: Seed.value)
        for handle in fixture.handles { handle.noteStarted() }
        for _ in 0..<2_000 {
            let handle = fixture.handles[Int.random(in: 0..<500, using: &random)]
            if handle.outstanding > 0, Bool.random(using: &random) {
                handle.noteFinished()
            } else {
                handle.noteStarted()
            }
            handle.recordLatency(microseconds: 1 + random.next() % 10_000)
            let chosen = Self.choose(fixture)
            #expect(
                fixture.handles[Int(chosen)].outstanding
                    == fixture.handles.map(\.outstanding).min())
        }
    }

    /// The best of several runs, since others use the machine as well.
    private static func nanoseconds(_ fixture: BalancingFixture) -> Double {
        let draws = 2_000
        var best = Double.infinity
        for _ in 0..<12 {
            let took = ContinuousClock().measure {
                fixture.withQuery { query in
                    let view = query.pointee.view
                    for _ in 0..<draws { _ = view.pointee.chooseServer(pool: 0, for: query) }
                }
            }
            best = min(best, took / .nanoseconds(1) / Double(draws))
        }
        return best
    }

    /// A thousand servers are 166 times six. Nine comparisons of a search more, and as many records as
    /// are busy, are what may be added.
    @Test(arguments: [
        BuiltinPolicy.roundrobin, .wrandom, .whashed, .orderedWrandUntag, .leastOutstanding,
        .firstAvailable, .chashed,
    ])
    func aThousandServersCostLittleMoreThanSix(policy: BuiltinPolicy) throws {
        let few = Self.nanoseconds(try Self.fixture(policy, servers: 6))
        let fixture = try Self.fixture(policy, servers: 1_000)
        for handle in fixture.handles.prefix(5) { handle.noteStarted() }
        let many = Self.nanoseconds(fixture)
        print("\(policy): 6 servers \(few) ns, 1 000 servers \(many) ns")
        #expect(many < 6 * few, "\(policy): \(few) and \(many) ns")
    }
}
