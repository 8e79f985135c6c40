// SPDX-License-Identifier: Apache-2.0

import Addressing
import Announcing
import BGPSpeaker
import Balancing
import Declarations
import Health
import Logging
import Scripting

// MARK: - What changes

extension Controller {
    /// Follows what checks and probes say, from the first word on.
    func listen(to parts: ControlParts) {
        parts.servers.onChange = { [weak self] server, isUp, detail in
            self?.assumeIsolated { $0.noteVerdict(of: server, isUp: isUp, detail: detail) }
        }
        parts.watch.onChange = { [weak self] change in
            self?.assumeIsolated { $0.noteServer(change) }
        }
        // Scripts that may act on servers ran.
        let watch = parts.watch
        let onRun = { [weak self, weak watch] () -> Void in
            watch?.lookSoon()
            self?.assumeIsolated { $0.settleBlocks() }
        }
        parts.timers.onRun = onRun
        parts.notifier.onRun = onRun
        parts.announcer.onEvent = { [weak self] event in
            self?.assumeIsolated { $0.noteRoute(event) }
        }
        parts.checks.onChange = { [weak self] unit, action in
            self?.assumeIsolated { $0.noteCheck(unit, action) }
        }
        parts.helpers.onWatchdog = { [weak self] cause in
            self?.assumeIsolated { $0.refreshRoutes(cause: cause) }
        }
        parts.helpers.onReload = { [weak self] in
            guard let self else { return }
            Task { await self.reloadBySignal() }
        }
        parts.checks.onResult = { [weak self] name in
            self?.assumeIsolated { $0.noteResult(of: name) }
        }
    }

    /// What a server's health check says: dnsdist's users watch for this line.
    private func noteVerdict(of server: ServerDeclaration, isUp: Bool, detail: String) {
        let line = ServerHealthStateMachine.line(
            name: server.name, address: server.address, isUp: isUp)
        logger.log(
            level: isUp ? .notice : .warning, "\(line)",
            metadata: detail.isEmpty ? nil : ["detail": "\(detail)"])
        parts?.watch.lookSoon()
    }

    /// A server went up or down for queries, or was forced, by whomever.
    private func noteServer(_ change: ServerWatch.Change) {
        let server = change.server
        var detail = parts?.servers.detail(server.identity) ?? ""
        if change.forced != change.wasForced {
            detail = "set to \(change.forced)"
            // Scripts that undo each other's changes must not fill the log.
            let now = ControlClock.monotonic
            let last = parts?.forcedSaid.updateValue(now, forKey: server.identity)
            if last.map({ now - $0 >= .seconds(1) }) ?? true {
                logger.notice("server \(server.identity) is \(detail) by a script")
            }
        }
        guard change.isUp != change.wasUp else { return }
        parts?.notifier.note(
            StateChange(
                .server, name: server.name, address: "\(server.address)",
                from: change.wasUp.map { $0 ? "up" : "down" } ?? "unknown",
                to: change.isUp ? "up" : "down", detail: detail, at: ControlClock.unixSeconds))
        journalServer(server.identity, isUp: change.isUp, detail: detail)
        refreshRoutes(cause: "server \(server.identity)", .servers)
    }

    private func noteRoute(_ event: RouteEvent) {
        let now = ControlClock.unixSeconds
        if let notifier = parts?.notifier, notifier.hasListeners {
            notifier.note(StateChange(event, at: now))
        }
        journal(event, at: now)
        saveSoon()
    }

    private func noteCheck(_ name: CheckUnit, _ action: CheckStateMachine.Action) {
        guard action != .none else { return }
        // The speaker hears of it before the log does.
        refreshRoutes(cause: "check \(name)", .check(name.check)) {
            parts?.later.say { [weak self] in
                self?.assumeIsolated {
                    $0.log(action, of: name)
                    $0.journal(action, of: name)
                }
            }
            noteVerdict(of: name)
        }
    }

    private func log(_ action: CheckStateMachine.Action, of name: CheckUnit) {
        switch action {
        case .none: break
        case .becameUp(let cause): logger.notice("check \(name) is up: \(cause)")
        case .becameDown(let cause): logger.warning("check \(name) is down: \(cause)")
        case .becameError(let cause):
            logger.error("check \(name) fails to say, its last verdict stands: \(cause)")
        case .becameDisabled(let cause): logger.notice("check \(name) is disabled: \(cause)")
        case .becameUnknown(let cause): logger.notice("check \(name) starts over: \(cause)")
        case .moved(let state, let cause):
            logger.info("check \(name) is \(state.rawValue)\(cause.isEmpty ? "" : ": \(cause)")")
        }
    }

    /// Callbacks hear of verdicts, not of each step on the way to one.
    func noteVerdict(of unit: CheckUnit) {
        guard let parts, let position = parts.checks.position(of: unit) else { return }
        let verdict = position.verdict.rawValue
        let before = parts.verdictsTold.updateValue(verdict, forKey: unit) ?? "unknown"
        guard verdict != before else { return }
        parts.notifier.note(
            StateChange(
                .check, name: unit.check, target: unit.target, from: before, to: verdict,
                detail: position.detail, at: ControlClock.unixSeconds))
    }

    /// After every run: a score may move though the verdict does not, and rules may look at it.
    private func noteResult(of name: String) {
        guard let parts else { return }
        parts.pushVerdict(of: name)
        if parts.announcer.hasRules { refreshRoutes(cause: "result of \(name)", .check(name)) }
    }

    /// What the speaker tells: rules may look at sessions, and a lapsed lease wants its routes anew.
    func noteSession(_ event: SpeakerEvent) {
        switch event {
        case .stateChanged(let neighbor, let from, let to, let reason):
            if from == .established || to == .established {
                parts?.notifier.note(
                    StateChange(
                        .neighbor, name: "\(neighbor)", from: from.rawValue, to: to.rawValue,
                        detail: reason ?? "", at: ControlClock.unixSeconds))
                journalSession(neighbor, isUp: to == .established, reason: reason)
            }
            parts?.helpers.note(neighbor, from: from, to: to, reason: reason)
            refreshRoutes(cause: "neighbor \(neighbor)", .sessions)
        case .leaseLapsed:
            logger.error("the lease on the routes lapsed: control was away too long")
            publishRoutes()
        case .leaseRestored: logger.notice("the lease on the routes is restored")
        case .watchChanged(let neighbor):
            refreshRoutes(cause: "what \(neighbor) announces", .sessions)
        case .routesReceived: break
        }
    }

    /// Decides the routes that a change of `input` concerns; rules are asked when something they can
    /// see changed.
    ///
    /// `tellCause` is called in any case, as soon as the speaker was told.
    func refreshRoutes(
        cause: @autoclosure () -> String, _ input: RouteInput = .everything,
        tellCause: () -> Void = {}
    ) {
        guard let parts, let live = generation else { return tellCause() }
        if logger.logLevel == .trace {
            let cause = cause()
            parts.later.say { [logger] in
                logger.trace("routes are decided", metadata: ["cause": "\(cause)"])
            }
        }
        var gates = input == .everything ? parts.helpers.gates : [:]
        for name in input.checks(of: parts.checks.names) {
            gates[name] = parts.checks.position(name).map { CheckGate($0) }
        }
        // Every declared listener is bound, or its generation was refused.
        let presence = LocalPresence(addresses: parts.localAddresses, unboundListeners: [])
        parts.announcer.refresh(
            view: parts.announcer.hasRules ? nodeView(after: input, live, parts) : nil,
            checks: gates, isComplete: input == .everything,
            presence: input == .everything ? presence : nil, tellCause: tellCause)
    }

    func publishRoutes() {
        parts?.announcer.publish()
    }
}
