// SPDX-License-Identifier: Apache-2.0

import Health
import Testing

/// Would catch: a timer that drifts, that makes up for rounds it missed, or a function that loops and
/// is called again at once.
@Suite struct TimerScheduleTests {
    @Test func runsAreStartToStartWithoutDrift() {
        var schedule = TimerSchedule(interval: .seconds(1), now: .seconds(10))
        var starts: [Duration] = []
        for _ in 0..<4 {
            // Each start a little late, each run a little long.
            let start = schedule.nextDue + .milliseconds(3)
            starts.append(schedule.nextDue)
            schedule.finish(
                startedAt: start, now: start + .milliseconds(40), usedUpBudget: false)
        }
        #expect(starts == [11, 12, 13, 14].map { .seconds($0) })
    }

    @Test func roundsThatWereMissedAreNotMadeUpFor() {
        var schedule = TimerSchedule(interval: .seconds(1), now: .zero)
        schedule.finish(startedAt: .seconds(6.5), now: .seconds(6.5), usedUpBudget: false)
        #expect(schedule.nextDue == .seconds(7.5))
    }

    @Test func aFunctionThatUsesUpItsBudgetIsPutOffLongerEachTime() {
        var schedule = TimerSchedule(interval: .milliseconds(10), now: .zero)
        var waits: [Duration] = []
        for _ in 0..<9 {
            let start = schedule.nextDue
            let end = start + .milliseconds(50)
            schedule.finish(startedAt: start, now: end, usedUpBudget: true)
            waits.append(schedule.nextDue - end)
        }
        #expect(waits == [1, 2, 4, 8, 16, 32, 64, 64, 64].map { .seconds($0) })
        let start = schedule.nextDue
        schedule.finish(startedAt: start, now: start, usedUpBudget: false)
        #expect(schedule.nextDue == start + .milliseconds(10))
    }

    @Test func aReloadKeepsThePhaseAndTriesAgainWhatWasPutOff() {
        var schedule = TimerSchedule(interval: .seconds(60), now: .zero)
        schedule.reconfigure(interval: .seconds(60), now: .seconds(50))
        #expect(schedule.nextDue == .seconds(60))
        schedule.finish(startedAt: .seconds(60), now: .seconds(60), usedUpBudget: false)
        schedule.reconfigure(interval: .seconds(5), now: .seconds(61))
        #expect(schedule.nextDue == .seconds(66))
        schedule.finish(startedAt: .seconds(66), now: .seconds(66), usedUpBudget: true)
        for _ in 0..<5 {
            schedule.finish(
                startedAt: schedule.nextDue, now: schedule.nextDue, usedUpBudget: true)
        }
        let now = schedule.nextDue - .seconds(10)
        schedule.reconfigure(interval: .seconds(5), now: now)
        #expect(schedule.nextDue == now + .seconds(5))
    }
}
