// SPDX-License-Identifier: Apache-2.0

import Declarations
import Health
import Testing

/// Would catch a schedule that drifts, overlaps, bursts after a delay, or takes lateness of control
/// for a failure of the service.
struct CheckScheduleTests {
    static func declaration(
        interval: Int = 1_000, fast: Int = 200, timeout: Int = 200
    ) -> CheckDeclaration {
        let location = SourceLocation(file: "test.lua", line: 1)
        var declaration = CheckDeclaration(
            name: "resolver",
            run: FunctionReference(kind: .check, name: "resolver", location: location, ordinal: 0),
            disableFile: "disable/resolver", location: location)
        declaration.intervalMilliseconds = interval
        declaration.fastIntervalMilliseconds = fast
        declaration.timeoutMilliseconds = timeout
        return declaration
    }

    /// Starts the run at `start`, ends it at `end` and returns whether it counts, in milliseconds.
    private func run(
        _ schedule: inout CheckSchedule, from start: Int, to end: Int, isTransient: Bool = false,
        pause: ControlPause? = nil
    ) -> CheckSchedule.Completion {
        #expect(schedule.begin(now: .milliseconds(start)) == true)
        let completion = schedule.finish(now: .milliseconds(end), latestPause: pause)
        schedule.scheduleNext(isTransient: isTransient, now: .milliseconds(end))
        return completion
    }

    @Test func aRunThatKeptTheThreadIsFollowedByARest() {
        var schedule = CheckSchedule(Self.declaration(), splay: .zero, now: .zero)
        #expect(schedule.begin(now: .zero) == true)
        _ = schedule.finish(now: .milliseconds(300), latestPause: nil)
        schedule.scheduleNext(
            isTransient: true, now: .milliseconds(300), held: .milliseconds(300))
        #expect(schedule.nextDue == .milliseconds(3_000))
        // A short one comes when it is due.
        #expect(schedule.begin(now: .milliseconds(3_000)) == true)
        _ = schedule.finish(now: .milliseconds(3_002), latestPause: nil)
        schedule.scheduleNext(
            isTransient: false, now: .milliseconds(3_002), held: .milliseconds(2))
        #expect(schedule.nextDue == .milliseconds(4_000))
    }

    @Test func aRunThatUsesUpItsBudgetIsPutOffLongerEachTime() {
        var schedule = CheckSchedule(Self.declaration(), splay: .zero, now: .zero)
        var delays: [Duration] = []
        for round in 0..<6 {
            let now = schedule.nextDue
            #expect(schedule.begin(now: now) == true)
            _ = schedule.finish(now: now, latestPause: nil)
            schedule.scheduleNext(isTransient: true, now: now, usedUpBudget: round != 4)
            delays.append(schedule.nextDue - now)
        }
        #expect(
            delays == [
                .seconds(1), .seconds(2), .seconds(4), .seconds(8), .milliseconds(200), .seconds(1),
            ])
    }

    @Test func targetsAreSpreadOverTheInterval() {
        let count = 4
        var starts: [[Int]] = []
        for number in 0..<count {
            var schedule = CheckSchedule(
                Self.declaration(), splay: .zero, share: .init(number, of: count),
                now: .seconds(100))
            var own: [Int] = []
            for round in 0..<5 {
                let due = Int(schedule.nextDue / .milliseconds(1))
                own.append(due - 100_000)
                // Rising for two rounds, then up.
                #expect(
                    run(&schedule, from: due, to: due + 20, isTransient: round < 2) == .counts)
            }
            starts.append(own)
        }
        // The first verdict is not later for it than the fast interval.
        #expect(starts.map { $0[0] } == [0, 50, 100, 150])
        #expect(starts.map { $0[1] } == [200, 250, 300, 350])
        // Then one after the other, no further apart than the interval.
        #expect(starts.map { $0[4] % 1_000 } == [0, 250, 500, 750])
        for own in starts {
            for (one, next) in zip(own, own.dropFirst()) {
                #expect((1...1_000).contains(next - one))
            }
            #expect(own[4] - own[3] == 1_000)
        }
    }

    @Test func startsAreOneIntervalApartHoweverLongARunTakes() {
        var schedule = CheckSchedule(Self.declaration(), splay: .zero, now: .zero)
        #expect(run(&schedule, from: 0, to: 150) == .counts)
        #expect(schedule.nextDue == .milliseconds(1_000))
    }

    @Test func smallLatenessDoesNotAddUp() {
        var schedule = CheckSchedule(Self.declaration(), splay: .zero, now: .zero)
        for round in 0..<100 {
            _ = run(&schedule, from: round * 1_000 + 7, to: round * 1_000 + 60)
        }
        #expect(schedule.nextDue == .seconds(100))
    }

    @Test func transientPositionsUseTheFastInterval() {
        var schedule = CheckSchedule(Self.declaration(), splay: .zero, now: .zero)
        _ = run(&schedule, from: 0, to: 50, isTransient: true)
        #expect(schedule.nextDue == .milliseconds(200))
    }

    @Test func aFastIntervalLongerThanTheIntervalIsNotUsed() {
        var schedule = CheckSchedule(
            Self.declaration(interval: 100, fast: 500), splay: .zero, now: .zero)
        _ = run(&schedule, from: 0, to: 10, isTransient: true)
        #expect(schedule.nextDue == .milliseconds(100))
    }

    @Test func aRunThatOutlastsItsIntervalDelaysTheNextAndNothingIsMadeUp() {
        var schedule = CheckSchedule(
            Self.declaration(timeout: 5_000), splay: .zero, now: .zero)
        #expect(schedule.begin(now: .zero) == true)
        #expect(schedule.timerDeadline == nil)
        #expect(schedule.begin(now: .seconds(1)) == false)
        #expect(schedule.finish(now: .milliseconds(3_400), latestPause: nil) == .counts)
        schedule.scheduleNext(isTransient: false, now: .milliseconds(3_400))
        #expect(schedule.nextDue == .milliseconds(3_400))
        #expect(schedule.overruns == 1)
        _ = run(&schedule, from: 3_400, to: 3_450)
        #expect(schedule.nextDue == .milliseconds(4_400))
    }

    @Test func nothingStartsBeforeItsTimeAndSplayDelaysTheFirst() {
        var schedule = CheckSchedule(
            Self.declaration(), splay: .milliseconds(300), now: .seconds(10))
        #expect(schedule.timerDeadline == .milliseconds(10_300))
        #expect(schedule.begin(now: .milliseconds(10_299)) == false)
        #expect(schedule.begin(now: .milliseconds(10_300)) == true)
    }

    @Test func aLateStartMovesTheGridInsteadOfBursting() {
        var schedule = CheckSchedule(Self.declaration(), splay: .zero, now: .zero)
        _ = run(&schedule, from: 7_300, to: 7_350)
        #expect(schedule.nextDue == .milliseconds(8_300))
    }

    @Test func aRunThatControlLetRunFarPastItsTimeoutIsDiscarded() {
        var schedule = CheckSchedule(Self.declaration(timeout: 200), splay: .zero, now: .zero)
        #expect(run(&schedule, from: 0, to: 5_200) == .discarded)
        #expect(schedule.discarded == 1)
        #expect(schedule.nextDue == .milliseconds(5_200))
    }

    @Test(arguments: [
        (pauseStart: 50, pauseEnd: 180, completion: CheckSchedule.Completion.discarded),
        (pauseStart: -900, pauseEnd: 20, completion: .discarded),
        (pauseStart: -900, pauseEnd: 0, completion: .counts),
        (pauseStart: 200, pauseEnd: 400, completion: .counts),
    ])
    func aRunThatAPauseFellIntoIsDiscarded(
        pauseStart: Int, pauseEnd: Int, completion: CheckSchedule.Completion
    ) {
        var schedule = CheckSchedule(Self.declaration(), splay: .zero, now: .zero)
        let pause = ControlPause(
            start: .milliseconds(pauseStart), end: .milliseconds(pauseEnd))
        #expect(run(&schedule, from: 0, to: 190, pause: pause) == completion)
    }

    @Test func aDiscardedRoundIsRepeatedSoon() {
        var schedule = CheckSchedule(Self.declaration(), splay: .zero, now: .zero)
        let pause = ControlPause(start: .milliseconds(10), end: .milliseconds(150))
        #expect(run(&schedule, from: 0, to: 160, pause: pause) == .discarded)
        #expect(schedule.nextDue == .milliseconds(200))
        #expect(run(&schedule, from: 200, to: 250) == .counts)
        #expect(schedule.nextDue == .milliseconds(1_200))
    }

    @Test func latenessForGoodDoesNotBlindTheCheck() {
        var schedule = CheckSchedule(Self.declaration(timeout: 200), splay: .zero, now: .zero)
        var seen: [CheckSchedule.Completion] = []
        var start = 0
        for _ in 0...CheckSchedule.discardedInARowMax {
            seen.append(run(&schedule, from: start, to: start + 900))
            start += 1_000
        }
        #expect(seen.dropLast().allSatisfy { $0 == .discarded })
        #expect(seen.last == .counts)
    }

    @Test func aRunOutOfTurnMovesTheGrid() {
        var schedule = CheckSchedule(Self.declaration(), splay: .zero, now: .zero)
        _ = run(&schedule, from: 0, to: 50)
        #expect(schedule.beginNow(now: .milliseconds(400)) == true)
        #expect(schedule.beginNow(now: .milliseconds(410)) == false)
        #expect(schedule.finish(now: .milliseconds(450), latestPause: nil) == .counts)
        schedule.scheduleNext(isTransient: false, now: .milliseconds(450))
        #expect(schedule.nextDue == .milliseconds(1_400))
    }

    @Test func reloadKeepsTheNextDueTimeUnlessTheNewIntervalIsShorter() {
        var schedule = CheckSchedule(
            Self.declaration(interval: 10_000), splay: .zero, now: .zero)
        _ = run(&schedule, from: 0, to: 50)
        schedule.reconfigure(Self.declaration(interval: 60_000), now: .seconds(3))
        #expect(schedule.nextDue == .seconds(10))
        schedule.reconfigure(Self.declaration(interval: 5_000), now: .seconds(3))
        #expect(schedule.nextDue == .seconds(5))
        schedule.reconfigure(Self.declaration(interval: 1_000), now: .seconds(3))
        #expect(schedule.nextDue == .seconds(3))
    }

    @Test func anAbandonedRunLetsTheNextStart() {
        var schedule = CheckSchedule(Self.declaration(), splay: .zero, now: .zero)
        #expect(schedule.begin(now: .zero) == true)
        schedule.abandon(now: .milliseconds(500))
        #expect(schedule.timerDeadline == .milliseconds(500))
        #expect(schedule.finish(now: .milliseconds(600), latestPause: nil) == .discarded)
    }

    @Test(arguments: UInt64(1)...20)
    func runsNeverOverlapNorComeTooOften(number: UInt64) {
        let seed = SeededGenerator.seed(number)
        var random = SeededGenerator(state: seed)
        var schedule = CheckSchedule(Self.declaration(timeout: 2_000), splay: .zero, now: .zero)
        var now = Duration.zero
        var starts: [Duration] = []
        for _ in 0..<500 {
            now = max(now, schedule.nextDue) + .milliseconds(Int.random(in: 0...5, using: &random))
            #expect(schedule.begin(now: now) == true, "seed \(seed)")
            starts.append(now)
            now += .milliseconds(Int.random(in: 1...1_500, using: &random))
            _ = schedule.finish(now: now, latestPause: nil)
            schedule.scheduleNext(isTransient: Bool.random(using: &random), now: now)
            #expect(schedule.nextDue >= now - .seconds(1), "seed \(seed)")
        }
        // A start may be 5 ms late and the next on its grid: never closer than the fast interval
        // but for that.
        for (one, other) in zip(starts, starts.dropFirst()) {
            #expect(other - one >= .milliseconds(195), "seed \(seed)")
        }
    }
}
