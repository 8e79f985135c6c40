// SPDX-License-Identifier: Apache-2.0

import Glibc
import Health
import Testing

/// A small generator whose seed a failing test names (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// From the environment, else from the arguments: `PHAROS_TEST_SEED=7 swift test`.
    static func seed(_ fallback: UInt64) -> UInt64 {
        guard let text = getenv("PHAROS_TEST_SEED") else { return fallback }
        return UInt64(String(cString: text)) ?? fallback
    }
}

/// Would catch any path, however odd, on which a verdict changes without its streak.
struct RandomCheckTests {
    /// Compares the machine with the last outcomes themselves, which know nothing of states.
    @Test(arguments: UInt64(1)...20)
    func aVerdictChangesOnlyByAFullStreakOrTheGrace(number: UInt64) {
        let seed = SeededGenerator.seed(number)
        var random = SeededGenerator(state: seed)
        let rise = Int.random(in: 1...4, using: &random)
        let fall = Int.random(in: 1...4, using: &random)
        var timeline = CheckTimeline(rise: rise, fall: fall, errorGrace: .seconds(20))
        // What the machine heard; an error is no part of a falling streak.
        var steps: [Character] = []
        for _ in 0..<2_000 {
            let step = "SSSSSFFFFEDG.".randomElement(using: &random) ?? "."
            let before = timeline.machine.verdict
            timeline.play(String(step))
            let isHeard = step == "G" ? before == .disabled : before != .disabled
            if isHeard { steps.append(step) }
            let after = timeline.machine.verdict
            if before != .up, before != .error, after == .up {
                let isEarned = hasRise(steps, rise)
                #expect(isEarned, "seed \(seed) after \(String(steps.suffix(20)))")
            }
            if before == .up, after == .down {
                let isEarned = hasFall(steps, fall)
                #expect(isEarned, "seed \(seed) after \(String(steps.suffix(20)))")
            }
            if step == "D" { #expect(after == .disabled, "seed \(seed)") }
            if after == .error { #expect(timeline.machine.graceDeadline != nil, "seed \(seed)") }
        }
    }

    @Test(arguments: UInt64(1)...10)
    func actionsAgreeWithTheStates(number: UInt64) {
        let seed = SeededGenerator.seed(number)
        var random = SeededGenerator(state: seed)
        var timeline = CheckTimeline(rise: 2, fall: 3, errorGrace: .seconds(4))
        for _ in 0..<2_000 {
            let (state, verdict) = (timeline.machine.state, timeline.machine.verdict)
            timeline.play(String("SFESFEDG.".randomElement(using: &random) ?? "."))
            let isChanged =
                state != timeline.machine.state || verdict != timeline.machine.verdict
            #expect(
                (timeline.actions.last != CheckStateMachine.Action.none) == isChanged,
                "seed \(seed)")
        }
    }

    private func hasRise(_ steps: [Character], _ rise: Int) -> Bool {
        steps.filter { $0 != "." }.suffix(rise).allSatisfy { $0 == "S" }
    }

    private func hasFall(_ steps: [Character], _ fall: Int) -> Bool {
        steps.filter { $0 != "." && $0 != "E" }.suffix(fall).allSatisfy { $0 == "F" }
    }
}
