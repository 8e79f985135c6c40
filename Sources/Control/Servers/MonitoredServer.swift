// SPDX-License-Identifier: Apache-2.0

import Balancing
import Declarations
import Health
import NIOCore
import Probing

/// What a ``ServerMonitor`` knows of one server.
final class MonitoredServer {
    var declaration: ServerDeclaration
    var handle: ServerHandle
    var machine: ServerHealthStateMachine
    /// Says when to probe while health checks are lazy; `nil` while they are not.
    var lazy: LazyHealthStateMachine?
    var nextDue: Duration
    var timer: Scheduled<Void>?
    var probe: ProbeHandle?
    /// When the probe that goes on, or the last one, was sent.
    var probedAt = Duration.zero
    /// What the last probe said, in words.
    var detail = ""
    /// The plane's counters when they were last looked at.
    private var outcomesSeen: QueryOutcomes

    init(_ declaration: ServerDeclaration, handle: ServerHandle, now: Duration) {
        self.declaration = declaration
        self.handle = handle
        machine = ServerHealthStateMachine(declaration)
        nextDue = now
        detail = declaration.bar ?? ""
        outcomesSeen = Self.outcomes(of: handle)
        followMode(now: now)
    }

    /// Whether our own health check decides about it now.
    var isProbed: Bool { declaration.check == nil && handle.forced == .auto }

    /// Takes the declaration of a new generation, or what a script changed of it.
    func reconfigure(_ declaration: ServerDeclaration, now: Duration) {
        let isChanged = self.declaration.healthCheck != declaration.healthCheck
        self.declaration = declaration
        machine.reconfigure(declaration.healthCheck)
        if let bar = declaration.bar { detail = bar }
        followMode(now: now)
        if isChanged { nextDue = now }
    }

    private func followMode(now: Duration) {
        guard declaration.healthCheck.mode == .lazy else { return lazy = nil }
        if lazy == nil {
            outcomesSeen = Self.outcomes(of: handle)
            lazy = LazyHealthStateMachine(
                declaration.healthCheck, isUp: handle.upStatus, now: now)
        }
        lazy?.reconfigure(declaration.healthCheck)
    }

    /// Whether a probe is to be sent now. Sees to it that the next look comes in time.
    func isProbeDue(now: Duration) -> Bool {
        _ = machine.force(handle.forced)
        followUpStatus(now: now)
        let outcomes = Self.outcomes(of: handle)
        let latest = outcomes.since(outcomesSeen)
        outcomesSeen = outcomes
        let interval = Duration.seconds(declaration.healthCheck.intervalSeconds)
        guard isProbed, lazy != nil else {
            // Start to start; a run that outlasted its interval delays the next one only.
            nextDue = max(nextDue + interval, now)
            return isProbed
        }
        lazy?.note(latest)
        let isDue = lazy?.isProbeDue(now: now) ?? true
        if !isDue { nextDue = lazy?.nextDue(now: now) ?? now + interval }
        return isDue
    }

    /// Records what a probe found.
    func record(isSuccess: Bool, now: Duration) -> ServerHealthStateMachine.Action {
        _ = machine.force(handle.forced)
        followUpStatus(now: now)
        let action = machine.record(isSuccess: isSuccess)
        lazy?.record(isSuccess: isSuccess, isUp: machine.upStatus, startedAt: probedAt)
        if let lazy { nextDue = lazy.nextDue(now: now) }
        return action
    }

    /// Records that its `checkFunction` failed.
    func recordError(now: Duration) -> ServerHealthStateMachine.Action {
        if lazy != nil {
            nextDue = now + .seconds(declaration.healthCheck.intervalSeconds)
        }
        return machine.recordError(now: now)
    }

    /// Scripts write the last result, too: `server.upStatus = true`, `server:setAuto(false)`.
    private func followUpStatus(now: Duration) {
        let upStatus = handle.upStatus
        if !machine.awaitsInitialCheck, machine.needsChecks, machine.upStatus != upStatus {
            _ = machine.setAuto(upStatus: upStatus)
        }
        if !machine.awaitsInitialCheck { lazy?.follow(isUp: upStatus, now: now) }
    }

    private static func outcomes(of handle: ServerHandle) -> QueryOutcomes {
        QueryOutcomes(
            answers: handle.total(.responses), serverFailures: handle.total(.serverFailures),
            losses: handle.total(.drops) &+ handle.total(.sendErrors))
    }

    func stop() {
        timer?.cancel()
        probe?.cancel()
        probe = nil
    }
}
