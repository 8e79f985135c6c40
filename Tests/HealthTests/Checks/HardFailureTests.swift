// SPDX-License-Identifier: Apache-2.0

import Health
import Testing

/// Would catch: a refused connection that is waited out, one that is believed without a second look,
/// and a restart that costs the route.
@Suite struct HardFailureTests {
    private static let refused = CheckOutcome.down(detail: "refused", isHard: true)
    private static let silent = CheckOutcome.down(detail: "silent")

    /// A check that came up at zero.
    private static func machine(confirms: Bool = true, grace: Duration = .zero) -> CheckStateMachine
    {
        var machine = CheckStateMachine(
            thresholds: CheckThresholds(
                rise: 1, fall: 5, errorGrace: .seconds(60), confirmsHardFailures: confirms,
                restartGrace: grace), now: .zero)
        _ = machine.record(.up(score: 1, detail: ""), now: .zero)
        return machine
    }

    @Test func aSecondRefusalConfirmsTheFirst() {
        var machine = Self.machine()
        _ = machine.record(Self.refused, now: .milliseconds(1))
        #expect(machine.state == .falling && machine.wantsConfirmation)
        let action = machine.record(Self.refused, now: .milliseconds(2))
        #expect(action == .becameDown(cause: "refused (2 failures in a row)"))
        #expect(machine.words == "down: refused (confirmed)")
        #expect(!machine.wantsConfirmation)
    }

    @Test func silenceOrSuccessInBetweenConfirmsNothing() {
        var machine = Self.machine()
        _ = machine.record(Self.refused, now: .milliseconds(1))
        _ = machine.record(Self.silent, now: .milliseconds(2))
        #expect(machine.state == .falling && !machine.wantsConfirmation)
        _ = machine.record(Self.refused, now: .milliseconds(3))
        #expect(machine.state == .falling && machine.wantsConfirmation)
        _ = machine.record(.up(score: 1, detail: ""), now: .milliseconds(4))
        _ = machine.record(Self.refused, now: .milliseconds(5))
        #expect(machine.state == .falling)
    }

    @Test func withoutConfirmEveryFailureCountsTheSame() {
        var machine = Self.machine(confirms: false)
        for second in 1...4 {
            _ = machine.record(Self.refused, now: .seconds(second))
            #expect(machine.state == .falling && !machine.wantsConfirmation)
        }
        _ = machine.record(Self.refused, now: .seconds(5))
        #expect(machine.state == .down)
    }

    @Test func aRestartWithinItsGraceIsNoFailure() {
        var machine = Self.machine(grace: .seconds(10))
        for second in 1...9 {
            _ = machine.record(Self.refused, now: .seconds(second))
            #expect(machine.verdict == .up, "\(second)")
        }
        #expect(machine.progress == "5/5")
        _ = machine.record(.up(score: 1, detail: ""), now: .milliseconds(9_500))
        #expect(machine.state == .up && machine.flaps == 0)
        // From the last success on, not from the first.
        _ = machine.record(Self.refused, now: .seconds(19))
        _ = machine.record(Self.refused, now: .milliseconds(19_400))
        #expect(machine.verdict == .up)
        let action = machine.record(Self.refused, now: .milliseconds(19_500))
        #expect(action == .becameDown(cause: "refused (3 failures in a row)"))
    }

    @Test func whatWasNeverUpHasNoGrace() {
        var machine = CheckStateMachine(
            thresholds: CheckThresholds(
                rise: 3, fall: 2, errorGrace: .zero, restartGrace: .seconds(100)), now: .zero)
        _ = machine.record(.up(score: 1, detail: ""), now: .zero)
        _ = machine.record(Self.silent, now: .seconds(1))
        _ = machine.record(Self.silent, now: .seconds(2))
        #expect(machine.state == .down)
    }
}
