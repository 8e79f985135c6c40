// SPDX-License-Identifier: Apache-2.0
//
// One entry for each check: its position (Health's state machine), its schedule, and the run that
// goes on. The position and the schedule outlive generations under the check's name; the run does
// not: a reload cancels it and starts the new script at once.

import Declarations
import Glibc
import Health
import Logging
import NIOCore
import Probing
import Scripting

/// Runs the checks of the current generation on their schedules and keeps their verdicts.
///
/// Confined to control's event loop.
final class CheckRunner {
    private struct Entry {
        var declaration: CheckDeclaration
        /// Its ordinal in the generation's configuration.
        var index: Int
        var machine: CheckStateMachine
        var schedule: CheckSchedule
        var run: CheckRun?
        /// Fires when the next run is due.
        var timer: Scheduled<Void>?
        /// Fires when the run that goes on has taken too long.
        var timeoutTimer: Scheduled<Void>?
        var graceTimer: Scheduled<Void>?
    }

    /// Called after a check's state changed, in words for the log.
    var onChange: (_ name: String, _ action: CheckStateMachine.Action) -> Void = { _, _ in }

    /// Called after every run that counted, changed or not.
    var onResult: (_ name: String) -> Void = { _ in }

    private let clock: ControlClock
    private let prober: any Prober
    private let logger: Logger
    private var entries: [String: Entry] = [:]
    private(set) var names: [String] = []
    private var scripts: ControlScripts?
    private(set) var pauses = PauseDetector()

    init(clock: ControlClock, prober: any Prober, logger: Logger) {
        self.clock = clock
        self.prober = prober
        self.logger = logger
    }

    /// Makes the checks those of `configuration`; positions are kept by name.
    func apply(_ configuration: DeclaredConfiguration, scripts: ControlScripts) {
        stopRuns()
        self.scripts = scripts
        let now = clock.now
        var next: [String: Entry] = [:]
        for (index, declaration) in configuration.checks.enumerated() {
            var entry = entries[declaration.name] ?? fresh(declaration, index: index, now: now)
            entry.declaration = declaration
            entry.index = index
            entry.machine.reconfigure(CheckThresholds(declaration))
            entry.schedule.reconfigure(declaration, now: now)
            next[declaration.name] = entry
        }
        entries = next
        names = configuration.checks.map(\.name)
        for name in names {
            arm(name)
            armGrace(name)
        }
    }

    private func fresh(_ declaration: CheckDeclaration, index: Int, now: Duration) -> Entry {
        let splay = Int.random(in: 0...max(0, declaration.splayMilliseconds))
        return Entry(
            declaration: declaration, index: index,
            machine: CheckStateMachine(thresholds: CheckThresholds(declaration), now: now),
            schedule: CheckSchedule(declaration, splay: .milliseconds(splay), now: now))
    }

    /// Cancels every run and timer; used before a generation's scripts go.
    func stopRuns() {
        let now = clock.now
        for name in names {
            entries[name]?.run?.cancel()
            entries[name]?.run = nil
            entries[name]?.timer?.cancel()
            entries[name]?.timeoutTimer?.cancel()
            entries[name]?.graceTimer?.cancel()
            entries[name]?.schedule.abandon(now: now)
        }
    }

    /// The position of a check, for status and rules.
    func machine(_ name: String) -> CheckStateMachine? { entries[name]?.machine }

    // MARK: - Runs

    private func arm(_ name: String) {
        guard var entry = entries[name], let due = entry.schedule.timerDeadline else { return }
        entry.timer?.cancel()
        entry.timer = clock.schedule(at: due) { [weak self] in self?.fire(name, due: due) }
        entries[name] = entry
    }

    private func fire(_ name: String, due: Duration) {
        guard var entry = entries[name], let scripts else { return }
        let now = clock.now
        if let pause = pauses.timerFired(due: due, now: now) {
            logger.warning(
                "control was late: results of that time are not counted",
                metadata: ["seconds": "\((pause.end - pause.start) / .seconds(1))"])
        }
        let isDisabled = access(entry.declaration.disableFile, F_OK) == 0
        let action = entry.machine.setDisabled(
            isDisabled,
            cause: entry.declaration.disableFile + (isDisabled ? " exists" : " is gone"),
            now: now)
        let isDue = entry.schedule.begin(now: now)
        if isDue, isDisabled {
            // Only its time passes: the file is looked for again when the next run is due.
            _ = entry.schedule.finish(now: now, latestPause: nil)
            entry.schedule.scheduleNext(isTransient: false, now: now)
        }
        entries[name] = entry
        report(name, action)
        if isDue, !isDisabled { start(name, entry, scripts) } else { arm(name) }
    }

    private func start(_ name: String, _ entry: Entry, _ scripts: ControlScripts) {
        let startedAt = entry.schedule.startedAt
        let run = scripts.runCheck(
            entry.index, context: Self.context(of: entry.declaration, machine: entry.machine),
            prober: prober
        ) { [weak self] outcome, _ in
            self?.finish(name, startedAt: startedAt, outcome)
        }
        // A check that never waited has finished by now.
        guard let startedAt, entries[name]?.schedule.startedAt == startedAt else { return }
        entries[name]?.run = run
        let limit = Duration.milliseconds(entry.declaration.timeoutMilliseconds)
        entries[name]?.timeoutTimer = clock.schedule(at: startedAt + limit) { [weak self] in
            guard let self, entries[name]?.schedule.startedAt == startedAt else { return }
            let detail = Self.timeoutWords(run, limit: limit)
            run.cancel()
            finish(name, startedAt: startedAt, .down(detail: detail, isHard: false))
        }
    }

    private func finish(
        _ name: String, startedAt: Duration?, _ outcome: Scripting.CheckOutcome
    ) {
        guard var entry = entries[name], entry.schedule.startedAt == startedAt else { return }
        let now = clock.now
        entry.run = nil
        entry.timeoutTimer?.cancel()
        let completion = entry.schedule.finish(now: now, latestPause: pauses.latest)
        var action = CheckStateMachine.Action.none
        if completion == .counts {
            action = entry.machine.record(Health.CheckOutcome(outcome), now: now)
        }
        entry.schedule.scheduleNext(isTransient: entry.machine.isTransient, now: now)
        entries[name] = entry
        armGrace(name)
        report(name, action)
        if completion == .counts { onResult(name) }
        arm(name)
    }

    /// The verdict that stands through errors lapses by itself.
    private func armGrace(_ name: String) {
        entries[name]?.graceTimer?.cancel()
        guard let deadline = entries[name]?.machine.graceDeadline else { return }
        entries[name]?.graceTimer = clock.schedule(at: deadline) { [weak self] in
            guard let self, let action = entries[name]?.machine.advance(now: clock.now) else {
                return
            }
            report(name, action)
        }
    }

    private func report(_ name: String, _ action: CheckStateMachine.Action) {
        guard action != .none else { return }
        onChange(name, action)
    }

    /// What is said of a run that took too long: `no verdict in 0.5 s, waiting for dns.query …`.
    static func timeoutWords(_ run: CheckRun, limit: Duration) -> String {
        "no verdict in \(limit / .seconds(1)) s"
            + (run.waitingFor.map { ", waiting for \($0)" } ?? "")
    }

    static func context(
        of declaration: CheckDeclaration, machine: CheckStateMachine?
    ) -> CheckContext {
        let previous = machine.flatMap { machine in
            machine.runs == 0
                ? nil
                : CheckContext.Previous(isUp: machine.verdict == .up, detail: machine.detail)
        }
        return CheckContext(
            name: declaration.name, previous: previous,
            deadlineSeconds: Double(declaration.timeoutMilliseconds) / 1_000)
    }
}

extension Health.CheckOutcome {
    /// The verdict without what only the script side needs.
    init(_ outcome: Scripting.CheckOutcome) {
        switch outcome {
        case .up(let score, let detail): self = .up(score: score, detail: detail)
        case .down(let detail, _): self = .down(detail: detail)
        case .error(let fault): self = .error(detail: fault.description)
        }
    }
}
