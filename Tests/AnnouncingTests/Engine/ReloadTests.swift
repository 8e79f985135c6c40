// SPDX-License-Identifier: Apache-2.0

import Addressing
import Announcing
import Declarations
import Testing

/// Would catch a reload that a router notices without reason (DESIGN §4).
struct ReloadTests {
    @Test func anUnchangedRouteSendsNothing() {
        var harness = EngineHarness()
        harness.check(.up)
        let since = harness.status?.since
        _ = harness.drain()
        harness.now = .seconds(50)
        harness.reload([EngineHarness.announcement()])
        #expect(!harness.last.hasChanged)
        #expect(harness.drain() == [])
        #expect(harness.status?.since == since)
    }

    @Test func changedAttributesAreOneEventAtOnce() {
        var harness = EngineHarness()
        harness.check(.up)
        _ = harness.drain()
        harness.reload([EngineHarness.announcement { $0.attributes.med = 50 }])
        #expect(harness.med == 50)
        #expect(
            harness.drain()
                == ["changed 192.0.2.1/32 to 10.1.53.254: the configuration changed"])
        harness.reload([EngineHarness.announcement { $0.attributes.med = 60 }])
        #expect(harness.med == 60)
    }

    @Test func aRenamedCheckLeavesTheRouteUntilItsFirstVerdict() {
        var harness = EngineHarness()
        harness.check(.up)
        _ = harness.drain()
        harness.engine.inputs.checks = [:]
        harness.reload([EngineHarness.announcement(when: .checks(["renamed"]))])
        #expect(harness.isAnnounced)
        #expect(
            harness.reason
                == "check renamed is unknown; the route stays as it is until the first verdict")
        harness.after(2)
        harness.check(.up, "renamed")
        #expect(harness.isAnnounced)
        #expect(harness.drain() == [])
    }

    @Test func aRenamedCheckThatTurnsOutDownWithdraws() {
        var harness = EngineHarness()
        harness.check(.up)
        harness.reload([EngineHarness.announcement(when: .checks(["renamed"]))])
        harness.after(2)
        harness.check(.down, "renamed")
        #expect(!harness.isAnnounced)
    }

    @Test func theWaitForAVerdictIsBounded() throws {
        var harness = EngineHarness()
        harness.check(.up)
        harness.now = .seconds(100)
        harness.reload([EngineHarness.announcement(when: .checks(["renamed"]))])
        let deadline = try #require(harness.last.nextDeadline)
        #expect(deadline == .seconds(100) + AnnounceEngine.verdictWaitMax)
        harness.now = deadline - .milliseconds(1)
        harness.evaluate()
        #expect(harness.isAnnounced)
        harness.now = deadline
        harness.evaluate()
        #expect(!harness.isAnnounced)
        #expect(
            harness.drain().last?.hasSuffix(
                "check renamed is unknown, without a verdict for 30 s") == true)
        #expect(harness.status?.flaps == 0)
    }

    @Test func eachReplacementMayWaitInFull() {
        var harness = EngineHarness()
        harness.check(.up)
        harness.reload([EngineHarness.announcement(when: .checks(["second"]))])
        harness.after(20)
        harness.check(.up, "second")
        harness.reload([EngineHarness.announcement(when: .checks(["third"]))])
        harness.after(20)
        #expect(harness.isAnnounced)
        harness.after(10)
        #expect(!harness.isAnnounced)
    }

    @Test func attributesChangeEvenWhileAVerdictIsAwaited() {
        var harness = EngineHarness()
        harness.check(.up)
        harness.reload([
            EngineHarness.announcement(when: .checks(["renamed"])) { $0.attributes.med = 7 }
        ])
        #expect(harness.med == 7)
    }

    @Test func aWithdrawnRouteIsNotAnnouncedByARename() {
        var harness = EngineHarness()
        harness.check(.up)
        harness.check(.down)
        harness.reload([EngineHarness.announcement(when: .checks(["renamed"]))])
        #expect(!harness.isAnnounced)
    }

    @Test func aRouteThatIsGoneIsWithdrawnOnce() {
        var harness = EngineHarness()
        harness.check(.up)
        _ = harness.drain()
        harness.reload([])
        #expect(harness.engine.wanted == [EngineHarness.router: [:]])
        #expect(harness.last.hasChanged)
        harness.after(1)
        #expect(harness.drain() == ["withdrew 192.0.2.1/32 to 10.1.53.254: no longer declared"])
    }

    @Test func aNeighborThatIsGoneTakesItsRoutes() {
        var harness = EngineHarness()
        harness.check(.up)
        _ = harness.drain()
        harness.reload(
            [EngineHarness.announcement()],
            neighbors: [EngineHarness.neighbor(EngineHarness.otherRouter)])
        #expect(harness.engine.wanted[EngineHarness.router] == nil)
        #expect(
            harness.drain() == [
                "withdrew 192.0.2.1/32 to 10.1.53.254: neighbor 10.1.53.254 is no longer declared",
                "announced 192.0.2.1/32 to 10.1.53.253: check resolver is up",
            ])
    }

    @Test func aNeighborThatIsNewSharesTheFlapsOfThePrefix() {
        var harness = EngineHarness()
        harness.flap(4)
        harness.reload(
            [EngineHarness.announcement()],
            neighbors: [
                EngineHarness.neighbor(), EngineHarness.neighbor(EngineHarness.otherRouter),
            ])
        harness.check(.up)
        #expect(harness.engine.wanted[EngineHarness.otherRouter] == [:])
        #expect(harness.engine.wanted[EngineHarness.router] == [:])
    }

    @Test func aNeighborThatIsNewGetsTheDegradedRoute() {
        let announcement = EngineHarness.announcement { $0.whenDown = EngineHarness.degraded() }
        var harness = EngineHarness([announcement])
        harness.check(.up)
        harness.check(.disabled)
        harness.reload(
            [announcement],
            neighbors: [
                EngineHarness.neighbor(), EngineHarness.neighbor(EngineHarness.otherRouter),
            ])
        let wanted = harness.engine.wanted
        #expect(wanted[EngineHarness.otherRouter] == wanted[EngineHarness.router])
        #expect(harness.med == 1_000)
    }

    @Test func theDelayThatRunsIsKept() {
        var harness = EngineHarness()
        harness.flap(2)
        harness.check(.up)
        harness.after(6)
        harness.reload([EngineHarness.announcement { $0.attributes.med = 3 }])
        harness.after(4)
        #expect(harness.med == 3)
    }

    @Test func twoReloadsBeforeOneEvaluationWithdrawNothingThatStays() {
        var harness = EngineHarness([EngineHarness.announcement(when: .always)])
        harness.evaluate()
        _ = harness.drain()
        harness.engine.reconfigure(
            announcements: [], neighbors: [EngineHarness.neighbor()], now: .zero)
        harness.reload([EngineHarness.announcement(when: .always)])
        #expect(harness.drain() == [])
        #expect(harness.isAnnounced)
    }

    @Test func ofTwoDeclarationsOfOneRouteTheFirstCounts() {
        var harness = EngineHarness([
            EngineHarness.announcement(when: .always),
            EngineHarness.announcement(when: .always) { $0.attributes.med = 9 },
        ])
        harness.evaluate()
        #expect(harness.med == 100)
    }

    @Test func whenDownThatBecomesWithdrawTakesADegradedRoute() {
        var harness = EngineHarness([
            EngineHarness.announcement { $0.whenDown = EngineHarness.degraded() }
        ])
        harness.check(.up)
        harness.check(.down)
        harness.reload([
            EngineHarness.announcement { $0.whenDown = EngineHarness.degraded(med: 2_000) }
        ])
        #expect(harness.med == 2_000)
        harness.reload([EngineHarness.announcement()])
        #expect(!harness.isAnnounced)
        #expect(harness.status?.isAnnounced == false)
    }
}
