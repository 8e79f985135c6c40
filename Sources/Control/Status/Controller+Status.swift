// SPDX-License-Identifier: Apache-2.0

import Addressing
import Announcing
import BGPSpeaker
import Balancing
import Declarations
import Glibc
import Health
import Scripting

extension Controller {
    /// Everything that is known now (DESIGN §7), the neighbours' side of each route included.
    func status() async -> StatusReport {
        let sent = await parts?.handles.speaker.routes() ?? []
        return report(sent: sent)
    }

    private func report(sent: [BGPSpeaker.RouteStatus]) -> StatusReport {
        var report = StatusReport()
        report.version = Version.current
        report.processID = Int(getpid())
        report.configuration = options.configuration.name
        report.generation = generationNumber
        report.ready = isReady
        report.startedAt = ControlClock.timestamp(unixSeconds: startedAt)
        report.lastReload = lastReload
        guard let parts, let live = generation else { return report }
        let configuration = live.configuration
        appendOperator(&report)
        report.warnings = configuration.warnings
        report.listeners = configuration.effectiveListeners.map { listener in
            StatusReport.Listener(
                address: "\(listener.endpoint)",
                present: listener.endpoint.address.isUnspecified
                    || parts.localAddresses.contains(listener.endpoint.address))
        }
        report.servers = zip(configuration.servers, live.handles).map {
            serverStatus($0, $1, parts)
        }
        report.checks = parts.checks.names.compactMap { checkStatus($0, parts) }
        report.neighbors = neighborStatuses(parts)
        report.routes = routeStatuses(parts, sent: sent)
        report.helpers = parts.helpers.runners.map { helperStatus($0, parts) }
        if !configuration.servers.isEmpty {
            report.policies = policyStatuses(configuration, parts)
        }
        report.rules = ruleStatuses(parts)
        report.timers = parts.timers.statuses.map { timerStatus($0, parts) }
        report.caches = parts.caches.figures.map { pool, figures in
            StatusReport.Cache(
                pool: pool,
                counters: Dictionary(figures.pairs.map { ($0.name, $0.value) }) { first, _ in first
                })
        }
        report.callbacks = parts.notifier.statuses.map {
            StatusReport.Callback(
                name: $0.name, place: "\($0.location)", calls: $0.calls, errors: $0.errors,
                lastError: $0.lastFault?.description ?? "")
        }
        report.scripts = ([live.scripts.memory] + (live.planeScripts?.memory ?? [])).map {
            StatusReport.ScriptMachine(
                name: $0.machine, memoryBytes: $0.bytes, memoryBytesMax: $0.bytesMax)
        }
        report.workers = workerStatuses(parts)
        report.blocks = blockStatuses(live, parts)
        report.blockCount = blocksInForce(parts).count
        report.counters = parts.handles.counters()
        return report
    }

    private func serverStatus(
        _ declaration: ServerDeclaration, _ handle: ServerHandle, _ parts: ControlParts
    ) -> StatusReport.Server {
        let state =
            switch handle.forced {
            case .up: "UP"
            case .down, .barred: "DOWN"
            case .auto: handle.upStatus ? "up" : "down"
            }
        return StatusReport.Server(
            name: declaration.name.isEmpty ? declaration.identity : declaration.name,
            address: "\(declaration.address)", pool: declaration.pools.joined(separator: ","),
            state: state, score: handle.score, order: handle.order,
            weight: handle.weight, outstanding: handle.outstanding,
            queries: handle.total(.queries), responses: handle.total(.responses),
            errors: handle.total(.sendErrors), timeouts: handle.total(.drops),
            latencyMicroseconds: handle.latencyMicroseconds,
            detail: parts.servers.detail(declaration.identity))
    }

    private func checkStatus(_ name: String, _ parts: ControlParts) -> StatusReport.Check? {
        guard let position = parts.checks.position(name) else { return nil }
        var check = StatusReport.Check(name: name, position, parts.clock)
        check.targets = parts.checks.targets(of: name).map { target, position in
            StatusReport.CheckTarget(target, position, parts.clock)
        }
        return check
    }

    private func timerStatus(
        _ timer: ScriptTimers.Status, _ parts: ControlParts
    ) -> StatusReport.Timer {
        StatusReport.Timer(
            name: timer.name, place: "\(timer.location)", runs: timer.runs, errors: timer.errors,
            nextRun: parts.clock.timestamp(at: timer.nextDue),
            lastError: timer.lastFault?.description ?? "")
    }

    private func neighborStatuses(_ parts: ControlParts) -> [StatusReport.Neighbor] {
        parts.handles.speaker.status().neighbors.map { neighbor in
            StatusReport.Neighbor(neighbor)
        }
    }

    /// A route is announced when the neighbour has it: wanted, and sent.
    private func routeStatuses(
        _ parts: ControlParts, sent: [BGPSpeaker.RouteStatus]
    ) -> [StatusReport.Route] {
        let facts = Dictionary(
            sent.map { (RouteKey(prefix: $0.prefix, neighbor: $0.neighbor), $0) }
        ) { first, _ in first }
        return parts.announcer.statuses().map { route in
            let fact = facts[route.route]
            let obstacle = route.isAnnounced ? fact?.reason : nil
            return StatusReport.Route(
                prefix: "\(route.route.prefix)", neighbor: "\(route.route.neighbor)",
                announced: route.isAnnounced && fact?.isAnnounced == true,
                since: parts.clock.timestamp(at: route.since),
                attributes: route.attributes?.words ?? [:],
                reason: obstacle.map {
                    "wanted, but \($0)"
                        + (route.ruleError.map { "; its rule failed: \($0)" } ?? "")
                } ?? route.reason,
                delayRemaining: route.delayRemaining.map { $0 / .seconds(1) } ?? 0)
        }
    }

    private func policyStatuses(
        _ configuration: DeclaredConfiguration, _ parts: ControlParts
    ) -> [StatusReport.Policy] {
        configuration.usedPolicies.map { policy in
            let statistics = parts.statistics.statistics(of: policy.name)
            return StatusReport.Policy(
                name: policy.name, kind: policy.kindName,
                calls: statistics.total(.calls),
                errors: statistics.total(.errors) + statistics.total(.nonsense),
                timeouts: statistics.total(.timeouts), fallbacks: statistics.total(.fallbacks),
                lastError: lastPolicyFault(policy)?.description ?? "")
        }
    }
}

extension DeclaredConfiguration {
    /// Every policy that some pool uses, once.
    var usedPolicies: [PolicyDeclaration] {
        var seen: Set<String> = []
        return ([policy] + pools.compactMap(\.policy)).filter { seen.insert($0.name).inserted }
    }
}

extension PolicyDeclaration {
    var kindName: String {
        switch self {
        case .builtin: "builtin"
        case .script: "query"
        case .planned: "planned"
        }
    }
}
