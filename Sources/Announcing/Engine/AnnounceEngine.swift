// SPDX-License-Identifier: Apache-2.0
//
// From what was declared and what is, to what each neighbour is to be told. The order in which
// inputs are asked is that of who is surest (AnnounceEngine+Aims.swift): a person, the host, the
// checks, the rule. The history of each route (RouteStateMachine) then says how fast.

public import Addressing
public import Declarations

/// Decides all routes of this node (DESIGN §5): no clock, no I/O, one owner.
///
/// Set ``inputs`` and rule decisions as they change, then call ``evaluate(now:)``; `now` is the time
/// since a fixed origin on a monotonic clock and never decreases.
public struct AnnounceEngine: Sendable {
    /// How long a route whose check was renamed or replaced stays as it is without a verdict of the
    /// new one (DESIGN §4). A rise or fall of 3 at an interval of 10 s is decided by then.
    public static let verdictWaitMax = Duration.seconds(30)

    /// Between two attribute changes that a rule makes to a prefix (DESIGN §5): below it routers
    /// still work on the last one (RFC 4271 §10 suggests 30 s between advertisements of a route to
    /// external peers and 5 s to internal ones).
    public static let ruleChangePause = Duration.seconds(5)

    public var inputs = AnnounceInputs()

    private(set) var neighbors: [NeighborKey: NeighborDeclaration] = [:]
    /// Sorted by key.
    var routes: [RouteStateMachine] = []
    /// Positions of routes by the checks that gate them.
    var gated: [String: [UInt32]] = [:]
    /// The inputs of the last evaluation.
    var evaluated = AnnounceInputs()
    var marks = Marks()
    var deadlines = DeadlineQueue()
    /// The neighbours are others than at the last evaluation.
    private var hasOtherNeighbors = false
    var announcements: [AnnouncementDeclaration] = []
    /// What was wanted of routes that a reload took away, until the next evaluation reports them.
    var removals: [RouteKey: RouteChange] = [:]
    /// Of an earlier process, for routes that were not declared yet.
    var remembered: [RouteKey: RouteMemory] = [:]

    public init() {}

    /// What each declared neighbour is to be told, in whole: for who lost it, or begins.
    public var wanted: [NeighborKey: [IPPrefix: WantedAnnouncement]] {
        var wanted: [NeighborKey: [IPPrefix: WantedAnnouncement]] = neighbors.mapValues { _ in [:] }
        for key in wanted.keys {
            var some: [IPPrefix: WantedAnnouncement] = [:]
            for route in routes where route.told != nil && route.neighbor.key == key {
                some[route.declaration.prefix] = route.told
            }
            wanted[key] = some
        }
        return wanted
    }

    /// Applies a generation's announcements: routes are the same by prefix and neighbour and keep
    /// their history. Of two declarations of one route the first counts.
    public mutating func reconfigure(
        announcements: [AnnouncementDeclaration], neighbors declared: [NeighborDeclaration],
        now: Duration
    ) {
        let before = Set(neighbors.keys)
        neighbors = Dictionary(
            declared.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        if Set(neighbors.keys) != before { hasOtherNeighbors = true }
        self.announcements = announcements
        let old = routes
        routes = declaredRoutes(announcements, declared, now: now)
        adopt(old, now: now)
        indexRoutes()
        // Positions moved.
        queueDeadlines()
        markAll()
    }

    /// Takes what the rule of the announcement at this position of the current generation decided.
    public mutating func setRule(_ decision: RuleDecision, forAnnouncement index: Int) {
        for position in positions(of: index) where !routes[position].hasDecided(decision) {
            routes[position].decide(decision)
            mark(position)
        }
    }

    /// ``setRule(_:forAnnouncement:)`` for several announcements.
    public mutating func setRules(_ decisions: [Int: RuleDecision]) {
        for (index, decision) in decisions { setRule(decision, forAnnouncement: index) }
    }

    /// Decides what changed since the last evaluation, which comes to the same as deciding every
    /// route anew (RandomEvaluationTests).
    public mutating func evaluate(now: Duration) -> AnnounceUpdate {
        markWhatChanged()
        var withdraws = takeRemovals()
        var others: [RouteChange] = []
        var gates = GateMemory()
        var terms = TermsMemory()
        for position in takeMarks(now: now) {
            guard let change = decide(position, &gates, &terms, now: now) else { continue }
            if change.after == nil { withdraws.append(change) } else { others.append(change) }
        }
        let changes = others.isEmpty ? withdraws : withdraws + others
        defer { hasOtherNeighbors = false }
        return AnnounceUpdate(
            changes: changes, hasChanged: !changes.isEmpty || hasOtherNeighbors,
            nextDeadline: nextDeadline())
    }

    private mutating func decide(
        _ position: Int, _ gates: inout GateMemory, _ terms: inout TermsMemory, now: Duration
    ) -> RouteChange? {
        let deadline = routes[position].deadline
        let (aim, isGraceful) = aim(of: routes[position], &gates)
        routes[position].pursue(aim, isGraceful: isGraceful, now: now)
        let change = tell(position, &terms)
        routes[position].settle()
        if isGraceful, routes[position].face == nil {
            // What is drained and not announced is told why by the drain.
            let (aim, isGraceful) = self.aim(of: routes[position], &gates)
            routes[position].pursue(aim, isGraceful: isGraceful, now: now)
            routes[position].settle()
        }
        routes[position].isMarked = false
        noteDeadline(of: position, before: deadline)
        return change
    }

    /// What is to be told of a route now, if that is something else than before.
    private mutating func tell(_ position: Int, _ terms: inout TermsMemory) -> RouteChange? {
        let before = routes[position].told
        let after = terms.terms(of: routes[position])
        if let before, let after {
            guard before != after else { return nil }
        } else if before == nil, after == nil {
            return nil
        }
        routes[position].told = after
        let route = routes[position]
        return RouteChange(
            prefix: route.declaration.prefix, toward: route.neighbor, before: before, after: after,
            cause: route.changeCause ?? route.reason)
    }

    /// Every declared route, by prefix and neighbour.
    public func statuses(now: Duration) -> [RouteStatus] {
        routes.map { Self.status($0, now: now) }
    }

    private static func status(_ route: RouteStateMachine, now: Duration) -> RouteStatus {
        let remaining = route.delayEnd.map { max(.zero, $0 - now) }
        let flaps = route.flaps(now: now)
        var reason = route.reason
        if let remaining, let readiness = route.readiness {
            let seconds = Int((remaining / .seconds(1)).rounded(.up))
            let count = max(1, Int(readiness.flaps.rounded()))
            reason =
                "re-announce delayed \(seconds) s after \(count) flap\(count == 1 ? "" : "s"); "
                + reason
        }
        if let error = route.ruleError { reason += "; its rule failed: \(error)" }
        return RouteStatus(
            route: route.key, name: route.declaration.name,
            isAnnounced: route.attributes != nil, isDegraded: route.face == .degraded,
            since: route.since, reason: reason, ruleError: route.ruleError,
            delayRemaining: remaining, flaps: flaps, attributes: route.attributes)
    }
}

// MARK: - Memory

extension AnnounceEngine {
    /// What is to be kept over a restart, in the order of ``statuses(now:)``.
    public func memories(now: Duration) -> [RouteMemory] {
        routes.map {
            RouteMemory(
                route: $0.key, flaps: $0.flaps(now: now), owesDelay: $0.isFlapDelayed,
                wasAnnounced: $0.face != nil)
        }
    }

    /// Takes over what an earlier process kept; call it before the first ``reconfigure``.
    ///
    /// `age` is how long ago it was exported, by the wall clock. After a crash what was announced
    /// then is a flap more, so that a crash loop is damped like any other.
    public mutating func restore(_ memories: [RouteMemory], age: Duration, afterCrash: Bool) {
        remembered = [:]
        for memory in memories.prefix(Self.memoriesMax) {
            remembered[memory.route] = Self.aged(memory, by: age, afterCrash: afterCrash)
        }
    }

    /// Routes whose memory is taken from a state file, which may be damaged: far beyond the
    /// announcements of one node, well below what memory minds.
    public static let memoriesMax = 65_536

    private static func aged(
        _ memory: RouteMemory, by age: Duration, afterCrash: Bool
    ) -> RouteMemory {
        let isFlap = afterCrash && memory.wasAnnounced
        // The half-life is not known before the declaration; the default is near enough for once.
        let left = FlapCounter(count: memory.flaps, now: .zero)
            .value(now: age, halfLife: ReannounceDelay().halfLifeSeconds)
        return RouteMemory(
            route: memory.route, flaps: left + (isFlap ? 1 : 0),
            owesDelay: memory.owesDelay || isFlap, wasAnnounced: false)
    }
}
