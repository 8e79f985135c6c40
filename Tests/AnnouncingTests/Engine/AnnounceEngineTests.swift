// SPDX-License-Identifier: Apache-2.0

import Addressing
import Announcing
import Declarations
import Testing

/// Would catch a route that is announced without its service, or kept from its users by a script's
/// fault, and an event without a change.
struct AnnounceEngineTests {
    @Test func nothingIsAnnouncedBeforeTheFirstFullRise() {
        var harness = EngineHarness()
        harness.evaluate()
        #expect(!harness.isAnnounced)
        #expect(harness.reason == "check resolver is unknown")
        harness.engine.inputs.checks["resolver"] = CheckGate(.unknown, words: "rising 2/3")
        harness.evaluate()
        #expect(!harness.isAnnounced)
        #expect(harness.reason == "check resolver is rising 2/3")
        harness.check(.up)
        #expect(harness.med == 100)
        #expect(harness.drain() == ["announced 192.0.2.1/32 to 10.1.53.254: check resolver is up"])
    }

    @Test func aDownCheckWithdrawsAtOnceWithItsWordsAsTheCause() {
        var harness = EngineHarness()
        harness.check(.up)
        _ = harness.drain()
        harness.engine.inputs.checks["resolver"] = CheckGate(.down, words: "down: SERVFAIL")
        harness.evaluate()
        #expect(!harness.isAnnounced)
        #expect(
            harness.drain()
                == ["withdrew 192.0.2.1/32 to 10.1.53.254: check resolver is down: SERVFAIL"])
    }

    @Test(arguments: [CheckGate.Verdict.down, .unknown, .disabled])
    func aListOfChecksIsAllOfThem(other: CheckGate.Verdict) {
        var harness = EngineHarness([
            EngineHarness.announcement(when: .checks(["resolver", "disk"]))
        ])
        harness.check(.up)
        harness.check(other, "disk")
        #expect(!harness.isAnnounced)
        #expect(harness.reason == "check disk is \(other.rawValue)")
        harness.check(.up, "disk")
        #expect(harness.isAnnounced)
        #expect(harness.reason == "checks resolver, disk are up")
    }

    @Test func anEmptyListOfChecksAnnouncesNothing() {
        var harness = EngineHarness([EngineHarness.announcement(when: .checks([]))])
        harness.evaluate()
        #expect(!harness.isAnnounced)
    }

    @Test func alwaysIsAnnouncedAtOnce() {
        var harness = EngineHarness([EngineHarness.announcement(when: .always)])
        harness.evaluate()
        #expect(harness.isAnnounced)
        #expect(harness.reason == "always announced")
    }

    @Test func anErrorKeepsTheRouteAsItIs() {
        var harness = EngineHarness()
        harness.check(.error)
        #expect(!harness.isAnnounced)
        harness.check(.up)
        harness.check(.error)
        harness.after(3_600)
        #expect(harness.isAnnounced)
        #expect(harness.reason == "check resolver is error; the route stays as it is")
        #expect(harness.status?.flaps == 0)
        harness.check(.down)
        harness.check(.error)
        #expect(!harness.isAnnounced)
    }

    @Test func anErrorBesideADownCheckHoldsNothingUp() {
        var harness = EngineHarness([
            EngineHarness.announcement(when: .checks(["resolver", "disk"]))
        ])
        harness.check(.up)
        harness.check(.up, "disk")
        harness.check(.error)
        harness.check(.down, "disk")
        #expect(!harness.isAnnounced)
    }

    @Test func anAddressThatIsElsewhereIsNotAnnounced() {
        var harness = EngineHarness(isPresent: false)
        harness.check(.up)
        #expect(!harness.isAnnounced)
        #expect(harness.reason == "address 192.0.2.1 is not on this host")
        harness.engine.inputs.presence.addresses = [EngineHarness.address]
        harness.evaluate()
        #expect(harness.isAnnounced)
        harness.engine.inputs.presence.addresses = []
        harness.evaluate()
        #expect(!harness.isAnnounced)
    }

    @Test func anAddressThatIsNotRequiredMayBeElsewhere() {
        var harness = EngineHarness(
            [EngineHarness.announcement { $0.requiredAddress = nil }], isPresent: false)
        harness.check(.up)
        #expect(harness.isAnnounced)
    }

    @Test(arguments: [EngineHarness.address, IPAddress.anyV4])
    func aListenerThatIsNotBoundKeepsTheRouteBack(listener: IPAddress) {
        var harness = EngineHarness()
        harness.engine.inputs.presence.unboundListeners = [listener]
        harness.check(.up)
        #expect(harness.reason == "the listener on 192.0.2.1 is not bound")
        harness.engine.inputs.presence.unboundListeners = [IPAddress.anyV6, .loopbackV4]
        harness.evaluate()
        #expect(harness.isAnnounced)
    }

    @Test func whenDownKeepsTheRouteWithItsAttributes() {
        var harness = EngineHarness([
            EngineHarness.announcement { $0.whenDown = EngineHarness.degraded() }
        ])
        harness.check(.down)
        #expect(!harness.isAnnounced, "it was never up")
        harness.check(.up)
        #expect(harness.med == 100)
        #expect(harness.wanted?.whenDown == EngineHarness.degraded())
        harness.now = .seconds(5)
        harness.check(.down)
        #expect(harness.med == 1_000)
        #expect(harness.status?.isDegraded == true)
        #expect(harness.status?.since == .zero, "it is announced since then")
        #expect(
            harness.drain() == [
                "announced 192.0.2.1/32 to 10.1.53.254: check resolver is up",
                "changed 192.0.2.1/32 to 10.1.53.254: check resolver is down",
            ])
    }

    @Test func whenDownDoesNotKeepAnAddressThatIsGone() {
        var harness = EngineHarness([
            EngineHarness.announcement { $0.whenDown = EngineHarness.degraded() }
        ])
        harness.check(.up)
        harness.check(.down)
        harness.engine.inputs.presence.addresses = []
        harness.evaluate()
        #expect(!harness.isAnnounced)
    }

    @Test func aFamilyTheNeighborDoesNotCarryIsNotSent() throws {
        let six = try #require(IPPrefix("2001:db8::1/128"))
        let announcement = EngineHarness.announcement(six, when: .always) {
            $0.requiredAddress = nil
        }
        var harness = EngineHarness([announcement])
        harness.evaluate()
        #expect(harness.engine.wanted == [EngineHarness.router: [:]])
        #expect(harness.reason == "neighbor 10.1.53.254 does not carry ipv6 unicast")
        harness.reload(
            [announcement],
            neighbors: [EngineHarness.neighbor(families: [.ipv4Unicast, .ipv6Unicast])])
        #expect(harness.engine.wanted[EngineHarness.router]?[six] != nil)
    }

    @Test func routesGoToTheNamedNeighborsOnly() {
        let both = [
            EngineHarness.neighbor(), EngineHarness.neighbor(EngineHarness.otherRouter),
        ]
        var harness = EngineHarness(
            [EngineHarness.announcement { $0.neighbors = [EngineHarness.otherRouter] }],
            neighbors: both)
        harness.check(.up)
        #expect(harness.engine.wanted[EngineHarness.router] == [:])
        #expect(harness.engine.wanted[EngineHarness.otherRouter]?.count == 1)
    }

    @Test func shuttingDownWithdrawsEverythingAndIsNoFlap() {
        var harness = EngineHarness()
        harness.check(.up)
        harness.engine.inputs.isShuttingDown = true
        harness.evaluate()
        #expect(!harness.isAnnounced)
        #expect(harness.reason == "shutting down")
        #expect(harness.status?.flaps == 0)
    }

    @Test(arguments: [
        DrainTarget.node, .prefix(EngineHarness.prefix), .check("resolver"),
    ])
    func aDrainFirstAsksForTrafficToGoThenWithdraws(target: DrainTarget) {
        var harness = EngineHarness()
        harness.check(.up)
        harness.engine.inputs.drains = [target: .graceful]
        harness.evaluate()
        #expect(harness.wanted?.attributes.communities == [.gracefulShutdown])
        harness.engine.inputs.drains = [target: .withdrawn]
        harness.evaluate()
        #expect(!harness.isAnnounced)
        #expect(harness.reason.hasSuffix("is drained"))
        harness.engine.inputs.drains = [:]
        harness.evaluate()
        #expect(harness.isAnnounced, "a drain is no flap and waits for nothing")
        #expect(harness.wanted?.attributes.communities == [])
    }

    @Test func aDrainOfSomethingElseChangesNothing() throws {
        var harness = EngineHarness()
        harness.check(.up)
        let other = try #require(IPPrefix("198.51.100.0/24"))
        harness.engine.inputs.drains = [.prefix(other): .withdrawn, .check("disk"): .withdrawn]
        harness.evaluate()
        #expect(harness.isAnnounced)
        #expect(!harness.last.hasChanged)
    }

    @Test func aDrainedRouteIsNotAnnouncedByAGracefulPhase() {
        var harness = EngineHarness()
        harness.engine.inputs.drains = [.node: .graceful]
        harness.check(.up)
        #expect(!harness.isAnnounced)
    }

    @Test func anEvaluationThatChangesNothingSaysNothing() {
        var harness = EngineHarness()
        harness.check(.up)
        _ = harness.drain()
        for _ in 0..<10 { harness.after(1) }
        harness.engine.inputs.checks["resolver"] = CheckGate(.up, words: "falling 1/3: late")
        harness.evaluate()
        #expect(harness.drain() == [])
        #expect(!harness.last.hasChanged)
        #expect(harness.reason == "check resolver is falling 1/3: late")
    }

    @Test func withdrawsComeBeforeAnnounces() throws {
        let other = try #require(IPPrefix("192.0.2.0/32"))
        var harness = EngineHarness([
            EngineHarness.announcement(),
            EngineHarness.announcement(other, when: .checks(["disk"])) { $0.requiredAddress = nil },
        ])
        harness.check(.up)
        _ = harness.drain()
        harness.engine.inputs.checks["resolver"] = CheckGate(.down, words: "down")
        harness.engine.inputs.checks["disk"] = CheckGate(.up, words: "up")
        harness.evaluate()
        #expect(
            harness.drain() == [
                "withdrew 192.0.2.1/32 to 10.1.53.254: check resolver is down",
                "announced 192.0.2.0/32 to 10.1.53.254: check disk is up",
            ])
    }
}
