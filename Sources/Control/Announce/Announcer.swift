// SPDX-License-Identifier: Apache-2.0

import Addressing
import Announcing
import BGPSpeaker
import Declarations
import Health
import Logging
import NIOCore
import Scripting

/// Turns verdicts, rules and addresses into routes, and hands them to the speaker.
///
/// Confined to control's event loop. The engine decides; this gathers what it decides from,
/// evaluates the rules and publishes what changed.
final class Announcer {
    /// Called for each change of what a neighbour is told.
    var onEvent: (RouteEvent) -> Void = { _ in }

    private(set) var engine = AnnounceEngine()
    /// What helpers announce; ``publishHelperRoutes()`` hands changes to the speaker.
    var helperRoutes = HelperRoutes()
    let clock: ControlClock
    private let speaker: Speaker
    let logger: Logger
    private let leaseSeconds: Double
    let later: LateLog
    private var configuration: DeclaredConfiguration?
    private var scripts: ControlScripts?
    /// Whether some announcement has a rule, so that somebody looks at the view.
    private(set) var hasRules = false
    /// The speaker has what is wanted but for the changes of the next evaluation.
    private var isPublished = false
    private var timer: Scheduled<Void>?
    private var lastView: NodeView?
    /// Rules that failed at their last evaluation, so that a failure is logged once.
    private var failing: [Int: String] = [:]
    private var isHealthKnown = false
    /// What the last evaluation knew: routes of helpers are drained without one of their own.
    private var publishedOrders = HelperRoutes.Orders(AnnounceInputs())

    init(
        clock: ControlClock, speaker: Speaker, logger: Logger, later: LateLog, leaseSeconds: Double
    ) {
        self.clock = clock
        self.later = later
        self.speaker = speaker
        self.logger = logger
        self.leaseSeconds = leaseSeconds
    }

    /// Applies a generation's routes; the next ``refresh(view:checks:presence:tellCause:)`` decides
    /// them.
    func apply(_ configuration: DeclaredConfiguration, scripts: ControlScripts) {
        self.configuration = configuration
        self.scripts = scripts
        lastView = nil
        failing = [:]
        hasRules = configuration.announcements.contains { $0.rule != nil }
        isPublished = false
        engine.reconfigure(
            announcements: configuration.announcements, neighbors: configuration.neighbors,
            now: clock.now)
    }

    /// Decides the routes that what changed concerns; rules see `view`, which is `nil` without rules.
    ///
    /// `checks` are those whose gates may be others now; those of checks that are not declared any more
    /// are forgotten with `isComplete`. `tellCause` is called once the speaker knows.
    func refresh(
        view: NodeView?, checks: [String: CheckGate], isComplete: Bool, presence: LocalPresence?,
        tellCause: () -> Void = {}
    ) {
        if isComplete {
            if engine.inputs.checks != checks { engine.inputs.checks = checks }
        } else {
            for (name, gate) in checks where engine.inputs.checks[name] != gate {
                engine.inputs.checks[name] = gate
            }
        }
        if let presence, presence != engine.inputs.presence { engine.inputs.presence = presence }
        if let view, view != lastView {
            lastView = view
            evaluateRules(view)
        }
        decide(tellCause)
    }

    /// Hands the wanted routes to the speaker again, as after a lapsed lease.
    func publish() {
        isPublished = true
        speaker.publish(wanted, leaseSeconds: leaseSeconds)
    }

    /// Hands over what an evaluation changed; what helpers say of a route goes above it.
    private func publish(_ changes: [RouteChange]) {
        guard isPublished else { return publish() }
        let said = !helperRoutes.isEmpty
        update(
            changes.lazy.map { [self] change in
                let key = change.neighbor
                guard said else { return (key, change.prefix, change.after) }
                return (key, change.prefix, wanted(change.prefix, toward: key))
            })
    }

    /// Hands over how routes are wanted now.
    func publish(_ keys: [RouteKey]) {
        guard isPublished else { return publish() }
        update(
            keys.lazy.map { [self] in
                ($0.neighbor, $0.prefix, wanted($0.prefix, toward: $0.neighbor))
            })
    }

    private func update(
        _ changes: some Sequence<(NeighborKey, IPPrefix, WantedAnnouncement?)>
    ) {
        var grouped: [(neighbor: NeighborKey, changes: [WantedChange])] = []
        for (neighbor, prefix, route) in changes {
            let wanted = WantedChange(prefix: prefix, route: route)
            // A handful of neighbours, whose routes take turns.
            if let index = grouped.firstIndex(where: { $0.neighbor == neighbor }) {
                grouped[index].changes.append(wanted)
            } else {
                grouped.append((neighbor, [wanted]))
            }
        }
        speaker.update(
            Dictionary(grouped.map { ($0.neighbor, $0.changes) }, uniquingKeysWith: +))
    }

    /// Takes over what an earlier process kept; before the first generation.
    func restore(_ memories: [RouteMemory], age: Duration, afterCrash: Bool) {
        engine.restore(memories, age: age, afterCrash: afterCrash)
    }

    /// What is to be kept over a restart.
    func memories() -> [RouteMemory] { engine.memories(now: clock.now) }

    /// What people said; the next ``refresh(view:checks:presence:tellCause:)`` decides by it.
    func setOperator(drains: [DrainTarget: DrainPhase], forces: [IPPrefix: RouteForce]) {
        engine.inputs.drains = drains
        engine.inputs.forces = forces
    }

    /// Withdraws everything, as no flap, at the next ``refresh(view:checks:presence:tellCause:)``.
    func shutDown() {
        engine.inputs.isShuttingDown = true
    }

    func statuses() -> [Announcing.RouteStatus] {
        let declared = engine.statuses(now: clock.now)
        guard !helperRoutes.isEmpty else { return declared }
        let said = helperRoutes.statuses(inputs: engine.inputs)
        let keys = Set(said.map(\.route))
        return (declared.filter { !keys.contains($0.route) } + said).sorted { $0.route < $1.route }
    }

    private func decide(_ tellCause: () -> Void = {}) {
        let update = engine.evaluate(now: clock.now)
        let orders = HelperRoutes.Orders(engine.inputs)
        if orders != publishedOrders, !helperRoutes.isEmpty {
            publish()
        } else if update.hasChanged {
            publish(update.changes)
        }
        publishedOrders = orders
        tellCause()
        report(update)
        sayIfHealthIsKnown()
        timer?.cancel()
        timer = update.nextDeadline.map { deadline in
            clock.schedule(at: deadline) { [weak self] in self?.decide() }
        }
    }

    /// In a while: a thousand lines take longer than a thousand withdraws, and the speaker may have to
    /// share the processor with whoever writes them.
    private func report(_ update: AnnounceUpdate) {
        for change in update.changes.prefix(Self.changesLogged) {
            later.say { [weak self] in
                if let event = change.event { self?.tell(event) }
            }
        }
        let others = update.changes.dropFirst(Self.changesLogged)
        guard let last = others.last else { return }
        later.say { [logger] in
            let words = last.event.map { ", the last: \($0)" } ?? ""
            logger.notice("and \(others.count) more routes\(words)")
        }
        for change in others {
            later.say { [weak self] in
                if let event = change.event { self?.onEvent(event) }
            }
        }
    }

    func report(_ event: RouteEvent) {
        later.say { [weak self] in self?.tell(event) }
    }

    private func tell(_ event: RouteEvent) {
        logger.notice("\(event)")
        onEvent(event)
    }

    /// Once: a check that comes with a reload waits for its own verdict, and nobody for it.
    private func sayIfHealthIsKnown() {
        guard !isHealthKnown, configuration != nil,
            engine.inputs.checks.values.allSatisfy({ $0.verdict != .unknown })
        else { return }
        isHealthKnown = true
        speaker.healthIsKnown()
    }

    private func evaluateRules(_ view: NodeView) {
        guard hasRules, let configuration, let scripts else { return }
        let results = scripts.evaluateRules(node: view)
        if logger.logLevel == .trace { traceDecision() }
        engine.setRules(results.mapValues(RuleDecision.init))
        let told = results.filter { index, result in
            if case .failed = result { true } else { failing[index] != nil }
        }
        for (index, result) in told.sorted(by: { $0.key < $1.key }) {
            noteFailure(of: index, configuration.announcements[index], result)
        }
    }

    /// When rules had decided, for who holds it against the time an UPDATE was read.
    private func traceDecision() {
        let (seconds, attoseconds) = clock.now.components
        let nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        later.say { [logger] in logger.trace("rules decided at \(nanoseconds) ns") }
    }

    private func noteFailure(
        of index: Int, _ announcement: AnnouncementDeclaration, _ result: RuleResult
    ) {
        guard case .failed(let fault) = result else {
            failing[index] = nil
            return
        }
        guard failing.updateValue(fault.description, forKey: index) != fault.description else {
            return
        }
        logger.error(
            "the rule of \(announcement.prefix) failed, the last decision stands: \(fault)",
            metadata: fault.traceback.isEmpty ? nil : ["traceback": "\(fault.traceback)"])
    }
}

extension RuleDecision {
    /// What the engine takes: the rule's attributes as changes of the declared ones.
    init(_ result: RuleResult) {
        switch result {
        case .announce(let attributes):
            var changes = RouteAttributeChanges()
            changes.nextHop = attributes.nextHop
            changes.med = attributes.med
            changes.localPreference = attributes.localPreference
            changes.origin = attributes.origin
            changes.asPathPrepend = attributes.asPathPrepend
            changes.asPath = .some(attributes.asPath)
            changes.isAtomicAggregate = attributes.isAtomicAggregate
            changes.aggregator = .some(attributes.aggregator)
            changes.communities = attributes.communities
            changes.largeCommunities = attributes.largeCommunities
            changes.extendedCommunities = attributes.extendedCommunities
            changes.otherAttributes = attributes.otherAttributes
            self = .announce(changes)
        case .withdraw(let detail):
            self = .withdraw(reason: detail)
        case .failed(let fault):
            self = .error(fault.description)
        }
    }
}

extension CheckGate {
    /// What a check's position means for routes.
    init(_ position: CheckPosition) {
        var verdict: Verdict =
            switch position.verdict {
            case .unknown: .unknown
            case .up: .up
            case .down: .down
            case .error: .error
            case .disabled: .disabled
            }
        // A person's word is no flap.
        if position.isForced, verdict == .down { verdict = .disabled }
        self.init(verdict, words: position.words)
    }
}
