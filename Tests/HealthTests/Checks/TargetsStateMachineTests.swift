// SPDX-License-Identifier: Apache-2.0

import Declarations
import Health
import Testing

/// Would catch: one target that decides for all, or all that decide nothing; a target that a reload
/// adds and that withdraws a route before it has said anything; and errors that count as failures.
struct TargetsStateMachineTests {
    /// A target by the letters of its verdict: u(p), d(own), ? (unknown), e(rror while up),
    /// x (disabled).
    static func targets(_ letters: String) -> [NamedMachine] {
        letters.enumerated().map { index, letter in
            var machine = CheckStateMachine(
                thresholds: CheckThresholds(rise: 1, fall: 1, errorGrace: .seconds(60)), now: .zero)
            switch letter {
            case "u": _ = machine.record(.up(score: 0.5, detail: "fine"), now: .zero)
            case "d": _ = machine.record(.down(detail: "dead"), now: .zero)
            case "e":
                _ = machine.record(.up(score: 1, detail: ""), now: .zero)
                _ = machine.record(.error(detail: "typo"), now: .zero)
            case "x": _ = machine.setDisabled(true, cause: "off", now: .zero)
            default: break
            }
            return NamedMachine(name: "t\(index)", machine: machine)
        }
    }

    @Test(arguments: [
        (needed: 3, steps: ["???", "uu?", "uuu", "uud", "uuu"], verdicts: "??uDu"),
        (needed: 3, steps: ["???", "d??"], verdicts: "?D"),
        (needed: 1, steps: ["???", "d??", "dd?", "ddd", "udd"], verdicts: "???Du"),
        (needed: 2, steps: ["uu?", "ud?", "udd", "uud"], verdicts: "uuDu"),
        // A target that a reload adds changes nothing before its own verdict.
        (needed: 2, steps: ["uu", "uu?", "u?", "ud"], verdicts: "uuuD"),
        (needed: 2, steps: ["dd", "d??", "?u", "uu"], verdicts: "DDDu"),
        // What fails to say counts as what it was, and makes the whole an error.
        (needed: 2, steps: ["uu", "eu", "ee", "ed", "uu"], verdicts: "ueeDu"),
        (needed: 1, steps: ["uu", "ue", "ee"], verdicts: "uue"),
        (needed: 2, steps: ["uu", "xx", "??", "uu"], verdicts: "ux?u"),
    ])
    func theWholeFollowsItsTargets(needed: Int, steps: [String], verdicts: String) {
        var whole = TargetsStateMachine(now: .zero)
        let seen = steps.map { step in
            _ = whole.judge(Self.targets(step), needed: needed, now: .zero)
            return switch whole.verdict {
            case .unknown: "?"
            case .up: "u"
            case .down: "D"
            case .error: "e"
            case .disabled: "x"
            }
        }
        #expect(seen.joined() == verdicts)
    }

    @Test func changesAreToldOnceWithTheCause() {
        var whole = TargetsStateMachine(now: .zero)
        #expect(
            whole.judge(Self.targets("uuu"), needed: 2, now: .seconds(1))
                == .becameUp(cause: "3 of 3 targets up"))
        #expect(whole.since == .seconds(1))
        #expect(whole.judge(Self.targets("uud"), needed: 2, now: .seconds(2)) == .none)
        #expect(whole.detail == "2 of 3 targets up; t2: dead")
        #expect(whole.since == .seconds(1) && whole.flaps == 0)
        #expect(
            whole.judge(Self.targets("udd"), needed: 2, now: .seconds(3))
                == .becameDown(cause: "1 of 3 targets up; t1: dead; t2: dead"))
        #expect(whole.since == .seconds(3) && whole.flaps == 1)
        _ = whole.judge(Self.targets("dddddd"), needed: 2, now: .seconds(4))
        #expect(whole.detail == "0 of 6 targets up; t0: dead; t1: dead; t2: dead; 3 more")
    }

    @Test func theScoreIsTheMeanAndNothingWhileDown() {
        var whole = TargetsStateMachine(now: .zero)
        _ = whole.judge(Self.targets("uud?"), needed: 2, now: .zero)
        #expect(whole.score == 0.25)
        _ = whole.judge(Self.targets("uddd"), needed: 2, now: .zero)
        #expect(whole.score == 0)
    }

    @Test func thePositionSumsTheTargets() {
        var whole = TargetsStateMachine(now: .zero)
        let targets = Self.targets("ude")
        _ = whole.judge(targets, needed: 1, now: .seconds(5))
        let position = CheckPosition(whole, of: targets)
        #expect(position.state == .up && position.verdict == .up)
        #expect(position.runs == 4 && position.failures == 1 && position.errors == 1)
        #expect(position.since == .seconds(5) && position.lastGood == .zero)
        #expect(position.words == "up: 1 of 3 targets up; t1: dead; t2: typo")
    }

    @Test(arguments: [(TargetsUp.all, 4), (.any, 1), (.count(3), 3), (.count(9), 4)])
    func howManyAreNeeded(_ rule: TargetsUp, _ needed: Int) {
        #expect(rule.needed(of: 4) == needed)
    }
}
