// SPDX-License-Identifier: Apache-2.0

import Balancing
import DNSWire
import Declarations
import Health
import Logging
import NIOCore
import Probing
import Scripting

/// Probes every server as dnsdist does and writes the verdicts into the servers' records.
///
/// Each server has its own timer: one that answers late delays nobody else. Confined to control's
/// event loop.
final class ServerMonitor {
    /// Called after a server went up or down.
    var onChange: (_ server: ServerDeclaration, _ isUp: Bool, _ detail: String) -> Void = {
        _, _, _ in
    }

    private let clock: ControlClock
    private let prober: any Prober
    private let faults: FaultLog
    private let logger: Logger
    private var logsFailures = false
    private var entries: [String: MonitoredServer] = [:]
    /// Whose `checkFunction`s are asked; `nil` before the first generation.
    private var scripts: ControlScripts?
    private var initialWaiters: [() -> Void] = []
    private var awaited: Set<String> = []

    init(clock: ControlClock, prober: any Prober, faults: FaultLog, logger: Logger) {
        self.logger = logger
        self.clock = clock
        self.prober = prober
        self.faults = faults
    }

    /// Makes the servers those of `configuration`. What is known of one is kept by its identity,
    /// unless it got a new record because its address changed.
    func apply(
        _ configuration: DeclaredConfiguration, handles: [ServerHandle], scripts: ControlScripts
    ) {
        self.scripts = scripts
        logsFailures = configuration.logsFailedHealthChecks
        let now = clock.now
        var next: [String: MonitoredServer] = [:]
        for (declaration, handle) in zip(configuration.servers, handles) {
            let known = entries.removeValue(forKey: declaration.identity)
            if let known, known.handle == handle {
                known.reconfigure(declaration, now: now)
                next[declaration.identity] = known
            } else {
                known?.stop()
                next[declaration.identity] = MonitoredServer(
                    declaration, handle: handle, now: now)
            }
        }
        for entry in entries.values { entry.stop() }
        entries = next
        for identity in entries.keys { arm(identity) }
    }

    /// Takes what a script changed of a server's health check while it runs.
    func reconfigure(_ server: ServerDeclaration) {
        guard let entry = entries[server.identity] else { return }
        entry.reconfigure(server, now: clock.now)
        arm(server.identity)
    }

    /// Calls `body` once every server has its first verdict: queries are served from then on.
    func whenSettled(_ body: @escaping () -> Void) {
        awaited = Set(
            entries.filter { $0.value.machine.awaitsInitialCheck && $0.value.isProbed }.keys)
        initialWaiters.append(body)
        settle(nil)
    }

    /// ``whenSettled(_:)`` for asynchronous callers on control's loop.
    func settled(isolation: isolated (any Actor)? = #isolation) async {
        await withCheckedContinuation { continuation in
            whenSettled { continuation.resume() }
        }
    }

    func detail(_ identity: String) -> String { entries[identity]?.detail ?? "" }

    func stopAll() {
        for entry in entries.values { entry.stop() }
    }

    /// The verdict of a check that stands for a server's own (`newServer{check = …}`).
    func record(_ unit: CheckUnit, isUp: Bool, score: Double, detail: String) {
        for entry in entries.values
        where entry.declaration.check == unit.check && entry.declaration.checkTarget == unit.target
            && entry.declaration.bar == nil
        {
            entry.handle.setScore(score)
            entry.detail = detail
            guard entry.handle.upStatus != isUp else { continue }
            entry.handle.setUpStatus(isUp)
            onChange(entry.declaration, isUp, detail)
        }
    }

    // MARK: - Probes

    private func arm(_ identity: String) {
        guard let entry = entries[identity] else { return }
        entry.timer?.cancel()
        guard entry.probe == nil else { return }
        entry.timer = clock.schedule(at: entry.nextDue) { [weak self] in self?.fire(identity) }
    }

    private func fire(_ identity: String) {
        guard let entry = entries[identity], entry.probe == nil else { return }
        let now = clock.now
        guard entry.isProbeDue(now: now) else {
            settle(identity)
            return arm(identity)
        }
        entry.probedAt = now
        switch probe(entry) {
        case .probe(let probe):
            entry.probe = probe.run(on: prober) { [weak self] verdict in
                self?.finish(identity, verdict)
            }
        case .fault(let fault):
            entry.detail = "error: \(fault)"
            faults.note(
                fault, of: "checkFunction of server \(identity)",
                consequence: ", its last verdict stands")
            perform(entry.recordError(now: now), on: entry)
            settle(identity)
            arm(identity)
        case .unaskable(let words):
            finish(identity, ServerProbe.Verdict(isUp: false, detail: words))
        }
    }

    private enum NextProbe {
        case probe(ServerProbe)
        /// Its `checkFunction` failed.
        case fault(ScriptFault)
        /// Its `checkName` is none.
        case unaskable(String)
    }

    private func probe(_ entry: MonitoredServer) -> NextProbe {
        let server = entry.declaration
        do throws(DNSNameError) {
            guard server.healthCheck.queryFunction != nil, let scripts else {
                return .probe(try ServerProbe(server))
            }
            switch scripts.healthQuery(of: server) {
            case .success(let query): return .probe(ServerProbe(server, asking: query))
            case .failure(let fault): return .fault(fault)
            }
        } catch {
            return .unaskable("checkName \(server.healthCheck.queryName): \(error)")
        }
    }

    private func finish(_ identity: String, _ result: ServerProbe.Verdict) {
        guard let entry = entries[identity] else { return }
        entry.probe = nil
        entry.detail = result.detail
        if logsFailures, !result.isUp {
            logger.info(
                "health check of \(entry.declaration.nameWithAddress) failed: \(result.detail)")
        }
        perform(entry.record(isSuccess: result.isUp, now: clock.now), on: entry)
        settle(identity)
        arm(identity)
    }

    private func perform(_ action: ServerHealthStateMachine.Action, on entry: MonitoredServer) {
        guard action != .none else { return }
        let isUp = action == .markUp
        entry.handle.setUpStatus(isUp)
        onChange(entry.declaration, isUp, entry.detail)
    }

    private func settle(_ identity: String?) {
        if let identity { awaited.remove(identity) }
        guard awaited.isEmpty else { return }
        let waiters = initialWaiters
        initialWaiters = []
        for waiter in waiters { waiter() }
    }
}
