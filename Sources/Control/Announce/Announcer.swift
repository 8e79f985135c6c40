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
    private var configuration: DeclaredConfiguration?
    private var scripts: ControlScripts?
    private var timer: Scheduled<Void>?
    private var lastView: NodeView?
    /// Rules that failed at their last evaluation, so that a failure is logged once.
    private var failing: [Int: String] = [:]
    private var isHealthKnown = false
    /// What the last evaluation knew: routes of helpers are drained without one of their own.
    private var publishedOrders = HelperRoutes.Orders(AnnounceInputs())

    init(clock: ControlClock, speaker: Speaker, logger: Logger, leaseSeconds: Double) {
        self.clock = clock
        self.speaker = speaker
        self.logger = logger
        self.leaseSeconds = leaseSeconds
    }

    /// Applies a generation's routes; the next ``refresh(view:inputs:)`` decides them.
    func apply(_ configuration: DeclaredConfiguration, scripts: ControlScripts) {
        self.configuration = configuration
        self.scripts = scripts
        lastView = nil
        failing = [:]
        engine.reconfigure(
            announcements: configuration.announcements, neighbors: configuration.neighbors,
            now: clock.now)
    }

    /// Decides every route by what is now; rules see `view`.
    ///
    /// `tellCause` is called once the speaker knows, before anything is logged of routes.
    func refresh(
        view: NodeView, checks: [String: CheckGate], presence: LocalPresence,
        tellCause: () -> Void = {}
    ) {
        engine.inputs.checks = checks
        engine.inputs.presence = presence
        if view != lastView {
            lastView = view
            evaluateRules(view)
        }
        decide(tellCause)
    }

    /// Hands the wanted routes to the speaker again, as after a lapsed lease.
    func publish() {
        speaker.publish(
            wanted.mapValues { routes in
                routes.mapValues { WantedRoute(attributes: $0.attributes, whenDown: $0.whenDown) }
            }, leaseSeconds: leaseSeconds)
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
        // Before anything is logged: a thousand lines take longer than a thousand withdraws.
        let orders = HelperRoutes.Orders(engine.inputs)
        if update.hasChanged || (orders != publishedOrders && !helperRoutes.isEmpty) { publish() }
        publishedOrders = orders
        tellCause()
        for event in update.events {
            logger.notice("\(event)")
            onEvent(event)
        }
        sayIfHealthIsKnown()
        timer?.cancel()
        timer = update.nextDeadline.map { deadline in
            clock.schedule(at: deadline) { [weak self] in self?.decide() }
        }
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
        guard let configuration, let scripts else { return }
        guard configuration.announcements.contains(where: { $0.rule != nil }) else { return }
        let results = scripts.evaluateRules(node: view)
        engine.setRules(results.mapValues(RuleDecision.init))
        for (index, result) in results.sorted(by: { $0.key < $1.key }) {
            noteFailure(of: index, configuration.announcements[index], result)
        }
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
