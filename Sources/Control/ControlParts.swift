// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPSpeaker
import Balancing
import Declarations
import Health
import Logging
import NIOCore
import NIOPosix
import Probing
import Scripting

/// What control works with, made once at start and confined to its event loop.
final class ControlParts {
    let clock: ControlClock
    let prober: EventLoopProber
    let slab: ServerSlab
    let statistics: PolicyStatisticsTable
    let caches: PacketCacheTable
    let checks: CheckRunner
    let servers: ServerMonitor
    let announcer: Announcer
    let helpers: HelperTable
    /// What is said of checks and routes, once the speaker knows.
    let later: LateLog
    /// What rules saw last.
    var view: NodeView?
    /// Of the sessions in ``view``.
    var viewedSessions: UInt64 = 0
    let rehearsal: CheckRehearsal
    let faults: FaultLog
    let timers: ScriptTimers
    let watch: ServerWatch
    let notifier: StateNotifier
    let handles: PlaneHandles
    let plans: PlanRunner
    let ruleFiles: RuleLogFiles
    let addressWatch: AddressWatch
    /// A thread writes what rules noted.
    var isTendingRules = false
    /// Blocks that found no room, when it was told last.
    var blocksRefusedTold: UInt64 = 0
    /// What was said about key-value stores, by path.
    var storeFaults: [String: String] = [:]
    /// The verdicts that callbacks were told last.
    var verdictsTold: [CheckUnit: String] = [:]
    /// When a server's forced state was logged last.
    var forcedSaid: [String: Duration] = [:]
    var localAddresses = LocalAddresses.current() ?? []

    /// Tells the servers that a check, or one of its targets, stands for what it says now
    /// (`newServer{check = …}`).
    func pushVerdict(of name: String) {
        push(CheckUnit(check: name))
        for (target, _) in checks.targets(of: name) {
            push(CheckUnit(check: name, target: target.name))
        }
    }

    private func push(_ unit: CheckUnit) {
        guard let position = checks.position(of: unit),
            position.verdict == .up || position.verdict == .down
        else { return }
        servers.record(
            unit, isUp: position.verdict == .up, score: position.score, detail: position.detail)
    }

    func pushVerdicts() {
        checks.names.forEach(pushVerdict)
    }

    init(controller: Controller, logger: Logger) throws(DaemonError) {
        let loop = controller.eventLoop
        clock = ControlClock(onLoop: loop)
        let tally = QueryTally()
        prober = EventLoopProber(loop: loop, tally: tally)
        slab = ServerSlab(planeThreads: controller.planeThreads)
        statistics = PolicyStatisticsTable(planeThreads: controller.planeThreads)
        caches = PacketCacheTable(planeThreads: controller.planeThreads)
        checks = CheckRunner(clock: clock, prober: prober, logger: logger)
        rehearsal = CheckRehearsal(clock: clock, prober: prober)
        ruleFiles = RuleLogFiles(logger: logger)
        faults = FaultLog(clock: clock, logger: logger)
        servers = ServerMonitor(
            clock: clock, prober: prober, faults: faults, logger: logger)
        timers = ScriptTimers(clock: clock, faults: faults)
        watch = ServerWatch(slab: slab, clock: clock)
        notifier = StateNotifier(clock: clock, faults: faults, logger: logger)
        handles = try PlaneHandles(
            workers: controller.options.workers, slab: slab, statistics: statistics,
            tally: tally, logger: logger
        ) { [weak controller] event in
            // On the speaker's loop: it waits for nobody.
            guard let controller else { return }
            loop.execute { controller.assumeIsolated { $0.noteSession(event) } }
        }
        let (cell, slab) = (handles, slab)
        plans = PlanRunner(clock: clock, slab: slab, logger: logger) {
            (plan, pool) throws(BalancingError) in try cell.publish(plan, pool: pool)
        }
        addressWatch = AddressWatch(loop: loop, logger: logger) { [weak controller] in
            controller?.assumeIsolated { $0.lookAtAddresses() }
        }
        later = LateLog(clock: clock)
        announcer = Announcer(
            clock: clock, speaker: handles.speaker, logger: logger, later: later,
            leaseSeconds: Controller.leaseSeconds)
        helpers = HelperTable(
            clock: clock, announcer: announcer, speaker: handles.speaker,
            nodeName: controller.options.nodeName, logger: logger)
    }
}
