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

    private let clock: ControlClock
    private let logger: Logger
    private let announcer: Announcer
    private let speaker: Speaker
    private let host: HelperDialogue.Host
    private(set) var runners: [HelperRunner] = []
    private var watchdogs: [String: Watchdog] = [:]
    private var watchdogCause: String?
    private var neighbors: [NeighborDeclaration] = []
    private var routerID: UInt32 = 0
    private var declared: [String: [WatchdogDeclaration]] = [:]
    /// Routes that a check or a rule decides: no helper may say otherwise.
    private var guarded: [RouteKey: AnnouncementDeclaration] = [:]
    /// Declared routes that are always announced: a helper may take them back.
    private var unguarded: Set<RouteKey> = []
    private var publishedAt: Duration?
    private var isPublishDue = false

    private struct Watchdog {
        var isUp: Bool
        var helper: String
        var isStale = false
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
            forget(gone.name, cause: "helper \(gone.name) is no longer declared") { _ in true }
        }
        for runner in starting { runner.start() }
        settle(hasMore: false)
    }

    private func note(_ configuration: DeclaredConfiguration) {
        declared = Dictionary(
            grouping: configuration.announcements.compactMap(\.watchdog), by: \.name)
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
        let ending = watchdog.isStale ? ", which has ended" : ""
        return watchdog.isUp
            ? CheckGate(.up, words: "up: helper \(watchdog.helper) announced it\(ending)")
            : CheckGate(.down, words: "down: helper \(watchdog.helper) withdrew it\(ending)")
    }

    private func set(_ name: String, isUp: Bool, by helper: String) {
        let old = watchdogs.updateValue(Watchdog(isUp: isUp, helper: helper), forKey: name)
        guard old?.isUp != isUp || old?.isStale != false else { return }
        if declared[name] == nil {
            logger.info("helper \(helper): no route waits for watchdog \(name)")
        }
        watchdogCause = "watchdog \(name)"
    }

    // MARK: After a helper's end

    private func forget(
        _ helper: String, cause: String, where isMeant: (HelperRoutes.Entry) -> Bool
    ) {
        announcer.helperRoutes.removeAll(of: helper, cause: cause, where: isMeant)
        for (name, watchdog) in watchdogs where watchdog.helper == helper && watchdog.isUp {
            guard runners.first(where: { $0.name == helper }) == nil || watchdog.isStale else {
                continue
            }
            watchdogs[name] = Watchdog(isUp: false, helper: helper)
            watchdogCause = "watchdog \(name)"
        }
        settle(hasMore: false)
    }

    private func markStale(_ runner: HelperRunner) {
        announcer.helperRoutes.markStale(runner.name)
        for name in watchdogs.keys where watchdogs[name]?.helper == runner.name {
            watchdogs[name]?.isStale = true
        }
        guard runner.declaration.onExit == .withdraw else { return }
        let name = runner.name
        let grace = runner.declaration.exitGraceSeconds
        _ = clock.schedule(at: clock.now + .seconds(grace)) { [weak self] in
            self?.forget(
                name, cause: "helper \(name) ended and did not say it again",
                where: \.isStale)
        }
    }

    // MARK: Publishing

    private func publishIfDue(hasMore: Bool) {
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

    private func targets(
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

extension HelperTable: HelperRunner.Delegate {
    func helperStarted(_ runner: HelperRunner) {
        // One that was not there when sessions came up would never hear of them.
        let watched = runner.declaration.watches
        guard !watched.isEmpty, runner.figures.starts > 1 else { return }
        for status in speaker.status().neighbors
        where status.state == .established && watched.contains(status.key) {
            guard let neighbor = neighbors.first(where: { $0.key == status.key }) else { continue }
            runner.tell(.up, of: neighbor, reason: "")
        }
    }

    func helperEnded(_ runner: HelperRunner) {
        guard runners.contains(where: { $0.name == runner.name }) else { return }
        markStale(runner)
        watchdogCause = watchdogCause ?? "the end of helper \(runner.name)"
        settle(hasMore: false)
    }

    func settle(hasMore: Bool) {
        publishIfDue(hasMore: hasMore)
    }

    func perform(
        _ request: HelperRequest, of runner: HelperRunner
    ) -> Result<[String], HelperRunner.HelperRefusal> {
        switch request.command {
        case .announceWatchdog(let name):
            set(name ?? runner.name, isUp: true, by: runner.name)
        case .withdrawWatchdog(let name):
            set(name ?? runner.name, isUp: false, by: runner.name)
        case .announce, .withdraw, .clear, .tearDown:
            let targets = targets(of: request, runner)
            guard !targets.isEmpty else {
                return .failure(.init(words: "no neighbor matches the command"))
            }
            if let words = change(request.command, targets, runner) {
                return .failure(.init(words: words))
            }
        case .nothing, .answers, .showNothing: break
        case .reload: onReload()
        case .help: return .success(HelperDialogue.helpLines)
        case .version: return .success(runner.dialogue.versionLines)
        case .showNeighbors(let isJSON, _):
            return .success(neighborLines(targets(of: request, runner), isJSON: isJSON))
        case .showRoutes:
            return .success(routeLines(targets(of: request, runner)))
        }
        return .success([])
    }

    /// Returns why it was not done.
    private func change(
        _ command: HelperCommand, _ targets: [NeighborDeclaration], _ runner: HelperRunner
    ) -> String? {
        switch command {
        case .announce(let routes): return announce(routes, targets, runner)
        case .withdraw(let routes): return withdraw(routes, targets, runner)
        case .clear:
            announcer.helperRoutes.removeAll(
                of: runner.name, toward: targets.map(\.key), cause: "helper \(runner.name)")
            return nil
        case .tearDown:
            for target in targets {
                speaker.reset(target.key, text: "helper \(runner.name)")
            }
            return nil
        default: return nil
        }
    }

    private func announce(
        _ routes: [ExaBGPRoute], _ targets: [NeighborDeclaration], _ runner: HelperRunner
    ) -> String? {
        for route in routes {
            if let words = Self.refusal(of: route.prefix) { return words }
            if let words = conflict(route.prefix, targets) { return words }
        }
        for route in routes where !route.isWithdrawn {
            let wanted = route.attributes.wanted(nextHop: route.nextHop)
            for target in targets {
                announcer.helperRoutes.announce(
                    route.prefix, wanted, to: target.key, by: runner.name, now: clock.now)
            }
        }
        return nil
    }

    private func withdraw(
        _ routes: [ExaBGPRoute], _ targets: [NeighborDeclaration], _ runner: HelperRunner
    ) -> String? {
        for route in routes {
            if let words = conflict(route.prefix, targets) { return words }
            for target in targets {
                let key = RouteKey(prefix: route.prefix, neighbor: target.key)
                announcer.helperRoutes.withdraw(
                    route.prefix, from: target.key, by: runner.name,
                    isDeclared: unguarded.contains(key), now: clock.now)
            }
        }
        return nil
    }

    /// Whether a helper may announce a prefix at all: the one place that says so.
    private static func refusal(of prefix: IPPrefix) -> String? {
        prefix.length == 0 ? "the default route is not announced" : nil
    }

    /// A check's word stands above a helper's.
    private func conflict(_ prefix: IPPrefix, _ targets: [NeighborDeclaration]) -> String? {
        guard !guarded.isEmpty else { return nil }
        for target in targets {
            if let other = guarded[RouteKey(prefix: prefix, neighbor: target.key)] {
                return "\(prefix) is announced at \(other.location), by what its checks say"
            }
        }
        return nil
    }

    // MARK: Show

    private func neighborLines(_ targets: [NeighborDeclaration], isJSON: Bool) -> [String] {
        let states = Dictionary(
            speaker.status().neighbors.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first }
        )
        if isJSON {
            let items = targets.map { target in
                let state = states[target.key]?.state == .established ? "up" : "down"
                return #"{ "peer": "\#(target.key.endpoint.address)", "peer-as": "#
                    + #"\#(target.peerAS), "local-as": \#(target.localAS), "state": "\#(state)" }"#
            }
            return ["[\(items.joined(separator: ", "))]"]
        }
        return ["Peer            AS        state        #routes"]
            + targets.map { target in
                let state = states[target.key]
                let cells = [
                    ("\(target.key.endpoint.address)", 15), ("\(target.peerAS)", 9),
                    ((state?.state.rawValue ?? "Idle").lowercased(), 12),
                ]
                return cells.map { text, width in
                    text + String(repeating: " ", count: max(1, width + 1 - text.count))
                }.joined() + "\(state?.routesAnnounced ?? 0)"
            }
    }

    private func routeLines(_ targets: [NeighborDeclaration]) -> [String] {
        let wanted = announcer.wanted
        return targets.flatMap { target in
            (wanted[target.key] ?? [:]).keys.sorted().map { prefix in
                let route = wanted[target.key]?[prefix]?.attributes
                let hop: String =
                    switch route?.nextHop {
                    case .address(let address): "\(address)"
                    default: "self"
                    }
                let med = route?.med.map { " med \($0)" } ?? ""
                return "neighbor \(target.key.endpoint.address) \(prefix) next-hop \(hop)\(med)"
            }
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
