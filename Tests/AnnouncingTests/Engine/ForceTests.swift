// SPDX-License-Identifier: Apache-2.0

import Announcing
import Declarations
import Testing

/// Would catch a person's word that a check overrules, and one that announces a black hole.
struct ForceTests {
    private static let up = RouteForce(isUp: true, words: "192.0.2.1/32 is forced up")
    private static let down = RouteForce(isUp: false, words: "192.0.2.1/32 is forced down")

    @Test func forcedDownIsWithdrawnWhateverChecksSayAndIsNoFlap() {
        var harness = EngineHarness()
        harness.check(.up)
        _ = harness.drain()
        harness.engine.inputs.forces[EngineHarness.prefix] = Self.down
        harness.evaluate()
        #expect(
            harness.drain() == ["withdrew 192.0.2.1/32 to 10.1.53.254: 192.0.2.1/32 is forced down"]
        )
        harness.check(.down)
        harness.check(.up)
        #expect(!harness.isAnnounced)
        harness.engine.inputs.forces = [:]
        harness.evaluate()
        #expect(harness.isAnnounced, "nothing is owed for what a person did")
        #expect(harness.status?.flaps == 0)
    }

    @Test func forcedUpIsAnnouncedAlthoughTheCheckIsDownAndWaitsForNoDelay() {
        var harness = EngineHarness()
        harness.flap(3)
        let flaps = harness.status?.flaps ?? 0
        harness.engine.inputs.forces[EngineHarness.prefix] = Self.up
        harness.evaluate()
        #expect(harness.isAnnounced)
        #expect(harness.reason == "192.0.2.1/32 is forced up")
        harness.engine.inputs.forces = [:]
        harness.evaluate()
        #expect(!harness.isAnnounced)
        #expect(harness.status?.flaps == flaps, "the check was down all along")
        harness.check(.up)
        #expect(!harness.isAnnounced, "the flaps before are not forgotten by it")
    }

    @Test func forcedUpAnnouncesNoAddressThatIsElsewhere() {
        var harness = EngineHarness(isPresent: false)
        harness.engine.inputs.forces[EngineHarness.prefix] = Self.up
        harness.evaluate()
        #expect(!harness.isAnnounced)
        #expect(harness.reason == "address 192.0.2.1 is not on this host")
    }

    @Test func aDrainGoesAboveForcedUp() {
        var harness = EngineHarness()
        harness.engine.inputs.forces[EngineHarness.prefix] = Self.up
        harness.engine.inputs.drains[.node] = .withdrawn
        harness.evaluate()
        #expect(!harness.isAnnounced)
        #expect(harness.reason == "this node is drained")
    }

    @Test func forcedUpGoesAboveTheRule() {
        var harness = EngineHarness([EngineHarness.ruled()])
        harness.check(.up)
        harness.rule(.withdraw(reason: "no"))
        #expect(!harness.isAnnounced)
        harness.engine.inputs.forces[EngineHarness.prefix] = Self.up
        harness.evaluate()
        #expect(harness.isAnnounced)
    }

    @Test func aDrainingRouteIsTheLastChoiceOfInternalNeighborsToo() {
        var harness = EngineHarness()
        harness.check(.up)
        harness.engine.inputs.drains = [.node: .graceful]
        harness.evaluate()
        #expect(harness.wanted?.attributes.localPreference == 0)
        harness.engine.inputs.drains = [:]
        harness.evaluate()
        #expect(harness.wanted?.attributes.localPreference == nil)
    }
}
