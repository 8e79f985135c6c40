// SPDX-License-Identifier: Apache-2.0
//
// One event loop, one thread, no locks (DESIGN §2). It owns what changes slowly: the servers'
// records, the generation, the verdicts, the wanted routes. Toward the plane and the speaker it has
// three verbs, publish, command and read, and waits for neither.

import Addressing
import Announcing
import BGPSpeaker
import Balancing
import CLinux
import Declarations
import Glibc
import Health
import Logging
import NIOCore
import NIOPosix
import Probing
import Scripting
import Synchronization

/// Control: runs checks, keeps verdicts and routes, reloads, and tells what it knows.
actor Controller {
    nonisolated let eventLoop: any EventLoop
    nonisolated let options: RunOptions
    nonisolated let notifier = ServiceNotifier()
    // Kept here because the actor's executor is unowned: NIO may make a new one at each question.
    private nonisolated let serialExecutor: any SerialExecutor

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        serialExecutor.asUnownedSerialExecutor()
    }

    /// What the way down needs, without a word to this actor: its loop may hang.
    private nonisolated let lifecycle = Mutex(Lifecycle())

    private struct Lifecycle {
        var handles: PlaneHandles?
        var isStopping = false
        var isHurried = false
        var stopText = "pharos stops"
    }

    /// The plane and the speaker, once they were started.
    nonisolated var startedHandles: PlaneHandles? { lifecycle.withLock { $0.handles } }
    /// Whether the daemon goes down: nothing new is put into service then.
    nonisolated var isStopping: Bool { lifecycle.withLock { $0.isStopping } }
    nonisolated func beginStopping() { lifecycle.withLock { $0.isStopping = true } }

    /// Whether the way down is to be short: SIGINT and not SIGTERM.
    nonisolated var isHurried: Bool { lifecycle.withLock { $0.isHurried } }
    nonisolated func hurry() { lifecycle.withLock { $0.isHurried = true } }

    /// What neighbours read in the Cease (RFC 9003).
    nonisolated var stopText: String { lifecycle.withLock { $0.stopText } }
    nonisolated func setStopText(_ text: String) { lifecycle.withLock { $0.stopText = text } }

    let logger: Logger
    var parts: ControlParts?
    var generation: LiveGeneration?
    var generationNumber = 0
    var isReady = false
    var lastReload = StatusReport.LastReload()
    var reloadCounts = (accepted: UInt64(0), rejected: UInt64(0))
    var reloadTail: Task<Void, Never>?
    /// Signals that asked for a reload which has not begun.
    var reloadsWaiting = 0
    var webServer: WebServer?
    let startedAt = ControlClock.unixSeconds
    /// What the scripts of all generations share (`shared` in Lua).
    let shared = SharedValues()
    /// What the scripts of the plane's threads logged, of all generations.
    let planeLog: ScriptLogRings
    /// How many of those were lost when it was last said.
    var planeLogLost: UInt64 = 0
    /// What people said of routes and checks, kept with what routes remember.
    var book = OperatorBook()
    var bookTimer: Scheduled<Void>?
    /// The phase of the node on its way down.
    var leaving: DrainPhase?
    nonisolated let files: OperatorFiles
    var saveTimer: Scheduled<Void>?
    var savedAt = Duration.zero
    /// How long the last write took.
    var saveCost = Duration.zero
    /// Lines of policies that were said lately, so that a faulty one does not fill the log.
    var policyWarnings = PolicyWarnings()

    init(_ options: RunOptions, eventLoop: any EventLoop) {
        self.options = options
        self.eventLoop = eventLoop
        serialExecutor = eventLoop.executor
        logger = options.logger
        files = OperatorFiles(path: options.statePath, logger: options.logger)
        planeLog = ScriptLogRings(planeThreads: options.workers + 1)
    }

    /// Plane threads: the workers, and the stream loop after them.
    nonisolated var planeThreads: Int { options.workers + 1 }

    /// Loads the first generation and serves it.
    ///
    /// - Throws: ``DaemonError`` with what is wrong; nothing was announced and no port is bound.
    func start() async throws(DaemonError) {
        let built = try await build(mode: .run)
        try refuseWhenStopping()
        let parts = try ControlParts(controller: self, logger: logger)
        self.parts = parts
        lifecycle.withLock { $0.handles = parts.handles }
        listen(to: parts)
        await restoreState(parts)
        try await apply(built)
        applyBook(cause: "start")
        _ = await saveNow()
        parts.addressWatch.start()
        scheduleHeartbeat()
    }

    /// Ends what control itself does, on the daemon's last way: checks with their processes, health
    /// checks, and the HTTP clients of both. Nothing waits for it that must not hang.
    func end() async {
        guard let parts else { return }
        parts.checks.stopRuns()
        parts.servers.stopAll()
        await endHelpers(parts)
        parts.addressWatch.stop()
        parts.later.flush()
        logPlaneLines()
        do {
            try await parts.prober.shutdown().get()
        } catch {
            logger.debug("the HTTP clients do not end: \(error)")
        }
    }

    /// Asks helpers to end, and ends those that do not: whoever waits for us does so for a second.
    private func endHelpers(_ parts: ControlParts) async {
        let isDone = await withCheckedContinuation { continuation in
            var waiting: CheckedContinuation<Bool, Never>? = continuation
            func resume(_ isDone: Bool) {
                waiting?.resume(returning: isDone)
                waiting = nil
            }
            parts.clock.loop.scheduleTask(in: .milliseconds(Self.helperEndMilliseconds)) {
                resume(false)
            }
            parts.helpers.stop { resume(true) }
        }
        if !isDone { parts.helpers.killAll() }
    }

    private static let helperEndMilliseconds: Int64 = 700

    /// Between the steps of a start or a reload: what was begun before the word to stop is not
    /// finished after it.
    func refuseWhenStopping() throws(DaemonError) {
        if isStopping { throw .request("pharos is stopping") }
    }

    /// Says ready to the service manager, and returns the line for standard output.
    func noteReady() -> String {
        isReady = true
        if reloadsWaiting > 0 { Task { await reload(force: false, dryRun: false) } }
        reloadsWaiting = 0
        let listeners = parts?.handles.boundEndpoints ?? []
        let words =
            listeners.isEmpty ? "no listener" : "on \(listeners.joined(separator: ", "))"
        notifier.ready(status: words)
        logger.notice(
            "serving \(words)",
            metadata: ["generation": "\(generationNumber)", "workers": "\(options.workers)"])
        return "ready \(words), control \(options.controlPath)"
    }

    /// Answers a client verb.
    func answer(_ request: ControlRequest, by peer: ControlPeer) async -> ControlReply {
        switch request.verb {
        case .status:
            ControlReply(exitStatus: 0, message: "", status: await status())
        case .reload:
            await reload(
                force: request.force, dryRun: request.dryRun,
                by: peer.name(sudoUser: request.operation?.sudoUser))
        case .exec:
            execute(request.script ?? "")
        case .routes:
            await routes(of: request.neighbor ?? "")
        case .drain, .undrain, .force:
            await operate(request, by: peer)
        case .events:
            await events(since: request.operation?.since ?? "")
        case .reset:
            await reset(request.neighbor ?? "", reason: request.reason ?? "")
        }
    }
}

extension Controller {
    /// Runs a person's Lua in control's VM, within the budget of a check (`pharos exec`).
    private func execute(_ script: String) -> ControlReply {
        guard let parts, let live = generation else {
            return ControlReply(exitStatus: 1, message: "pharos is still starting")
        }
        logger.notice("exec", metadata: ["script": "\(script.prefix(200))"])
        let result = live.scripts.run(command: script)
        parts.watch.look()
        settleBlocks()
        guard let fault = result.fault else {
            return ControlReply(exitStatus: 0, message: result.output)
        }
        let traceback = fault.traceback.isEmpty ? "" : "\n\(fault.traceback)"
        return ControlReply(exitStatus: 1, message: "\(result.output)\(fault)\(traceback)")
    }
}

// MARK: - Heart-beat

extension Controller {
    /// Between two heart-beats, unless the service manager wants them sooner: the lease on routes,
    /// the look at local addresses and the release of old snapshots.
    static let heartbeatMilliseconds = 1_000
    /// How long the speaker keeps routes for a control that says nothing: default 15 s, so that a
    /// control busy with a large reload loses none.
    static let leaseSeconds = 15.0

    private func scheduleHeartbeat() {
        let wanted = notifier.watchdogIntervalMilliseconds ?? Self.heartbeatMilliseconds
        let interval = Int64(min(wanted, Self.heartbeatMilliseconds))
        eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(interval)) {
            [weak self] in
            self?.assumeIsolated { $0.beat() }
        }
    }

    private func beat() {
        guard let parts, !isStopping else { return }
        parts.handles.speaker.renewLease()
        parts.handles.collect()
        parts.slab.collect()
        if let live = generation {
            parts.caches.sweep(
                now: clinux_now_microseconds(),
                staleSeconds: live.configuration.staleCacheEntriesTTL,
                serversAreDown: !live.handles.contains(where: \.isUp))
        }
        lookAtAddresses()
        parts.watch.look()
        logPlaneLines()
        warnOfPolicies()
        tendRules()
        tendBlocks()
        tendBook()
        superviseWorkers()
        scheduleHeartbeat()
    }

    /// Decides routes anew when this host has other addresses than before.
    func lookAtAddresses() {
        guard let parts, !isStopping, let addresses = LocalAddresses.current(),
            addresses != parts.localAddresses
        else { return }
        parts.localAddresses = addresses
        refreshRoutes(cause: "addresses of this host changed")
    }

    /// Says what policies, rules and actions logged since the last heart-beat.
    func logPlaneLines() {
        planeLog.take { logger.log($0) }
        let lost = planeLog.dropped
        guard lost > planeLogLost else { return }
        logger.warning(
            "\(lost - planeLogLost) more lines of policies, rules and actions found no room")
        planeLogLost = lost
    }
}
