// SPDX-License-Identifier: Apache-2.0

import Declarations
import Health
import NIOCore
import Scripting

/// Calls the functions of `every` and `maintenance` at their intervals, in control's VM.
///
/// Confined to control's event loop. A call is bounded by its budget and cannot wait, so that runs
/// never overlap. A reload keeps the phase of a timer that is declared again, and ends the others.
final class ScriptTimers {
    /// What a timer is across reloads: its name (which has the interval), the file of its function,
    /// and which of several of those it is. A line that moved is no change.
    private struct Identity: Hashable {
        let name: String
        let file: String
        let number: Int
    }

    /// What status shows of one.
    struct Status {
        let name: String
        let location: SourceLocation
        let runs: UInt64
        let errors: UInt64
        let lastFault: ScriptFault?
        let nextDue: Duration
    }

    private final class Entry {
        var declaration: TimerDeclaration
        /// Its ordinal in the generation's configuration.
        var index: Int
        var schedule: TimerSchedule
        var timer: Scheduled<Void>?
        var runs: UInt64 = 0
        var errors: UInt64 = 0
        var lastFault: ScriptFault?

        init(_ declaration: TimerDeclaration, index: Int, now: Duration) {
            self.declaration = declaration
            self.index = index
            schedule = TimerSchedule(
                interval: .milliseconds(declaration.intervalMilliseconds), now: now)
        }
    }

    /// Called after each run: it may have changed servers.
    var onRun: () -> Void = {}

    private let clock: ControlClock
    private let faults: FaultLog
    private var entries: [Identity: Entry] = [:]
    private var order: [Identity] = []
    private var scripts: ControlScripts?

    init(clock: ControlClock, faults: FaultLog) {
        self.clock = clock
        self.faults = faults
    }

    var statuses: [Status] {
        order.compactMap { entries[$0] }.map {
            Status(
                name: $0.declaration.function.name, location: $0.declaration.function.location,
                runs: $0.runs, errors: $0.errors, lastFault: $0.lastFault,
                nextDue: $0.schedule.nextDue)
        }
    }

    /// Makes the timers those of `configuration`.
    func apply(_ configuration: DeclaredConfiguration, scripts: ControlScripts) {
        self.scripts = scripts
        let now = clock.now
        var next: [Identity: Entry] = [:]
        order = []
        for (index, declaration) in configuration.timers.enumerated() {
            let identity = identity(of: declaration, taken: next)
            let entry = entries[identity] ?? Entry(declaration, index: index, now: now)
            entry.declaration = declaration
            entry.index = index
            entry.schedule.reconfigure(
                interval: .milliseconds(declaration.intervalMilliseconds), now: now)
            next[identity] = entry
            order.append(identity)
        }
        for entry in entries.values { entry.timer?.cancel() }
        entries = next
        order.forEach(arm)
    }

    private func identity(of declaration: TimerDeclaration, taken: [Identity: Entry]) -> Identity {
        let function = declaration.function
        var number = 1
        while true {
            let identity = Identity(
                name: function.name, file: function.location.file, number: number)
            if taken[identity] == nil { return identity }
            number += 1
        }
    }

    private func arm(_ identity: Identity) {
        guard let entry = entries[identity] else { return }
        entry.timer?.cancel()
        entry.timer = clock.schedule(at: entry.schedule.nextDue) { [weak self] in
            self?.fire(identity)
        }
    }

    private func fire(_ identity: Identity) {
        guard let entry = entries[identity], let scripts else { return }
        let startedAt = clock.now
        let fault = scripts.runTimer(entry.index)
        entry.runs += 1
        if let fault {
            entry.errors += 1
            entry.lastFault = fault
            let function = entry.declaration.function
            faults.note(fault, of: "\(function.name) (\(function.location))")
        }
        entry.schedule.finish(
            startedAt: startedAt, now: clock.now, usedUpBudget: fault?.usedUpBudget ?? false)
        arm(identity)
        onRun()
    }
}
