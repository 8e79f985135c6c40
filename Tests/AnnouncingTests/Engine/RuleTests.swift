// SPDX-License-Identifier: Apache-2.0

import Announcing
import Declarations
import Testing

/// Would catch a rule that announces what its checks forbid, that is believed when it failed, or
/// that makes routers work all day.
struct RuleTests {
    @Test func whenGatesAndTheRuleDecorates() {
        var harness = EngineHarness([EngineHarness.ruled()])
        harness.rule(med: 7)
        #expect(!harness.isAnnounced)
        harness.check(.up)
        #expect(harness.med == 7)
        harness.check(.down)
        #expect(!harness.isAnnounced)
    }

    @Test func aRouteWaitsForTheFirstDecision() {
        var harness = EngineHarness([EngineHarness.ruled()])
        harness.check(.up)
        #expect(!harness.isAnnounced)
        #expect(harness.reason == "its rule has not decided yet")
        harness.rule(.announce(RouteAttributeChanges()))
        #expect(harness.med == 100)
    }

    @Test func aRuleAloneAnnouncesAndWithdraws() {
        var harness = EngineHarness([EngineHarness.ruled(when: .ruleAlone)])
        harness.rule(.announce(RouteAttributeChanges()))
        #expect(harness.reason == "its rule announces it")
        harness.rule(.withdraw(reason: "two pools down"))
        #expect(!harness.isAnnounced)
        #expect(harness.reason == "its rule withdraws it: two pools down")
    }

    @Test func aRuleThatFailsLeavesItsLastDecisionStanding() {
        var harness = EngineHarness([EngineHarness.ruled(when: .ruleAlone)])
        harness.rule(.error("test.lua:9: nil index"))
        #expect(!harness.isAnnounced)
        harness.rule(med: 7)
        harness.rule(.error("test.lua:9: nil index"))
        #expect(harness.med == 7)
        #expect(harness.reason.hasSuffix("; its rule failed: test.lua:9: nil index"))
        harness.rule(.withdraw(reason: ""))
        harness.rule(.error("test.lua:9: nil index"))
        #expect(!harness.isAnnounced)
    }

    @Test func attributeChangesByARuleAreFiveSecondsApart() {
        var harness = EngineHarness([EngineHarness.ruled()])
        harness.check(.up)
        harness.rule(med: 1)
        harness.after(60)
        harness.rule(med: 2)
        #expect(harness.med == 2)
        harness.after(1)
        harness.rule(med: 3)
        #expect(harness.med == 2)
        #expect(harness.last.nextDeadline == .seconds(65))
        harness.after(1)
        harness.rule(med: 4)
        harness.after(2.999)
        #expect(harness.med == 2)
        harness.after(0.001)
        #expect(harness.med == 4)
        #expect(harness.last.nextDeadline == nil)
    }

    @Test func whatNobodySeesChangesFreely() {
        var harness = EngineHarness([EngineHarness.ruled { $0.whenDown = EngineHarness.degraded() }]
        )
        harness.check(.up)
        harness.rule(med: 1)
        harness.rule(med: 2)
        harness.rule(med: 3)
        harness.after(60)
        harness.rule(med: 4)
        harness.check(.disabled)
        harness.rule(med: 5)
        harness.rule(med: 6)
        #expect(harness.med == 1_000)
        #expect(harness.last.nextDeadline == nil)
        harness.check(.up)
        #expect(harness.med == 6)
    }

    @Test func aRuleThatWithdrawsWaitsForNothing() {
        var harness = EngineHarness([EngineHarness.ruled()])
        harness.check(.up)
        harness.rule(med: 1)
        harness.rule(med: 2)
        harness.rule(.withdraw(reason: ""))
        #expect(!harness.isAnnounced)
    }

    @Test func theNextDecisionAfterAReloadIsSentAtOnce() {
        var harness = EngineHarness([EngineHarness.ruled()])
        harness.check(.up)
        harness.rule(med: 1)
        harness.after(10)
        harness.rule(med: 2)
        harness.reload([EngineHarness.ruled()])
        harness.rule(.error("late"))
        harness.rule(med: 3)
        #expect(harness.med == 3)
        harness.rule(med: 4)
        #expect(harness.med == 3)
    }

    @Test func aRuleThatIsGoneTakesItsAttributesWithIt() {
        var harness = EngineHarness([EngineHarness.ruled()])
        harness.check(.up)
        harness.rule(med: 1)
        harness.reload([EngineHarness.announcement()])
        #expect(harness.med == 100)
    }

    @Test func aRuleThatIsNewLeavesTheRouteUntilItDecides() {
        var harness = EngineHarness()
        harness.check(.up)
        harness.reload([EngineHarness.ruled()])
        #expect(harness.med == 100)
        #expect(!harness.last.hasChanged)
        harness.rule(med: 5)
        #expect(harness.med == 5)
    }

    @Test func changesReplaceOnlyWhatTheyName() {
        var declared = RouteAttributes()
        declared.med = 10
        declared.communities = [.gracefulShutdown]
        var changes = RouteAttributeChanges()
        #expect(changes.applied(to: declared) == declared)
        changes.localPreference = 50
        changes.communities = []
        changes.asPathPrepend = 2
        changes.origin = .egp
        changes.extendedCommunities = [1]
        changes.largeCommunities = [
            LargeCommunity(globalAdministrator: 1, localData1: 2, localData2: 3)
        ]
        changes.nextHop = .address(EngineHarness.address)
        var expected = declared
        expected.localPreference = 50
        expected.communities = []
        expected.asPathPrepend = 2
        expected.origin = .egp
        expected.extendedCommunities = [1]
        expected.largeCommunities = [
            LargeCommunity(globalAdministrator: 1, localData1: 2, localData2: 3)
        ]
        expected.nextHop = .address(EngineHarness.address)
        #expect(changes.applied(to: declared) == expected)
    }
}
