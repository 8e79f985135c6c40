// SPDX-License-Identifier: Apache-2.0

import Declarations
import Health
import Testing

/// Would catch: a healthy server that is asked, one that is never suspected or never left alone again,
/// and another rhythm than dnsdist 1.8's.
struct LazyHealthStateMachineTests {
    private func settings(
        sampleSize: Int = 10, least: Int = 1, threshold: Int = 20,
        mode: LazyHealthCheck.Mode = .timeoutOrServFail, backsOff: Bool = false,
        checkInterval: Int = 2
    ) -> ServerHealthCheck {
        var check = ServerHealthCheck()
        check.mode = .lazy
        check.intervalSeconds = checkInterval
        check.lazy.sampleSize = sampleSize
        check.lazy.sampleCountMin = least
        check.lazy.threshold = threshold
        check.lazy.mode = mode
        check.lazy.failedIntervalSeconds = 30
        check.lazy.usesExponentialBackOff = backsOff
        check.lazy.backOffSecondsMax = 100
        return check
    }

    private func outcomes(
        good: UInt64 = 0, serverFailures: UInt64 = 0, losses: UInt64 = 0
    ) -> QueryOutcomes {
        QueryOutcomes(
            answers: good + serverFailures, serverFailures: serverFailures, losses: losses)
    }

    @Test(arguments: [
        (good: 9, servfail: 0, lost: 1, mode: LazyHealthCheck.Mode.timeoutOrServFail, false),
        (good: 8, servfail: 0, lost: 2, mode: .timeoutOrServFail, true),
        (good: 8, servfail: 1, lost: 1, mode: .timeoutOrServFail, true),
        (good: 8, servfail: 1, lost: 1, mode: .timeoutOnly, false),
        (good: 0, servfail: 9, lost: 0, mode: .timeoutOnly, false),
        (good: 3, servfail: 0, lost: 1, mode: .timeoutOnly, true),
        (good: 2, servfail: 0, lost: 1, mode: .timeoutOnly, false),
    ])
    func itIsSuspectedFromTheThresholdOnAndNotBeforeEnoughResults(
        good: UInt64, servfail: UInt64, lost: UInt64, mode: LazyHealthCheck.Mode,
        isSuspected: Bool
    ) {
        var machine = LazyHealthStateMachine(
            settings(least: 4, mode: mode), isUp: true, now: .zero)
        machine.note(outcomes(good: good, serverFailures: servfail, losses: lost))
        #expect(machine.isProbeDue(now: .seconds(1)) == isSuspected)
        #expect(machine.phase == (isSuspected ? .suspected : .healthy))
    }

    @Test func aHealthyServerIsOnlyLookedAt() {
        var machine = LazyHealthStateMachine(settings(), isUp: true, now: .zero)
        for second in 1...1_000 {
            machine.note(outcomes(good: 50))
            #expect(machine.isProbeDue(now: .seconds(second)) == false)
        }
        #expect(machine.nextDue(now: .seconds(7)) == .seconds(8))
    }

    @Test func oldResultsAreForgotten() {
        var machine = LazyHealthStateMachine(settings(sampleSize: 10), isUp: true, now: .zero)
        machine.note(outcomes(good: 9, losses: 1))
        machine.note(outcomes(good: 10))
        machine.note(outcomes(losses: 1))
        // One of the last ten, not two of the last twenty-one.
        #expect(machine.isProbeDue(now: .seconds(1)) == false)
        machine.note(outcomes(losses: 1))
        #expect(machine.isProbeDue(now: .seconds(2)) == true)
    }

    @Test func aReadingThatOverflowsTheWindowKeepsItsShareOfFailures() {
        var machine = LazyHealthStateMachine(
            settings(sampleSize: 10, threshold: 50), isUp: true, now: .zero)
        machine.note(outcomes(good: 600, losses: 400))
        #expect(machine.isProbeDue(now: .seconds(1)) == false)
        machine.note(outcomes(good: 400, losses: 600))
        #expect(machine.isProbeDue(now: .seconds(2)) == true)
    }

    @Test func suspectedItIsProbedEachIntervalUntilAProbeDecides() {
        var machine = LazyHealthStateMachine(settings(checkInterval: 2), isUp: true, now: .zero)
        machine.note(outcomes(losses: 1))
        #expect(machine.isProbeDue(now: .seconds(1)) == true)
        // maxCheckFailures lets it stay up.
        machine.record(isSuccess: false, isUp: true, startedAt: .seconds(1))
        #expect(machine.phase == .suspected)
        #expect(machine.nextDue(now: .seconds(2)) == .seconds(3))
        #expect(machine.isProbeDue(now: .seconds(2)) == false)
        #expect(machine.isProbeDue(now: .seconds(3)) == true)
        machine.record(isSuccess: true, isUp: true, startedAt: .seconds(3))
        #expect(machine.phase == .healthy)
        // What it was suspected for is forgotten.
        #expect(machine.isProbeDue(now: .seconds(4)) == false)
    }

    @Test(arguments: [(false, [30, 30, 30, 30]), (true, [30, 60, 100, 100])])
    func failedItIsProbedMoreAndMoreRarelyWhenItBacksOff(backsOff: Bool, seconds: [Int]) {
        var machine = LazyHealthStateMachine(
            settings(backsOff: backsOff), isUp: true, now: .zero)
        machine.note(outcomes(losses: 1))
        var now = Duration.seconds(1)
        #expect(machine.isProbeDue(now: now) == true)
        for step in seconds {
            machine.record(isSuccess: false, isUp: false, startedAt: now)
            #expect(machine.phase == .failed)
            #expect(machine.nextDue(now: now) == now + .seconds(step))
            #expect(machine.isProbeDue(now: now + .seconds(step - 1)) == false)
            now += .seconds(step)
            #expect(machine.isProbeDue(now: now) == true)
        }
        // Rising is not backed off.
        machine.record(isSuccess: true, isUp: false, startedAt: now)
        #expect(machine.nextDue(now: now) == now + .seconds(30))
        machine.record(isSuccess: true, isUp: true, startedAt: now)
        #expect(machine.phase == .healthy)
    }

    @Test func aServerThatIsNotUpIsProbedAtOnce() {
        var machine = LazyHealthStateMachine(settings(), isUp: false, now: .seconds(5))
        #expect(machine.isProbeDue(now: .seconds(5)) == true)
    }

    @Test func whatAScriptDecidesIsFollowed() {
        // Symptom (dnsdist #13836): set down and back, a lazy server stayed down for ever.
        var machine = LazyHealthStateMachine(settings(), isUp: true, now: .zero)
        machine.follow(isUp: false, now: .seconds(1))
        #expect(machine.isProbeDue(now: .seconds(1)) == true)
        machine.follow(isUp: true, now: .seconds(2))
        #expect(machine.phase == .healthy)
        #expect(machine.isProbeDue(now: .seconds(3)) == false)
    }

    @Test func countersThatStartAgainAreNoFailures() {
        let before = outcomes(good: 100, losses: 50)
        #expect(outcomes(good: 10).since(before) == outcomes())
        #expect(
            outcomes(good: 110, serverFailures: 3, losses: 51).since(before)
                == outcomes(good: 10, serverFailures: 3, losses: 1))
    }
}
