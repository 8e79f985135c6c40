// SPDX-License-Identifier: Apache-2.0

import Declarations
import Health
import Testing

/// Would catch a verdict that changes by anything less than a full streak, a success or failure
/// that returns to the wrong side, and an error that is taken for evidence.
struct CheckStateMachineTests {
    @Test(arguments: [
        // rise and fall
        (rise: 3, fall: 3, steps: "SSS", states: "rrU"),
        (rise: 1, fall: 1, steps: "SFSF", states: "UDUD"),
        (rise: 3, fall: 3, steps: "FFF", states: "ffD"),
        (rise: 2, fall: 3, steps: "SSFFF", states: "rUffD"),
        (rise: 3, fall: 2, steps: "SSSFFSSS", states: "rrUfDrrU"),
        // a success in falling goes straight back, and the streak is new
        (rise: 3, fall: 3, steps: "SSSFFSFFF", states: "rrUffUffD"),
        // a failure in rising goes straight back
        (rise: 3, fall: 3, steps: "FFFSSFSSS", states: "ffDrrDrrU"),
        // before the first verdict there is no side to go back to
        (rise: 3, fall: 3, steps: "SSFSSS", states: "rrfrrU"),
        (rise: 3, fall: 2, steps: "SFF", states: "rfD"),
        (rise: 2, fall: 3, steps: "FFSFFF", states: "ffrffD"),
        // errors are no evidence
        (rise: 3, fall: 3, steps: "SSSEEES", states: "rrUEEEU"),
        (rise: 3, fall: 3, steps: "SSSEFFF", states: "rrUEffD"),
        (rise: 3, fall: 3, steps: "SSESSS", states: "rrErrU"),
        (rise: 3, fall: 3, steps: "SSEFFF", states: "rrEffD"),
        (rise: 3, fall: 3, steps: "FFFES", states: "ffDEr"),
        (rise: 3, fall: 3, steps: "FFFEF", states: "ffDED"),
        // errors between failures do not hold it up
        (rise: 3, fall: 3, steps: "SSSFEFEF", states: "rrUfEfED"),
        (rise: 3, fall: 3, steps: "SSSFESFFF", states: "rrUfEUffD"),
        // the disable file
        (rise: 2, fall: 2, steps: "SSDSSGSS", states: "rUXXX?rU"),
        (rise: 2, fall: 2, steps: "FFDGFF", states: "fDX?fD"),
        (rise: 2, fall: 2, steps: "SSEDGE", states: "rUEX?E"),
    ])
    func statesFollowOutcomes(rise: Int, fall: Int, steps: String, states: String) {
        var timeline = CheckTimeline(rise: rise, fall: fall)
        #expect(timeline.play(steps) == states)
    }

    @Test func progressCountsTheStreak() {
        var timeline = CheckTimeline()
        var seen: [String] = []
        for step in "SSSFFFSS" {
            timeline.play(String(step))
            seen.append(timeline.machine.progress)
        }
        #expect(seen == ["1/3", "2/3", "", "1/3", "2/3", "", "1/3", "2/3"])
        #expect(timeline.machine.words == "rising 2/3")
    }

    @Test func theVerdictIsUnknownUntilTheFirstFullStreak() {
        var timeline = CheckTimeline()
        timeline.play("SS")
        #expect(timeline.machine.verdict == .unknown)
        timeline.play("FF")
        #expect(timeline.machine.verdict == .unknown)
        timeline.play("F")
        #expect(timeline.machine.verdict == .down)
    }

    @Test func theVerdictStandsWhileFallingAndRising() {
        var timeline = CheckTimeline()
        timeline.play("SSSFF")
        #expect(timeline.machine.verdict == .up)
        timeline.play("FSS")
        #expect(timeline.machine.verdict == .down)
    }

    @Test func actionsNameEachChangeOnceWithItsCause() {
        var timeline = CheckTimeline(rise: 2, fall: 2)
        timeline.play("SSSFSFFFEED")
        #expect(
            timeline.actions == [
                .moved(to: .rising, cause: "ok"), .becameUp(cause: "ok (2 successes in a row)"),
                .none, .moved(to: .falling, cause: "no answer"), .moved(to: .up, cause: "ok"),
                .moved(to: .falling, cause: "no answer"),
                .becameDown(cause: "no answer (2 failures in a row)"), .none,
                .becameError(cause: "a.lua:3: nil"), .none, .becameDisabled(cause: "file"),
            ])
    }

    @Test func aDisabledCheckIgnoresTheRunThatEndsLate() {
        var timeline = CheckTimeline(rise: 1)
        timeline.play("SD")
        #expect(timeline.machine.record(.up(score: 1, detail: ""), now: .seconds(9)) == .none)
        #expect(timeline.machine.runs == 1)
        #expect(timeline.machine.verdict == .disabled)
        #expect(timeline.machine.score == 0)
    }

    @Test func errorsHoldAnUpVerdictForTheGraceAndThenCountAsDown() {
        var timeline = CheckTimeline(errorGrace: .seconds(5))
        timeline.play("SSSE")
        #expect(timeline.machine.verdict == .error)
        #expect(timeline.machine.graceDeadline == .seconds(9))
        timeline.play("EEEE")
        #expect(timeline.machine.verdict == .error)
        timeline.play("E")
        #expect(timeline.machine.verdict == .down)
        #expect(timeline.machine.state == .error)
        #expect(
            timeline.actions.last
                == .becameDown(cause: "its script failed for 5 s: a.lua:3: nil"))
        #expect(timeline.machine.flaps == 1)
        #expect(timeline.machine.graceDeadline == nil)
        #expect(timeline.play("SSS") == "rrU")
    }

    @Test func theGraceLapsesByTimeAloneWhenNoRunEnds() {
        var timeline = CheckTimeline(errorGrace: .seconds(3))
        timeline.play("SSSE..")
        #expect(timeline.machine.verdict == .error)
        timeline.play(".")
        #expect(timeline.machine.verdict == .down)
    }

    @Test func anAnswerDuringTheGraceStartsItAnew() {
        var timeline = CheckTimeline(errorGrace: .seconds(3))
        timeline.play("SSSEESEE")
        #expect(timeline.machine.verdict == .error)
        #expect(timeline.machine.graceDeadline == .seconds(10))
    }

    @Test func aGraceOfZeroTakesAnErrorForDown() {
        var timeline = CheckTimeline(errorGrace: .zero)
        timeline.play("SSSE")
        #expect(timeline.machine.verdict == .down)
    }

    @Test(arguments: ["E", "EEE", "SSE", "FFFE", "FFE"])
    func aCheckThatWasNeverUpIsNotHeldUpByErrors(steps: String) {
        var timeline = CheckTimeline()
        timeline.play(steps)
        #expect([.unknown, .down].contains(timeline.machine.verdict))
        #expect(timeline.machine.graceDeadline == nil)
    }

    @Test func countersCountRunsFailuresErrorsAndFlaps() {
        var timeline = CheckTimeline(rise: 1, fall: 1)
        timeline.play("FSFSEFS")
        let machine = timeline.machine
        #expect(machine.runs == 7)
        #expect(machine.failures == 3)
        #expect(machine.errors == 1)
        #expect(machine.flaps == 2)
        #expect(machine.lastGood == .seconds(7))
    }

    @Test func sinceMovesWithTheStateOnly() {
        var timeline = CheckTimeline(rise: 2)
        timeline.play("SS")
        #expect(timeline.machine.since == .seconds(2))
        timeline.play("SSS")
        #expect(timeline.machine.since == .seconds(2))
        timeline.play("F")
        #expect(timeline.machine.since == .seconds(6))
    }

    @Test(arguments: [(-1.0, 0.0), (0.25, 0.25), (7.0, 1.0), (Double.nan, 0.0)])
    func scoresAreKeptBetweenZeroAndOne(given: Double, kept: Double) {
        var timeline = CheckTimeline(rise: 1)
        _ = timeline.machine.record(.up(score: given, detail: ""), now: .seconds(1))
        #expect(timeline.machine.score == kept)
    }

    @Test func reloadKeepsThePositionAndMeasuresTheNextOutcomeByTheNewSettings() {
        var timeline = CheckTimeline(rise: 5, fall: 5)
        timeline.play("SSS")
        let before = timeline.machine
        timeline.machine.reconfigure(
            CheckThresholds(rise: 2, fall: 4, errorGrace: .seconds(60)))
        #expect(timeline.machine.state == before.state)
        #expect(timeline.machine.since == before.since)
        #expect(timeline.machine.progress == "2/2")
        #expect(timeline.play("SFFFF") == "UfffD")
    }

    @Test func thresholdsBelowOneAreOne() {
        let thresholds = CheckThresholds(rise: 0, fall: -4, errorGrace: .seconds(-1))
        #expect(thresholds == CheckThresholds(rise: 1, fall: 1, errorGrace: .zero))
    }

    @Test func wordsCarryTheDetailThatMatters() {
        var timeline = CheckTimeline(rise: 1, fall: 2)
        timeline.play("SF")
        #expect(timeline.machine.words == "falling 1/2: no answer")
        timeline.play("S")
        #expect(timeline.machine.words == "up")
        timeline.play("E")
        #expect(timeline.machine.words == "error: a.lua:3: nil")
    }
}
