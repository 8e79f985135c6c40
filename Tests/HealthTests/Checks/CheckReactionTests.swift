// SPDX-License-Identifier: Apache-2.0

import Declarations
import Testing

@testable import Health

/// Would catch: a time that `pharos validate` promises and the machine does not keep, or keeps far
/// better. The machine and the schedule are the daemon's; only the clock and the service are played.
@Suite struct CheckReactionTests {
    struct Setting: Sendable, CustomTestStringConvertible {
        var interval: Int
        var fast: Int
        var timeout: Int
        var rise: Int
        var fall: Int
        var grace = 0
        var testDescription: String { "\(interval)/\(fast)/\(timeout) \(rise)↑ \(fall)↓" }

        var declaration: CheckDeclaration {
            let place = SourceLocation(file: "test.lua", line: 1)
            var check = CheckDeclaration(
                name: "c",
                run: FunctionReference(kind: .check, name: "c", location: place, ordinal: 0),
                disableFile: "", location: place)
            check.intervalMilliseconds = interval
            check.fastIntervalMilliseconds = fast
            check.timeoutMilliseconds = timeout
            check.rise = rise
            check.fall = fall
            check.restartGraceMilliseconds = grace
            return check
        }
    }

    static let settings = [
        Setting(interval: 100, fast: 20, timeout: 20, rise: 3, fall: 3),
        Setting(interval: 100, fast: 20, timeout: 50, rise: 3, fall: 3),
        Setting(interval: 100, fast: 20, timeout: 100, rise: 2, fall: 4),
        Setting(interval: 100, fast: 60, timeout: 10, rise: 5, fall: 2),
        Setting(interval: 100, fast: 100, timeout: 30, rise: 1, fall: 1),
        Setting(interval: 40, fast: 10, timeout: 10, rise: 1, fall: 3),
        Setting(interval: 40, fast: 10, timeout: 10, rise: 3, fall: 1),
        Setting(interval: 40, fast: 10, timeout: 10, rise: 1, fall: 2, grace: 30),
        Setting(interval: 40, fast: 10, timeout: 10, rise: 1, fall: 2, grace: 97),
    ]

    @Test(arguments: settings) func aHangIsDownExactlyAsLateAsIsSaid(_ setting: Setting) throws {
        let declaration = setting.declaration
        let reaction = CheckReaction(declaration)
        // The hang begins at every millisecond of an interval in which all is well.
        let delays = (0..<setting.interval).map { offset in
            let hang = Duration.milliseconds(20 * setting.interval + offset)
            return verdict(.down, in: declaration, from: hang, latency: .zero) { $0 <= hang }
        }
        #expect(delays.max() == reaction.downAtMost)
        #expect(delays.allSatisfy { $0 <= reaction.downAtMost })
    }

    @Test(arguments: settings) func aRecoveryIsUpAsSoonAsIsSaid(_ setting: Setting) throws {
        let declaration = setting.declaration
        let reaction = CheckReaction(declaration)
        let limit = Duration.milliseconds(setting.timeout)
        let delays = (0..<setting.interval).map { offset in
            let end = Duration.milliseconds(20 * setting.interval + offset)
            return verdict(.up, in: declaration, from: end, latency: limit) { $0 >= end }
        }
        // The worst recovery comes within the millisecond behind a start.
        let worst = try #require(delays.max())
        #expect(worst <= reaction.upAtMost)
        #expect(worst >= reaction.upAtMost - .milliseconds(1))
    }

    /// How long after `change` the check's verdict is `wanted`. A run that starts at a time at which
    /// `isAnswered` succeeds after `latency`, any other is lost at its timeout.
    private func verdict(
        _ wanted: CheckStateMachine.Verdict, in declaration: CheckDeclaration,
        from change: Duration, latency: Duration, isAnswered: (Duration) -> Bool
    ) -> Duration {
        var machine = CheckStateMachine(thresholds: CheckThresholds(declaration), now: .zero)
        var schedule = CheckSchedule(declaration, splay: .zero, now: .zero)
        let limit = Duration.milliseconds(declaration.timeoutMilliseconds)
        for _ in 0..<10_000 {
            let start = schedule.nextDue
            let hasBegun = schedule.begin(now: start)
            #expect(hasBegun)
            let answered = isAnswered(start)
            let end = start + (answered ? latency : limit)
            let completion = schedule.finish(now: end, latestPause: nil)
            #expect(completion == .counts)
            _ = machine.record(
                answered ? .up(score: 1, detail: "") : .down(detail: "no answer"), now: end)
            schedule.scheduleNext(isTransient: machine.isTransient, now: end)
            if end > change, machine.verdict == wanted { return end - change }
        }
        Issue.record("it never was \(wanted)")
        return .zero
    }
}
