// SPDX-License-Identifier: Apache-2.0
//
// One entry for each check, or for each target of one that has targets: its position (Health's state
// machine), its schedule, and the run that goes on. The position and the schedule outlive generations
// under the check's and the target's name; the run does not: a reload cancels it and starts the new
// script at once.

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
    struct Entry {
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

    /// Called after a check's state changed, or a target's, or that of a check with targets as a
    /// whole (a unit without a target).
    var onChange: (_ unit: CheckUnit, _ action: CheckStateMachine.Action) -> Void = { _, _ in }

    /// Called after every run that counted, changed or not.
    var onResult: (_ check: String) -> Void = { _ in }

    let clock: ControlClock
    /// Made with the first check.
    var disableWatch: DisableWatch?
    private let prober: any Prober
    let logger: Logger
    private let selfChecks: SelfCheckLog
    private(set) var entries: [CheckUnit: Entry] = [:]
    /// Of the checks that have targets, by their names.
    private(set) var wholes: [String: TargetsStateMachine] = [:]
    private(set) var declarations: [String: CheckDeclaration] = [:]
    /// In order of declaration.
    private(set) var names: [String] = []
    private var scripts: ControlScripts?
    /// By a person, over what their runs say.
    private(set) var forced: [String: ForcedVerdict] = [:]
    private(set) var pauses = PauseDetector()

    init(clock: ControlClock, prober: any Prober, logger: Logger) {
        self.clock = clock
        self.prober = prober
        self.logger = logger
        selfChecks = SelfCheckLog(logger: logger)
    }

    /// Makes the checks those of `configuration`; positions are kept by name.
    func apply(_ configuration: DeclaredConfiguration, scripts: ControlScripts) {
        stopRuns()
        selfChecks.apply(configuration)
        self.scripts = scripts
        let now = clock.now
        var next: [CheckUnit: Entry] = [:]
        for (index, declaration) in configuration.checks.enumerated() {
            let units = declaration.units
            for (number, unit) in units.enumerated() {
                let share = CheckSchedule.Share(number, of: units.count)
                var entry =
                    entries[unit] ?? fresh(declaration, index: index, share: share, now: now)
                entry.declaration = declaration
                entry.index = index
                entry.machine.reconfigure(CheckThresholds(declaration))
                entry.schedule.reconfigure(declaration, share: share, now: now)
                next[unit] = entry
            }
        }
        entries = next
        names = configuration.checks.map(\.name)
        declarations = Dictionary(configuration.checks.map { ($0.name, $0) }) { one, _ in one }
        let withTargets = configuration.checks.filter { !$0.targets.isEmpty }.map(\.name)
        wholes = Dictionary(
            withTargets.map { ($0, wholes[$0] ?? TargetsStateMachine(now: now)) }
        ) { one, _ in one }
        for unit in entries.keys {
            arm(unit)
            armGrace(unit)
        }
        withTargets.forEach(judge)
        watchDisableFiles()
    }

    /// Has a check that is enabled again run at once.
    func expedite(_ unit: CheckUnit) {
        guard entries[unit]?.schedule.isRunning == false else { return }
        entries[unit]?.schedule.expedite(now: clock.now)
        arm(unit)
    }

    private func fresh(
        _ declaration: CheckDeclaration, index: Int, share: CheckSchedule.Share, now: Duration
    ) -> Entry {
        let splay = Int.random(in: 0...max(0, declaration.splayMilliseconds))
        return Entry(
            declaration: declaration, index: index,
            machine: CheckStateMachine(thresholds: CheckThresholds(declaration), now: now),
            schedule: CheckSchedule(
                declaration, splay: .milliseconds(splay), share: share, now: now))
    }

    /// Replaces what people said of checks; who relies on a verdict is to be told by the caller.
    func setForced(_ forced: [String: ForcedVerdict]) {
        self.forced = forced
    }

    /// Cancels every run and timer; used before a generation's scripts go.
    func stopRuns() {
        let now = clock.now
        for unit in entries.keys {
            entries[unit]?.run?.cancel()
            entries[unit]?.run = nil
            entries[unit]?.timer?.cancel()
            entries[unit]?.timeoutTimer?.cancel()
            entries[unit]?.graceTimer?.cancel()
            entries[unit]?.schedule.abandon(now: now)
        }
    }

    // MARK: - Runs

    private func arm(_ unit: CheckUnit) {
        guard var entry = entries[unit], let due = entry.schedule.timerDeadline else { return }
        entry.timer?.cancel()
        entry.timer = clock.schedule(at: due) { [weak self] in self?.fire(unit, due: due) }
        entries[unit] = entry
    }

    private func fire(_ unit: CheckUnit, due: Duration) {
        let now = clock.now
        if let pause = pauses.timerFired(due: due, now: now) {
            logger.warning(
                "control was late: results of that time are not counted",
                metadata: ["seconds": "\((pause.end - pause.start) / .seconds(1))"])
        }
        guard let declaration = entries[unit]?.declaration else { return }
        let isDisabled = access(declaration.disableFile, F_OK) == 0
        setDisabled(isDisabled, declaration, now: now)
        guard var entry = entries[unit], let scripts else { return }
        let isDue = entry.schedule.begin(now: now)
        if isDue, isDisabled {
            // Only its time passes: the file is looked for again when the next run is due.
            _ = entry.schedule.finish(now: now, latestPause: nil)
            entry.schedule.scheduleNext(isTransient: false, now: now)
        }
        entries[unit] = entry
        if isDue, !isDisabled { start(unit, entry, scripts) } else { arm(unit) }
    }

    /// The file disables the check with all of its targets.
    func setDisabled(_ isDisabled: Bool, _ declaration: CheckDeclaration, now: Duration) {
        let cause = declaration.disableFile + (isDisabled ? " exists" : " is gone")
        var isChanged = false
        for unit in declaration.units {
            let action = entries[unit]?.machine.setDisabled(isDisabled, cause: cause, now: now)
            guard let action, action != .none else { continue }
            isChanged = true
            if unit.target == nil { onChange(unit, action) }
        }
        if isChanged, !declaration.targets.isEmpty { judge(declaration.name) }
    }

    private func start(_ unit: CheckUnit, _ entry: Entry, _ scripts: ControlScripts) {
        let startedAt = entry.schedule.startedAt
        let run = scripts.runCheck(
            entry.index,
            context: Self.context(
                of: entry.declaration, target: entry.declaration.target(unit),
                machine: entry.machine),
            prober: selfChecks.watching(prober, check: unit.check)
        ) { [weak self] outcome, _ in
            self?.finish(unit, startedAt: startedAt, outcome)
        }
        // A check that never waited has finished by now.
        guard let startedAt, entries[unit]?.schedule.startedAt == startedAt else { return }
        entries[unit]?.run = run
        let limit = Duration.milliseconds(entry.declaration.timeoutMilliseconds)
        entries[unit]?.timeoutTimer = clock.schedule(at: startedAt + limit) { [weak self] in
            guard let self, entries[unit]?.schedule.startedAt == startedAt else { return }
            let detail = Self.timeoutWords(run, limit: limit)
            run.cancel()
            finish(unit, startedAt: startedAt, .down(detail: detail, isHard: false))
        }
    }

    private func finish(
        _ unit: CheckUnit, startedAt: Duration?, _ outcome: Scripting.CheckOutcome
    ) {
        guard var entry = entries[unit], entry.schedule.startedAt == startedAt else { return }
        let now = clock.now
        // One that never waited has had the thread to itself: it has not even been noted yet.
        let held = entry.run == nil ? now - (startedAt ?? now) : .zero
        entry.run = nil
        entry.timeoutTimer?.cancel()
        let completion = entry.schedule.finish(now: now, latestPause: pauses.latest)
        var action = CheckStateMachine.Action.none
        if completion == .counts {
            action = entry.machine.record(Health.CheckOutcome(outcome), now: now)
        }
        entry.schedule.scheduleNext(
            isTransient: entry.machine.isTransient, now: now, held: held,
            usedUpBudget: outcome.usedUpBudget)
        if completion == .counts, entry.machine.wantsConfirmation, !outcome.usedUpBudget {
            entry.schedule.expedite(now: now)
        }
        entries[unit] = entry
        armGrace(unit)
        report(unit, action, hasResult: completion == .counts)
        arm(unit)
    }

    /// The verdict that stands through errors lapses by itself.
    private func armGrace(_ unit: CheckUnit) {
        entries[unit]?.graceTimer?.cancel()
        guard let deadline = entries[unit]?.machine.graceDeadline else { return }
        entries[unit]?.graceTimer = clock.schedule(at: deadline) { [weak self] in
            guard let self, let action = entries[unit]?.machine.advance(now: clock.now) else {
                return
            }
            report(unit, action, hasResult: false)
        }
    }

    private func report(
        _ unit: CheckUnit, _ action: CheckStateMachine.Action, hasResult: Bool
    ) {
        if action != .none { onChange(unit, action) }
        if unit.target != nil { judge(unit.check) }
        if hasResult { onResult(unit.check) }
    }

    /// Decides a check with targets as a whole.
    private func judge(_ name: String) {
        guard let declaration = declarations[name], var whole = wholes[name] else { return }
        let action = whole.judge(
            machines(of: declaration),
            needed: declaration.targetsUp.needed(of: declaration.targets.count), now: clock.now)
        wholes[name] = whole
        if action != .none { onChange(CheckUnit(check: name), action) }
    }
}
