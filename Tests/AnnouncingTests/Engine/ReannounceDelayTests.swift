// SPDX-License-Identifier: Apache-2.0

import Announcing
import Declarations
import Testing

/// Would catch a flapping service that is announced at once each time, and one that never is again.
struct ReannounceDelayTests {
    @Test func theFirstFlapWaitsForNothingByDefault() {
        var harness = EngineHarness()
        harness.flap(1)
        harness.check(.up)
        #expect(harness.isAnnounced)
    }

    @Test func theKeyFirstDelaysTheFirstToo() {
        var harness = EngineHarness([
            EngineHarness.announcement { $0.reannounceDelay.firstSeconds = 4 }
        ])
        harness.check(.up)
        #expect(harness.isAnnounced, "the announcement after the start is no re-announcement")
        harness.check(.down)
        harness.check(.up)
        #expect(!harness.isAnnounced)
        harness.after(3.9)
        #expect(!harness.isAnnounced)
        harness.after(0.1)
        #expect(harness.isAnnounced)
    }

    @Test(arguments: [(flaps: 1, seconds: 0), (2, 10), (3, 20), (5, 40)])
    func eachFlapAddsAStep(flaps: Int, seconds: Int) throws {
        var harness = EngineHarness()
        harness.flap(flaps)
        harness.check(.up)
        let remaining = harness.status?.delayRemaining ?? .zero
        // A little was forgotten while earlier delays ran.
        #expect(remaining <= .seconds(seconds))
        #expect(remaining >= .seconds(seconds) * 0.8)
    }

    @Test func theReasonSaysHowLongAndWhy() {
        var harness = EngineHarness()
        harness.flap(2)
        harness.check(.up)
        harness.after(3)
        #expect(
            harness.reason == "re-announce delayed 7 s after 2 flaps; check resolver is up")
        #expect(harness.status?.delayRemaining.map { $0 <= .seconds(7) } == true)
        #expect(harness.last.nextDeadline.map { $0 > harness.now } == true)
    }

    @Test func theDelayIsOverAtItsDeadlineAndNotBefore() throws {
        var harness = EngineHarness()
        harness.flap(3)
        harness.check(.up)
        let deadline = try #require(harness.last.nextDeadline)
        harness.now = deadline - .milliseconds(1)
        harness.evaluate()
        #expect(!harness.isAnnounced)
        harness.now = deadline
        harness.evaluate()
        #expect(harness.isAnnounced)
        #expect(harness.status?.delayRemaining == nil)
    }

    @Test func theServiceMustStayUpForTheWholeDelay() {
        var harness = EngineHarness()
        harness.flap(2)
        harness.check(.up)
        harness.after(9)
        harness.check(.down)
        harness.check(.up)
        harness.after(5)
        #expect(!harness.isAnnounced)
        #expect(harness.status?.flaps ?? 9 < 2, "what nobody saw is no flap")
        harness.after(5)
        #expect(harness.isAnnounced)
    }

    @Test func aLongOutageIsNotWaitedOff() {
        var harness = EngineHarness()
        harness.flap(2)
        harness.after(60)
        harness.check(.up)
        #expect(!harness.isAnnounced, "up for no time at all")
    }

    @Test func flapsAreForgottenByTheirHalfLife() {
        var harness = EngineHarness()
        harness.flap(1)
        harness.after(600)
        #expect(abs((harness.status?.flaps ?? 0) - 0.5) < 0.001)
        harness.check(.up)
        harness.check(.down)
        harness.check(.up)
        // 1.5 flaps: half a step.
        #expect(harness.status?.delayRemaining == .seconds(5))
    }

    @Test func theDelayHasAMaximum() {
        var harness = EngineHarness([
            EngineHarness.announcement { $0.reannounceDelay.maxSeconds = 25 }
        ])
        harness.flap(40)
        harness.check(.up)
        #expect(harness.status?.delayRemaining == .seconds(25))
    }

    @Test func disablingIsNoFlapAndWaitsForNothing() {
        var harness = EngineHarness()
        for _ in 0..<10 {
            harness.check(.up)
            harness.check(.disabled)
            #expect(!harness.isAnnounced)
            harness.check(.unknown)
        }
        harness.check(.up)
        #expect(harness.isAnnounced)
        #expect(harness.status?.flaps == 0)
    }

    @Test func aDelayThatIsOwedIsNotPaidByADrain() {
        var harness = EngineHarness()
        harness.flap(3)
        harness.engine.inputs.drains = [.node: .withdrawn]
        harness.check(.up)
        harness.engine.inputs.drains = [:]
        harness.evaluate()
        #expect(!harness.isAnnounced)
        #expect(harness.status?.delayRemaining != nil)
    }

    @Test func anErrorDuringTheDelayAnnouncesNothing() {
        var harness = EngineHarness()
        harness.flap(2)
        harness.check(.up)
        harness.check(.error)
        harness.after(100)
        #expect(!harness.isAnnounced)
        harness.check(.up)
        #expect(harness.isAnnounced)
    }

    @Test func returningFromWhenDownIsDelayedLikeARoute() {
        var harness = EngineHarness([
            EngineHarness.announcement { $0.whenDown = EngineHarness.degraded() }
        ])
        harness.flap(2)
        harness.check(.up)
        #expect(harness.med == 1_000)
        harness.after(10)
        #expect(harness.med == 100)
    }

    @Test func anAddressThatComesAndGoesIsAFlap() {
        var harness = EngineHarness()
        harness.check(.up)
        for _ in 0..<2 {
            harness.engine.inputs.presence.addresses = []
            harness.evaluate()
            harness.engine.inputs.presence.addresses = [EngineHarness.address]
            harness.evaluate()
        }
        #expect(!harness.isAnnounced)
        #expect(harness.reason.hasPrefix("re-announce delayed 10 s after 2 flaps"))
    }

    @Test func aNewDelayAppliesToTheOneThatRuns() {
        var harness = EngineHarness()
        harness.flap(5)
        harness.check(.up)
        #expect(!harness.isAnnounced)
        harness.reload([EngineHarness.announcement { $0.reannounceDelay.maxSeconds = 0 }])
        #expect(harness.isAnnounced)
    }

    @Test func aDegradedAnnouncementDoesNotPayForTheServices() {
        var harness = EngineHarness([
            EngineHarness.announcement { $0.whenDown = EngineHarness.degraded() }
        ])
        harness.flap(1)
        harness.check(.up)
        harness.engine.inputs.presence.addresses = []
        harness.check(.down)
        harness.engine.inputs.presence.addresses = [EngineHarness.address]
        harness.evaluate()
        #expect(!harness.isAnnounced)
        harness.after(10)
        #expect(harness.med == 1_000)
        harness.check(.up)
        #expect(harness.med == 1_000)
        harness.after(10)
        #expect(harness.med == 100)
    }

    @Test func waitingAsDegradedIsNotWaitingAsUp() {
        var harness = EngineHarness([
            EngineHarness.announcement { $0.whenDown = EngineHarness.degraded() }
        ])
        harness.flap(1)
        harness.check(.up)
        harness.engine.inputs.presence.addresses = []
        harness.check(.down)
        harness.engine.inputs.presence.addresses = [EngineHarness.address]
        harness.evaluate()
        harness.after(8)
        harness.check(.up)
        harness.after(8)
        #expect(!harness.isAnnounced)
        harness.after(2)
        #expect(harness.med == 100)
    }

    @Test func aCheckWithoutAVerdictStartsTheDelayAnew() {
        var harness = EngineHarness()
        harness.flap(2)
        harness.check(.up)
        harness.after(8)
        harness.check(.unknown)
        harness.after(1)
        harness.check(.up)
        harness.after(8)
        #expect(!harness.isAnnounced)
        harness.after(2)
        #expect(harness.isAnnounced)
    }
}
