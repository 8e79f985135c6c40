// SPDX-License-Identifier: Apache-2.0

import Health
import LuaRuntime

/// A check on its schedule in a test: the position that control would have it in.
struct TestWatch {
    static let fields = [
        "up", "state", "progress", "score", "detail", "runs", "failures", "errors", "flaps",
    ]

    let subject: TestBench.Subject
    private(set) var machine: CheckStateMachine
    private var schedule: CheckSchedule

    init(subject: TestBench.Subject, nowMilliseconds: Int) {
        self.subject = subject
        let now = Duration.milliseconds(nowMilliseconds)
        machine = CheckStateMachine(thresholds: CheckThresholds(subject.declaration), now: now)
        schedule = CheckSchedule(subject.declaration, splay: .zero, now: now)
    }

    var dueMilliseconds: Int { Int((schedule.nextDue / .milliseconds(1)).rounded()) }

    mutating func begin(nowMilliseconds: Int) {
        _ = schedule.beginNow(now: .milliseconds(nowMilliseconds))
    }

    mutating func end(_ outcome: Scripting.CheckOutcome, nowMilliseconds: Int) {
        let now = Duration.milliseconds(nowMilliseconds)
        _ = schedule.finish(now: now, latestPause: nil)
        _ = machine.record(Self.outcome(outcome), now: now)
        schedule.scheduleNext(isTransient: machine.isTransient, now: now)
    }

    /// Lets the grace of errors lapse.
    mutating func settle(nowMilliseconds: Int) {
        _ = machine.advance(now: .milliseconds(nowMilliseconds))
    }

    func field(_ name: String) throws(ArgumentError) -> LuaValue {
        switch name {
        case "up": .boolean(machine.verdict == .up)
        case "state": .text(machine.state.rawValue)
        case "progress": .text(machine.progress)
        case "score": .number(machine.score)
        case "detail": .text(machine.detail)
        case "runs": .count(Int(machine.runs))
        case "failures": .count(Int(machine.failures))
        case "errors": .count(Int(machine.errors))
        case "flaps": .count(Int(machine.flaps))
        default:
            throw ArgumentError(
                "a watch has no field '\(name)'"
                    + NearestName.suggestion(for: name, among: Self.fields))
        }
    }

    private static func outcome(_ outcome: Scripting.CheckOutcome) -> Health.CheckOutcome {
        switch outcome {
        case .up(let score, let detail): .up(score: score, detail: detail)
        case .down(let detail, _): .down(detail: detail)
        case .error(let fault): .error(detail: fault.description)
        }
    }
}
