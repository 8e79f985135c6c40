// SPDX-License-Identifier: Apache-2.0

import Addressing
import Announcing
import Declarations
import Glibc
import Testing

/// Would catch any order of events, however odd, in which a promise of DESIGN §5 does not hold.
///
/// One walk is two checks, a rule, an address, a drain and reloads that change at random, one at a
/// time; after each step the promises are tested against the inputs alone.
struct RandomEngineTests {
    /// SplitMix64.
    struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
    }

    /// `PHAROS_TEST_SEED=7 swift test` repeats one walk.
    static func seed(_ fallback: UInt64) -> UInt64 {
        guard let text = getenv("PHAROS_TEST_SEED") else { return fallback }
        return UInt64(String(cString: text)) ?? fallback
    }

    struct Walk {
        var random: Generator
        var harness: EngineHarness
        let whenDown: WhenDown
        let hasRule: Bool
        var ruleWithdraws = false
        var med: UInt32 = 100

        init(seed: UInt64) {
            random = Generator(state: seed)
            whenDown = seed % 2 == 0 ? .withdraw : EngineHarness.degraded()
            hasRule = seed % 3 == 0
            harness = EngineHarness([])
            harness.reload([declaration])
            harness.evaluate()
        }

        var declaration: AnnouncementDeclaration {
            let change: (inout AnnouncementDeclaration) -> Void = { [whenDown, med] in
                $0.whenDown = whenDown
                $0.attributes.med = med
            }
            let condition = AnnounceCondition.checks(["resolver", "disk"])
            return hasRule
                ? EngineHarness.ruled(when: condition, change)
                : EngineHarness.announcement(when: condition, change)
        }

        mutating func step() {
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<8: verdict(of: Bool.random(using: &random) ? "resolver" : "disk")
            case 8: move(seconds: 400)
            case 9..<14: move(seconds: 10)
            case 14: toggleAddress()
            case 15: toggleDrain()
            case 16:
                med = UInt32.random(in: 1...3, using: &random)
                harness.reload([declaration])
            default: if hasRule { rule() }
            }
        }

        private mutating func verdict(of check: String) {
            let verdicts: [CheckGate.Verdict] = [.up, .up, .up, .down, .error, .unknown, .disabled]
            harness.check(verdicts.randomElement(using: &random) ?? .up, check)
        }

        private mutating func move(seconds: Int) {
            harness.after(Double(Int.random(in: 0...seconds, using: &random)))
        }

        private mutating func toggleAddress() {
            let isThere = !harness.engine.inputs.presence.addresses.isEmpty
            harness.engine.inputs.presence.addresses = isThere ? [] : [EngineHarness.address]
            harness.evaluate()
        }

        private mutating func toggleDrain() {
            let isDrained = !harness.engine.inputs.drains.isEmpty
            harness.engine.inputs.drains = isDrained ? [:] : [.node: .withdrawn]
            harness.evaluate()
        }

        private mutating func rule() {
            switch Int.random(in: 0..<5, using: &random) {
            case 0:
                ruleWithdraws = true
                harness.rule(.withdraw(reason: ""))
            case 1: harness.rule(.error("nil"))
            default:
                ruleWithdraws = false
                harness.rule(med: UInt32.random(in: 10...12, using: &random))
            }
        }

        func verdict(_ name: String) -> CheckGate.Verdict {
            harness.engine.inputs.checks[name]?.verdict ?? .unknown
        }

        var isAnyCheckDown: Bool {
            [verdict("resolver"), verdict("disk")].contains { $0 == .down || $0 == .disabled }
        }

        var mayBeAnnouncedAtAll: Bool {
            harness.engine.inputs.drains.isEmpty
                && harness.engine.inputs.presence.addresses.contains(EngineHarness.address)
        }
    }

    @Test(arguments: UInt64(1)...24)
    func nothingIsAnnouncedThatAnInputForbids(number: UInt64) {
        let seed = Self.seed(number)
        var walk = Walk(seed: seed)
        for _ in 0..<2_000 {
            walk.step()
            if !walk.mayBeAnnouncedAtAll { #expect(!walk.harness.isAnnounced, "seed \(seed)") }
            guard walk.isAnyCheckDown else { continue }
            if walk.whenDown == .withdraw {
                #expect(!walk.harness.isAnnounced, "seed \(seed)")
            } else if walk.harness.isAnnounced {
                #expect(walk.harness.med == 1_000, "seed \(seed)")
            }
        }
    }

    @Test(arguments: UInt64(1)...24)
    func eventsAreExactlyTheChanges(number: UInt64) {
        let seed = Self.seed(number)
        var walk = Walk(seed: seed)
        for _ in 0..<2_000 {
            let before = walk.harness.wanted?.attributes
            _ = walk.harness.drain()
            walk.step()
            let after = walk.harness.wanted?.attributes
            let events = walk.harness.drain()
            #expect(events.count == (before == after ? 0 : 1), "seed \(seed)")
            #expect(walk.harness.last.hasChanged == !events.isEmpty, "seed \(seed)")
            walk.harness.evaluate()
            #expect(walk.harness.drain() == [], "seed \(seed): settled")
        }
    }

    @Test(arguments: UInt64(1)...24)
    func aFitServiceIsAnnouncedWithinTheLongestDelay(number: UInt64) {
        let seed = Self.seed(number)
        var walk = Walk(seed: seed)
        for _ in 0..<100 {
            for _ in 0..<20 { walk.step() }
            walk.harness.engine.inputs.drains = [:]
            walk.harness.engine.inputs.presence.addresses = [EngineHarness.address]
            walk.harness.check(.up, "resolver")
            walk.harness.check(.up, "disk")
            if walk.hasRule { walk.harness.rule(med: 11) }
            let start = walk.harness.now
            var deadlines = 0
            while let deadline = walk.harness.last.nextDeadline, deadlines < 10 {
                #expect(deadline > walk.harness.now, "seed \(seed)")
                walk.harness.now = deadline
                walk.harness.evaluate()
                deadlines += 1
            }
            #expect(walk.harness.isAnnounced, "seed \(seed)")
            #expect(walk.harness.status?.isDegraded == false, "seed \(seed)")
            #expect(walk.harness.now - start <= .seconds(300), "seed \(seed)")
            #expect(walk.harness.status?.delayRemaining == nil, "seed \(seed)")
        }
    }

    @Test(arguments: UInt64(1)...8)
    func aRuleChangesAttributesAtMostEachFiveSeconds(number: UInt64) {
        let seed = Self.seed(number)
        var random = Generator(state: seed)
        var harness = EngineHarness([EngineHarness.ruled(when: .always)])
        harness.rule(med: 1)
        var changedAt: [Duration] = []
        for _ in 0..<2_000 {
            let before = harness.med
            if Bool.random(using: &random) {
                harness.rule(med: UInt32.random(in: 1...4, using: &random))
            } else {
                harness.after(Double.random(in: 0...4, using: &random))
            }
            if harness.med != before { changedAt.append(harness.now) }
        }
        #expect(changedAt.count > 100, "seed \(seed)")
        for (one, other) in zip(changedAt, changedAt.dropFirst()) {
            #expect(other - one >= AnnounceEngine.ruleChangePause, "seed \(seed)")
        }
    }
}
