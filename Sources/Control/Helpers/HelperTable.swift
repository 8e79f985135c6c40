// SPDX-License-Identifier: Apache-2.0

import Addressing
import Announcing
import BGPSpeaker
import Declarations
import ExaBGP
import Glibc
import Logging
import NIOCore

/// All helpers, what they announce and how their watchdogs stand. Confined to control's event loop.
final class HelperTable {
    /// Between two publishes while a helper keeps writing: what a router sees in between is
    /// superseded anyway.
    private static let publishPause = Duration.milliseconds(20)

    /// Asked for when a watchdog went up or down.
    var onWatchdog: (_ cause: String) -> Void = { _ in }
    /// Asked for by `reload`.
    var onReload: () -> Void = {}

    let clock: ControlClock
    private let logger: Logger
    let announcer: Announcer
    let speaker: Speaker
    private let host: HelperDialogue.Host
    private(set) var runners: [HelperRunner] = []
    private var watchdogs: [String: Watchdog] = [:]
    var watchdogCause: String?
    var neighbors: [NeighborDeclaration] = []
    private var routerID: UInt32 = 0
    private var declared: [String: [WatchdogDeclaration]] = [:]
    /// What `setAllowedPrefixes` lets helpers announce from now on.
    var allowed = AllowedPrefixes()
    /// Routes that a check or a rule decides: no helper may say otherwise.
    var guarded: [RouteKey: AnnouncementDeclaration] = [:]
    /// Declared routes that are always announced: a helper may take them back.
    var unguarded: Set<RouteKey> = []
    private var publishedAt: Duration?
    private var isPublishDue = false

    private struct Watchdog {
        var isUp: Bool
        var helper: String
        /// Since when its helper has ended and not said it again.
        var staleSince: Duration?
    }

    init(
        clock: ControlClock, announcer: Announcer, speaker: Speaker, nodeName: String,
        logger: Logger
    ) {
        self.clock = clock
        self.announcer = announcer
        self.speaker = speaker
        self.logger = logger
        host = HelperDialogue.Host(
            name: nodeName, processID: Int(getpid()), parentID: Int(getppid()),
            version: Version.current)
    }

    // MARK: Generations

    /// Starts what is new, ends what is gone, and leaves alone what is as it was.
    func apply(_ configuration: DeclaredConfiguration, routerID: UInt32) {
        neighbors = configuration.neighbors
        self.routerID = routerID
        note(configuration)
        announcer.keepHelperRoutes(of: Set(neighbors.map(\.key)))
        var known = Dictionary(uniqueKeysWithValues: runners.map { ($0.name, $0) })
        var next: [HelperRunner] = []
        var starting: [HelperRunner] = []
        for declaration in configuration.helpers {
            let old = known.removeValue(forKey: declaration.name)
            if let old, old.declaration.hasSameProcess(as: declaration) {
                old.declaration = declaration
                next.append(old)
                continue
            }
            let runner = HelperRunner(
                declaration, host: host, clock: clock, logger: logger, delegate: self)
            next.append(runner)
            if let old {
                logger.notice("helper \(old.name) is started again: its declaration changed")
                old.stop { runner.start() }
            } else {
                starting.append(runner)
            }
        }
        runners = next
        for gone in known.values {
            logger.notice("helper \(gone.name) is no longer declared")
            gone.stop()
            forget(
                gone.name, staleBefore: nil, cause: "helper \(gone.name) is no longer declared")
        }
        for runner in starting { runner.start() }
        settle(hasMore: false)
    }

    private func note(_ configuration: DeclaredConfiguration) {
        declared = Dictionary(
            grouping: configuration.announcements.compactMap(\.watchdog), by: \.name)
        allowed = configuration.allowedPrefixes
        guarded = [:]
        unguarded = []
        guard !configuration.helpers.isEmpty else { return }
        for announcement in configuration.announcements {
            for neighbor in announcement.neighbors ?? neighbors.map(\.key) {
                let key = RouteKey(prefix: announcement.prefix, neighbor: neighbor)
                if announcement.condition == .always, announcement.rule == nil {
                    unguarded.insert(key)
                } else {
                    guarded[key] = announcement
                }
            }
        }
    }

    /// Ends every helper; `done` is called once all have.
    func stop(_ done: @escaping () -> Void) {
        var left = runners.count
        guard left > 0 else { return done() }
        for runner in runners {
            runner.stop {
                left -= 1
                if left == 0 { done() }
            }
        }
    }

    func killAll() {
        for runner in runners { runner.kill() }
    }

    // MARK: Watchdogs

    /// What routes wait for, in the engine's terms.
    var gates: [String: CheckGate] {
        var gates: [String: CheckGate] = [:]
        for (name, declarations) in declared {
            for declaration in declarations {
                gates[declaration.gate] = gate(watchdogs[name], declaration)
            }
        }
        return gates
    }

    private func gate(_ watchdog: Watchdog?, _ declaration: WatchdogDeclaration) -> CheckGate {
        guard let watchdog else {
            return declaration.startsWithdrawn
                ? CheckGate(.down, words: "down: no helper has announced it yet")
                : CheckGate(.up, words: "up: no helper has withdrawn it")
        }
        let ending = watchdog.staleSince != nil ? ", which has ended" : ""
        return watchdog.isUp
            ? CheckGate(.up, words: "up: helper \(watchdog.helper) announced it\(ending)")
            : CheckGate(.down, words: "down: helper \(watchdog.helper) withdrew it\(ending)")
    }

    func set(_ name: String, isUp: Bool, by helper: String) {
        let old = watchdogs.updateValue(Watchdog(isUp: isUp, helper: helper), forKey: name)
        guard old?.isUp != isUp || old?.staleSince != nil else { return }
        if declared[name] == nil {
            logger.info("helper \(helper): no route waits for watchdog \(name)")
        }
        watchdogCause = "watchdog \(name)"
    }

    // MARK: After a helper's end

    /// Takes back what a helper said: all of it, or what it has not said again since `deadline`.
    private func forget(_ helper: String, staleBefore deadline: Duration?, cause: String) {
        func isMeant(_ staleSince: Duration?) -> Bool {
            guard let deadline else { return true }
            return staleSince.map { $0 <= deadline } ?? false
        }
        announcer.helperRoutes.removeAll(of: helper, cause: cause) { isMeant($0.staleSince) }
        for (name, watchdog) in watchdogs
        where watchdog.helper == helper && watchdog.isUp && isMeant(watchdog.staleSince) {
            watchdogs[name]?.isUp = false
            watchdogCause = "watchdog \(name)"
        }
        settle(hasMore: false)
    }

    func markStale(_ runner: HelperRunner) {
        let now = clock.now
        announcer.helperRoutes.markStale(runner.name, now: now)
        for name in watchdogs.keys
        where watchdogs[name]?.helper == runner.name && watchdogs[name]?.staleSince == nil {
            watchdogs[name]?.staleSince = now
        }
        guard runner.declaration.onExit == .withdraw else { return }
        let name = runner.name
        let end = now + .seconds(runner.declaration.exitGraceSeconds)
        _ = clock.schedule(at: end) { [weak self] in
            self?.forget(
                name, staleBefore: now, cause: "helper \(name) ended and did not say it again")
        }
    }

    // MARK: Publishing

    func publishIfDue(hasMore: Bool) {
        if let cause = watchdogCause {
            watchdogCause = nil
            onWatchdog(cause)
        }
        guard announcer.helperRoutes.hasChanges else { return }
        let now = clock.now
        if hasMore, let publishedAt, now - publishedAt < Self.publishPause { return }
        publishedAt = now
        announcer.publishHelperRoutes()
    }

    // MARK: Neighbours

    /// Tells helpers of a session.
    func note(
        _ key: NeighborKey, from: NeighborState, to: NeighborState, reason: String?
    ) {
        guard let change = HelperDialogue.Change(from: from, to: to),
            let neighbor = neighbors.first(where: { $0.key == key })
        else { return }
        for runner in runners where runner.declaration.watches.contains(key) {
            runner.tell(change, of: neighbor, reason: reason ?? "")
        }
    }

    func targets(
        of request: HelperRequest, _ runner: HelperRunner
    ) -> [NeighborDeclaration] {
        let own = runner.declaration.neighbors
        return neighbors.filter { neighbor in
            own?.contains(neighbor.key) ?? true
                && (request.selectors.isEmpty
                    || request.selectors.contains {
                        $0.matches(neighbor, routerID: routerID)
                    })
        }
    }
}

extension HelperDialogue.Change {
    /// What ExaBGP calls a change of state; `nil` for one that it says nothing of.
    init?(from: NeighborState, to: NeighborState) {
        let open: Set<NeighborState> = [.openSent, .openConfirm, .established]
        switch (open.contains(from), to) {
        case (_, .established): self = .up
        case (false, .openSent): self = .connected
        case (true, .idle), (true, .connect), (true, .active): self = .down
        default: return nil
        }
    }
}

extension HelperDeclaration {
    /// Whether its process may go on under `other`.
    fileprivate func hasSameProcess(as other: HelperDeclaration) -> Bool {
        arguments == other.arguments && searchPath == other.searchPath
            && encoder == other.encoder && version == other.version
            && acknowledges == other.acknowledges
    }
}
