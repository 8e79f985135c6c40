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
    /// What each declared neighbour is to be told; published by the owner when it changed.
    public private(set) var wanted: [NeighborKey: [IPPrefix: WantedAnnouncement]] = [:]

    private(set) var neighbors: [NeighborKey: NeighborDeclaration] = [:]
    /// Sorted by key.
    private var routes: [RouteStateMachine] = []
    /// Withdraws that a reload caused, until the next evaluation reports them.
    private var removals: [RouteEvent] = []
    /// Of an earlier process, for routes that were not declared yet.
    private var remembered: [RouteKey: RouteMemory] = [:]

    public init() {}

    /// Applies a generation's announcements: routes are the same by prefix and neighbour and keep
    /// their history. Of two declarations of one route the first counts.
    public mutating func reconfigure(
        announcements: [AnnouncementDeclaration], neighbors declared: [NeighborDeclaration],
        now: Duration
    ) {
        neighbors = Dictionary(
            declared.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        var known = Dictionary(uniqueKeysWithValues: routes.map { ($0.key, $0) })
        let siblings = Dictionary(grouping: routes, by: \.key.prefix)
        var next: [RouteKey: RouteStateMachine] = [:]
        for (index, announcement) in announcements.enumerated() {
            for neighbor in announcement.neighbors ?? declared.map(\.key)
            where neighbors[neighbor] != nil {
                let key = RouteKey(prefix: announcement.prefix, neighbor: neighbor)
                guard next[key] == nil else { continue }
                if var route = known.removeValue(forKey: key) {
                    route.redeclare(announcement, announcement: index)
                    next[key] = route
                } else {
                    next[key] = route(
                        key, announcement, index, siblings[key.prefix] ?? [], now: now)
                }
            }
        }
        for gone in known.values where gone.attributes != nil {
            let isNeighborGone = neighbors[gone.key.neighbor] == nil
            removals.append(
                RouteEvent(
                    .withdrawn, route: gone.key,
                    cause: isNeighborGone
                        ? "neighbor \(gone.key.neighbor) is no longer declared"
                        : "no longer declared"))
        }
        routes = next.values.sorted { $0.key < $1.key }
    }

    /// Takes what the rule of the announcement at this position of the current generation decided.
    public mutating func setRule(_ decision: RuleDecision, forAnnouncement index: Int) {
        setRules([index: decision])
    }

    /// ``setRule(_:forAnnouncement:)`` for several announcements.
    public mutating func setRules(_ decisions: [Int: RuleDecision]) {
        for position in routes.indices {
            guard let decision = decisions[routes[position].announcement] else { continue }
            routes[position].decide(decision)
        }
    }

    /// Decides every route anew.
    public mutating func evaluate(now: Duration) -> AnnounceUpdate {
        let declared = Set(routes.map(\.key))
        var withdraws = removals.filter { !declared.contains($0.route) }
        var others: [RouteEvent] = []
        var deadline: Duration?
        var next: [NeighborKey: [IPPrefix: WantedAnnouncement]] = neighbors.mapValues { _ in [:] }
        removals = []
        var gates = GateMemory()
        for index in routes.indices {
            let key = routes[index].key
            let before = wanted[key.neighbor]?[key.prefix]?.attributes
            let (aim, isGraceful) = aim(of: routes[index], &gates)
            routes[index].pursue(aim, isGraceful: isGraceful, now: now)
            let after = routes[index].attributes
            if let after {
                next[key.neighbor]?[key.prefix] = WantedAnnouncement(
                    attributes: after, whenDown: routes[index].declaration.whenDown)
            }
            if let event = Self.event(routes[index], before: before, after: after) {
                if after == nil { withdraws.append(event) } else { others.append(event) }
            }
            routes[index].settle()
            deadline = [deadline, routes[index].deadline].compactMap { $0 }.min()
        }
        let hasChanged = next != wanted
        wanted = next
        return AnnounceUpdate(
            events: withdraws + others, hasChanged: hasChanged, nextDeadline: deadline)
    }

    /// Every declared route, by prefix and neighbour.
    public func statuses(now: Duration) -> [RouteStatus] {
        routes.map { Self.status($0, now: now) }
    }

    private mutating func route(
        _ key: RouteKey, _ announcement: AnnouncementDeclaration, _ index: Int,
        _ siblings: [RouteStateMachine], now: Duration
    ) -> RouteStateMachine {
        var route = RouteStateMachine(
            key: key, declaration: announcement, announcement: index, now: now)
        if let memory = remembered.removeValue(forKey: key) {
            route.adopt(flaps: memory.flaps, owesDelay: memory.owesDelay, now: now)
        } else if let sibling = siblings.max(by: { $0.flaps(now: now) < $1.flaps(now: now) }) {
            route.adopt(sibling: sibling, now: now)
        }
        return route
    }

    private static func event(
        _ route: RouteStateMachine, before: RouteAttributes?, after: RouteAttributes?
    ) -> RouteEvent? {
        let cause = route.changeCause ?? route.reason
        switch (before, after) {
        case (nil, nil): return nil
        case (nil, let after?): return RouteEvent(.announced(after), route: route.key, cause: cause)
        case (_?, nil): return RouteEvent(.withdrawn, route: route.key, cause: cause)
        case (let before?, let after?):
            return before == after
                ? nil
                : RouteEvent(.changed(from: before, to: after), route: route.key, cause: cause)
        }
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
