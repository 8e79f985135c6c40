// SPDX-License-Identifier: Apache-2.0

import Balancing
import DNSWire
import Declarations
import Health
import Logging
import NIOCore
import Probing

/// Probes every server as dnsdist does and writes the verdicts into the servers' records.
///
/// Each server has its own timer: one that answers late delays nobody else. Confined to control's
/// event loop.
final class ServerMonitor {
    private final class Entry {
        var declaration: ServerDeclaration
        var handle: ServerHandle
        var machine: ServerHealthStateMachine
        var nextDue: Duration
        var timer: Scheduled<Void>?
        var probe: ProbeHandle?
        /// What the last probe said, in words.
        var detail = ""

        init(_ declaration: ServerDeclaration, handle: ServerHandle, now: Duration) {
            self.declaration = declaration
            self.handle = handle
            machine = ServerHealthStateMachine(declaration)
            nextDue = now
            detail = declaration.bar ?? ""
        }
    }

    /// Called after a server went up or down.
    var onChange: (_ server: ServerDeclaration, _ isUp: Bool, _ detail: String) -> Void = {
        _, _, _ in
    }

    private let clock: ControlClock
    private let prober: any Prober
    private var entries: [String: Entry] = [:]
    private var initialWaiters: [() -> Void] = []
    private var awaited: Set<String> = []

    init(clock: ControlClock, prober: any Prober) {
        self.clock = clock
        self.prober = prober
    }

    /// Makes the servers those of `configuration`. What is known of one is kept by its identity,
    /// unless it got a new record because its address changed.
    func apply(_ configuration: DeclaredConfiguration, handles: [ServerHandle]) {
        let now = clock.now
        var next: [String: Entry] = [:]
        for (declaration, handle) in zip(configuration.servers, handles) {
            let known = entries.removeValue(forKey: declaration.identity)
            if let known, known.handle == handle {
                let isChanged = known.declaration.healthCheck != declaration.healthCheck
                known.declaration = declaration
                known.machine.reconfigure(declaration.healthCheck)
                if isChanged { known.nextDue = now }
                if let bar = declaration.bar { known.detail = bar }
                next[declaration.identity] = known
            } else {
                known.map(stop)
                next[declaration.identity] = Entry(declaration, handle: handle, now: now)
            }
        }
        entries.values.forEach(stop)
        entries = next
        for identity in entries.keys { arm(identity) }
    }

    /// Calls `body` once every server has its first verdict: queries are served from then on.
    func whenSettled(_ body: @escaping () -> Void) {
        awaited = Set(
            entries.filter { $0.value.machine.awaitsInitialCheck && isProbed($0.value) }.keys)
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
        entries.values.forEach(stop)
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

    private func isProbed(_ entry: Entry) -> Bool {
        let mode = entry.declaration.healthCheck.mode
        return entry.declaration.check == nil && (mode == .auto || mode == .lazy)
            && entry.handle.forced == .auto
    }

    private func stop(_ entry: Entry) {
        entry.timer?.cancel()
        entry.probe?.cancel()
        entry.probe = nil
    }

    private func arm(_ identity: String) {
        guard let entry = entries[identity] else { return }
        entry.timer?.cancel()
        guard entry.probe == nil else { return }
        entry.timer = clock.schedule(at: entry.nextDue) { [weak self] in self?.fire(identity) }
    }

    private func fire(_ identity: String) {
        guard let entry = entries[identity], entry.probe == nil else { return }
        let interval = Duration.seconds(entry.declaration.healthCheck.intervalSeconds)
        _ = entry.machine.force(entry.handle.forced)
        // Start to start; a run that outlasted its interval delays the next one only.
        entry.nextDue = max(entry.nextDue + interval, clock.now)
        guard isProbed(entry) else {
            settle(identity)
            return arm(identity)
        }
        do throws(DNSNameError) {
            entry.probe = try ServerProbe(entry.declaration).run(on: prober) {
                [weak self] verdict in
                self?.finish(identity, verdict)
            }
        } catch {
            let detail = "checkName \(entry.declaration.healthCheck.queryName): \(error)"
            finish(identity, ServerProbe.Verdict(isUp: false, detail: detail))
        }
    }

    private func finish(_ identity: String, _ result: ServerProbe.Verdict) {
        guard let entry = entries[identity] else { return }
        entry.probe = nil
        entry.detail = result.detail
        _ = entry.machine.force(entry.handle.forced)
        switch entry.machine.record(isSuccess: result.isUp) {
        case .none:
            break
        case .markUp:
            entry.handle.setUpStatus(true)
            onChange(entry.declaration, true, result.detail)
        case .markDown:
            entry.handle.setUpStatus(false)
            onChange(entry.declaration, false, result.detail)
        }
        settle(identity)
        arm(identity)
    }

    private func settle(_ identity: String?) {
        if let identity { awaited.remove(identity) }
        guard awaited.isEmpty else { return }
        let waiters = initialWaiters
        initialWaiters = []
        for waiter in waiters { waiter() }
    }
}
