// SPDX-License-Identifier: Apache-2.0

import Balancing
import Declarations
import Testing

/// A policy "script" whose result a test sets: its context points to what it returns and counts.
private struct ScriptedPolicy {
    var result: Int32 = 0
    var calls = 0
    var seenPolicySlot: Int32 = -1
    var seenPoolSlot: Int32 = -1
}

private let scripted: PolicyFunction = { context, policySlot, poolSlot, _ in
    let script = context.assumingMemoryBound(to: ScriptedPolicy.self)
    script.pointee.calls += 1
    script.pointee.seenPolicySlot = policySlot
    script.pointee.seenPoolSlot = poolSlot
    return script.pointee.result
}

/// Catches a policy's fault that costs a query, and a fault that is not counted.
@Suite final class PolicyChoiceTests {
    private let scripts: UnsafeMutablePointer<ScriptedPolicy>

    init() {
        scripts = .allocate(capacity: 2)
        scripts.initialize(repeating: ScriptedPolicy(), count: 2)
    }

    deinit { scripts.deallocate() }

    private func fixture() throws -> BalancingFixture {
        let function = FunctionReference(
            kind: .policy, name: "mine", location: SourceLocation(file: "p.lua", line: 3),
            ordinal: 4)
        return try BalancingFixture(
            [server("a", order: 1), server("b", order: 2)],
            scripts: PolicyScripts(
                function: scripted, script: { _, _, _, _ in 0 },
                contexts: [UnsafeMutableRawPointer(scripts), UnsafeMutableRawPointer(scripts + 1)])
        ) {
            $0.policy = .script(name: "mine", function: function)
            $0.pools.append(PoolDeclaration(name: "other"))
        }
    }

    private func choose(
        _ fixture: BalancingFixture, pool: Int = 0, now: UInt64 = 1_000_000, thread: Int32 = 0
    ) -> Int32 {
        fixture.withQuery(now: now, thread: thread) {
            fixture.view.chooseServer(pool: pool, for: $0)
        }
    }

    private func totals(_ fixture: BalancingFixture) -> [PolicyCounter: UInt64] {
        let statistics = fixture.statistics.statistics(of: "mine")
        return Dictionary(
            uniqueKeysWithValues: PolicyCounter.allCases.map { ($0, statistics.total($0)) }
        ).filter { $0.value != 0 }
    }

    @Test func aScriptsServerIsTakenEvenIfItIsDown() throws {
        let fixture = try fixture()
        fixture.handles[1].setUpStatus(false)
        scripts.pointee.result = 1
        #expect(choose(fixture) == 1)
        #expect(totals(fixture) == [.calls: 1])
        #expect(scripts.pointee.seenPolicySlot == 4 && scripts.pointee.seenPoolSlot == 0)
    }

    @Test(arguments: [
        (PolicyResult.error, PolicyCounter.errors), (PolicyResult.timeout, .timeouts),
        (PolicyResult.nonsense, .nonsense), (2, .nonsense), (-77, .nonsense),
    ])
    func aFaultIsCountedAndTheFallbackAnswers(result: Int32, counter: PolicyCounter) throws {
        let fixture = try fixture()
        scripts.pointee.result = result
        #expect(choose(fixture) == 0)
        #expect(totals(fixture) == [.calls: 1, counter: 1, .fallbacks: 1])
    }

    @Test func theWordThatThereIsNoServerStands() throws {
        let fixture = try fixture()
        scripts.pointee.result = PolicyResult.none
        #expect(choose(fixture) == PlaneView.none)
        #expect(totals(fixture) == [.calls: 1, .noServer: 1])
    }

    @Test func aTimeoutKeepsTheScriptFromBeingCalledOnThatThreadAlone() throws {
        let fixture = try fixture()
        scripts.pointee.result = PolicyResult.timeout
        (scripts + 1).pointee.result = 1
        for _ in 0..<10 { #expect(choose(fixture) == 0) }
        #expect(scripts.pointee.calls == 1)
        #expect(choose(fixture, thread: 1) == 1)
        #expect(totals(fixture) == [.calls: 2, .timeouts: 1, .fallbacks: 10])
        scripts.pointee.result = 1
        #expect(choose(fixture, now: 2_000_000) == 1, "tried again after a second")
    }

    @Test func anErrorDoesNotTrip() throws {
        let fixture = try fixture()
        scripts.pointee.result = PolicyResult.error
        for _ in 0..<3 { _ = choose(fixture) }
        #expect(scripts.pointee.calls == 3)
    }

    @Test func aPoolIsAskedByItsNumber() throws {
        let fixture = try fixture()
        #expect(fixture.snapshot.poolNames == ["", "ring", "other"])
        _ = choose(fixture, pool: 2)
        #expect(scripts.pointee.seenPoolSlot == 2)
    }

    @Test func aPoolWithoutServersHasNone() throws {
        let fixture = try fixture()
        scripts.pointee.result = PolicyResult.error
        #expect(choose(fixture, pool: 2) == PlaneView.none)
    }

    @Test func aScriptPolicyWithoutScriptsIsRefused() throws {
        let function = FunctionReference(
            kind: .policy, name: "mine", location: SourceLocation(file: "p.lua", line: 3),
            ordinal: 0)
        #expect(throws: BalancingError.policyWithoutScripts("mine")) {
            try BalancingFixture([server("a")]) {
                $0.policy = .script(name: "mine", function: function)
            }
        }
    }

    @Test func statisticsAreKeptByName() throws {
        let fixture = try fixture()
        _ = choose(fixture)
        let again = try PlaneSnapshot(
            fixture.configuration, generation: 2, handles: fixture.handles, slab: fixture.slab,
            statistics: fixture.statistics,
            scripts: PolicyScripts(
                function: scripted, script: { _, _, _, _ in 0 },
                contexts: [UnsafeMutableRawPointer(scripts), UnsafeMutableRawPointer(scripts)]))
        #expect(again.policyNames == fixture.snapshot.policyNames)
        #expect(totals(fixture)[.calls] == 1)
    }
}
