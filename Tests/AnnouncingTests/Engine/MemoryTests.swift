// SPDX-License-Identifier: Apache-2.0

import Announcing
import Declarations
import Testing

/// Would catch a restart that washes flaps away, and a state file that is believed too much.
struct MemoryTests {
    private func restarted(
        _ memories: [RouteMemory], age: Duration = .zero, afterCrash: Bool = false
    ) -> EngineHarness {
        var harness = EngineHarness([])
        harness.engine.restore(memories, age: age, afterCrash: afterCrash)
        harness.reload([EngineHarness.announcement()])
        return harness
    }

    @Test func flapsSurviveARestart() {
        var before = EngineHarness()
        before.flap(3)
        var after = restarted(before.engine.memories(now: before.now))
        #expect(after.status?.flaps == before.status?.flaps)
        after.check(.up)
        #expect(!after.isAnnounced)
        #expect(after.reason.hasPrefix("re-announce delayed"))
    }

    @Test func theTimeBetweenForgetsToo() {
        var before = EngineHarness()
        before.flap(1)
        let after = restarted(before.engine.memories(now: before.now), age: .seconds(1_200))
        #expect(abs((after.status?.flaps ?? 0) - 0.25) < 0.001)
    }

    @Test func aCrashWhileAnnouncedIsAFlap() {
        var harness = EngineHarness()
        for _ in 0..<3 {
            harness.check(.up)
            if let deadline = harness.last.nextDeadline {
                harness.now = deadline
                harness.evaluate()
            }
            #expect(harness.isAnnounced)
            harness = restarted(harness.engine.memories(now: harness.now), afterCrash: true)
        }
        harness.check(.up)
        #expect(harness.status?.delayRemaining.map { $0 > .seconds(15) } == true)
    }

    @Test func anOrderlyRestartIsNoFlap() {
        var before = EngineHarness()
        before.check(.up)
        var after = restarted(before.engine.memories(now: before.now))
        #expect(!after.isAnnounced, "a restart needs its full rise")
        after.check(.up)
        #expect(after.isAnnounced)
    }

    @Test(arguments: [Double.nan, .infinity, -5, 1e300])
    func nonsenseInAStateFileIsBounded(flaps: Double) {
        let memory = RouteMemory(
            route: RouteKey(prefix: EngineHarness.prefix, neighbor: EngineHarness.router),
            flaps: flaps, owesDelay: true, wasAnnounced: true)
        var harness = restarted([memory], age: .seconds(-100), afterCrash: true)
        harness.check(.up)
        #expect(harness.status?.delayRemaining ?? .zero <= .seconds(300))
        harness.after(300)
        #expect(harness.isAnnounced)
    }
}
