// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import Testing

@testable import Announcing

/// Would catch a route that an evaluation passes over though something it depends on changed.
///
/// Two engines hear the same, in any order and several things at a time. One decides what changed, the
/// other is made to decide everything anew each time; what they say must be equal, to the word.
struct RandomEvaluationTests {
    struct Twins {
        var random: RandomEngineTests.Generator
        var lean = AnnounceEngine()
        var full = AnnounceEngine()
        var now = Duration.zero
        /// What a speaker has that was only ever told of the differences.
        var told: [NeighborKey: [IPPrefix: WantedAnnouncement]] = [:]

        static let checks = ["resolver", "disk", "far"]
        static let prefixes = (0..<9).map {
            IPPrefix(host: IPAddress(v4: 0xc000_0200 | UInt32($0)))
        }
        static let routers = (0..<3).map {
            NeighborKey(endpoint: Endpoint(address: IPAddress(v4: 0x0a00_0001 + $0), port: 179))
        }

        init(seed: UInt64) {
            random = RandomEngineTests.Generator(state: seed)
            reload()
        }

        mutating func pick<Value>(_ values: [Value]) -> Value {
            values[Int.random(in: 0..<values.count, using: &random)]
        }

        mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }

        mutating func both(_ body: (inout AnnounceEngine) -> Void) {
            body(&lean)
            body(&full)
        }

        mutating func step() {
            switch Int.random(in: 0..<22, using: &random) {
            case 0..<7: say(pick(Self.checks))
            case 7..<11: rule()
            case 11..<14: now += .milliseconds(Int.random(in: 0...12_000, using: &random))
            case 14: now += .seconds(Int.random(in: 0...400, using: &random))
            case 15, 16: moveAddress()
            case 17: drain()
            case 18: force()
            case 19 where chance(4):
                both { $0.inputs.isShuttingDown.toggle() }
            case 20 where chance(2): reload()
            default: break
            }
        }

        private mutating func say(_ name: String) {
            let verdicts: [CheckGate.Verdict] = [
                .up, .up, .up, .up, .down, .down, .error, .unknown, .disabled,
            ]
            let gate: CheckGate? =
                chance(12)
                ? nil : CheckGate(pick(verdicts), words: "\(Int.random(in: 0..<3, using: &random))")
            both { $0.inputs.checks[name] = gate }
        }

        private mutating func rule() {
            var changes = RouteAttributeChanges()
            if chance(2) { changes.med = UInt32.random(in: 1...3, using: &random) }
            let decision: RuleDecision =
                pick([
                    .announce(changes), .announce(changes), .announce(changes),
                    .withdraw(reason: chance(2) ? "so" : ""), .error("nil"),
                ])
            let index = Int.random(in: 0..<Self.prefixes.count, using: &random)
            both { $0.setRule(decision, forAnnouncement: index) }
        }

        private mutating func moveAddress() {
            let address = pick(Self.prefixes).address
            let unbound = chance(4)
            let wildcard = chance(8) ? IPAddress.anyV4 : address
            both {
                if unbound {
                    $0.inputs.presence.unboundListeners.formSymmetricDifference([wildcard])
                } else {
                    $0.inputs.presence.addresses.formSymmetricDifference([address])
                }
            }
        }

        private mutating func drain() {
            let target: DrainTarget = pick([
                .node, .prefix(pick(Self.prefixes)), .check(pick(Self.checks)),
            ])
            let phase: DrainPhase? = pick([nil, nil, .graceful, .withdrawn])
            both { $0.inputs.drains[target] = phase }
        }

        private mutating func force() {
            let prefix = pick(Self.prefixes)
            let isUp = chance(2)
            let force = chance(2) ? nil : RouteForce(isUp: isUp, words: "forced")
            both { $0.inputs.forces[prefix] = force }
        }

        private mutating func reload() {
            let neighbors = Self.routers.filter { _ in !chance(4) }
            let known = Self.prefixes.filter { _ in !chance(5) }
            let announcements = known.map { announcement($0, neighbors) }
            let declared = neighbors.map {
                EngineHarness.neighbor($0, families: chance(8) ? [.ipv6Unicast] : [.ipv4Unicast])
            }
            let now = now
            both { $0.reconfigure(announcements: announcements, neighbors: declared, now: now) }
        }

        private mutating func announcement(
            _ prefix: IPPrefix, _ neighbors: [NeighborKey]
        ) -> AnnouncementDeclaration {
            let condition: AnnounceCondition = pick([
                .always, .ruleAlone, .checks(["resolver"]), .checks(["resolver"]),
                .checks(["resolver", "disk"]), .checks(["far"]),
            ])
            let hasRule = condition == .ruleAlone || chance(3)
            let some = chance(3) ? neighbors.filter { _ in chance(2) } : nil
            let change: (inout AnnouncementDeclaration) -> Void = { [whenDown = chance(2)] in
                $0.neighbors = some
                if whenDown { $0.whenDown = EngineHarness.degraded() }
            }
            return hasRule
                ? EngineHarness.ruled(prefix, when: condition, change)
                : EngineHarness.announcement(prefix, when: condition, change)
        }

        mutating func compare(_ place: String) {
            full.markAll()
            let one = lean.evaluate(now: now)
            let other = full.evaluate(now: now)
            #expect(one.events == other.events, "\(place)")
            #expect(one.hasChanged == other.hasChanged, "\(place)")
            #expect(one.nextDeadline == other.nextDeadline, "\(place)")
            #expect(one.nextDeadline == lean.routes.compactMap(\.deadline).min(), "\(place)")
            #expect(lean.wanted == full.wanted, "\(place)")
            #expect(lean.statuses(now: now) == full.statuses(now: now), "\(place)")
            #expect(lean.memories(now: now) == full.memories(now: now), "\(place)")
            for change in one.changes {
                told[change.neighbor, default: [:]][change.prefix] = change.after
            }
            #expect(told.filter { !$0.value.isEmpty } == lean.wanted.filter { !$0.value.isEmpty })
        }
    }

    @Test(arguments: UInt64(1)...32)
    func decidingWhatChangedComesToTheSameAsDecidingEverything(number: UInt64) {
        let seed = RandomEngineTests.seed(number)
        var twins = Twins(seed: seed)
        twins.compare("seed \(seed), start")
        for step in 0..<600 {
            for _ in 0...Int.random(in: 0...2, using: &twins.random) { twins.step() }
            twins.compare("seed \(seed), step \(step)")
        }
    }
}
