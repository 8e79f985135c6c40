// SPDX-License-Identifier: Apache-2.0
//
// A second source of wanted routes, beside what is declared: programs say them one by one, often and
// many, so nothing of the rest is decided anew for a line of theirs. What they said is laid over
// what the engine wants, for each neighbour.

public import Addressing
public import Declarations

/// What helpers announce, by neighbour and prefix: no clock, no I/O, one owner.
public struct HelperRoutes: Sendable {
    /// What one program said last of a route.
    public struct Entry: Hashable, Sendable {
        /// `nil` takes back what is declared.
        public var attributes: RouteAttributes?
        public var helper: String
        public var since: Duration
        /// Since when its program has ended and not said it again.
        public var staleSince: Duration?
    }

    /// What holds for routes of helpers as for declared ones.
    public struct Orders: Hashable, Sendable {
        private let drains: [DrainTarget: DrainPhase]
        private let forces: [IPPrefix: RouteForce]
        private let isShuttingDown: Bool

        public init(_ inputs: AnnounceInputs) {
            drains = inputs.drains
            forces = inputs.forces
            isShuttingDown = inputs.isShuttingDown
        }
    }

    private var tables: [NeighborKey: [IPPrefix: Entry]] = [:]
    /// What there was before, of what changed since the last ``takeChanges()``.
    private var before: [RouteKey: RouteAttributes?] = [:]
    /// Why what is no longer there went, likewise.
    private var causes: [RouteKey: String] = [:]

    public init() {}

    public var isEmpty: Bool { tables.isEmpty }
    public var hasChanges: Bool { !before.isEmpty }
    public var count: Int { tables.values.reduce(0) { $0 + $1.count } }

    public func count(of helper: String) -> Int {
        tables.values.reduce(0) { $0 + $1.values.count { $0.helper == helper } }
    }

    // MARK: What programs say

    public mutating func announce(
        _ prefix: IPPrefix, _ attributes: RouteAttributes, to neighbor: NeighborKey,
        by helper: String, now: Duration
    ) {
        set(
            Entry(attributes: attributes, helper: helper, since: now),
            RouteKey(prefix: prefix, neighbor: neighbor))
    }

    /// `isDeclared`: there is a declared route, which it takes back.
    public mutating func withdraw(
        _ prefix: IPPrefix, from neighbor: NeighborKey, by helper: String, isDeclared: Bool,
        now: Duration
    ) {
        let key = RouteKey(prefix: prefix, neighbor: neighbor)
        if isDeclared {
            set(Entry(attributes: nil, helper: helper, since: now), key)
        } else {
            remove(key, cause: "helper \(helper)")
        }
    }

    /// Forgets what a helper said, all of it or only toward some neighbours.
    public mutating func removeAll(
        of helper: String, toward neighbors: [NeighborKey]? = nil, cause: String,
        where isMeant: (Entry) -> Bool = { _ in true }
    ) {
        for (neighbor, table) in tables where neighbors?.contains(neighbor) ?? true {
            for (prefix, entry) in table where entry.helper == helper && isMeant(entry) {
                remove(RouteKey(prefix: prefix, neighbor: neighbor), cause: cause)
            }
        }
    }

    /// Its program has ended; what it says again in time is no longer stale.
    public mutating func markStale(_ helper: String, now: Duration) {
        for (neighbor, table) in tables {
            for (prefix, entry) in table where entry.helper == helper && entry.staleSince == nil {
                tables[neighbor]?[prefix]?.staleSince = now
            }
        }
    }

    /// Forgets what was said of neighbours that are not declared any more.
    public mutating func keep(neighbors: Set<NeighborKey>) {
        for neighbor in tables.keys where !neighbors.contains(neighbor) {
            tables[neighbor] = nil
        }
        before = before.filter { neighbors.contains($0.key.neighbor) }
    }

    private mutating func set(_ entry: Entry, _ key: RouteKey) {
        let old = tables[key.neighbor]?[key.prefix]
        guard old?.attributes != entry.attributes || old == nil else {
            // Said once more: it is current, and nothing else changes.
            tables[key.neighbor]?[key.prefix]?.staleSince = nil
            tables[key.neighbor]?[key.prefix]?.helper = entry.helper
            return
        }
        note(key, old)
        tables[key.neighbor, default: [:]][key.prefix] = entry
    }

    private mutating func remove(_ key: RouteKey, cause: String) {
        guard let old = tables[key.neighbor]?.removeValue(forKey: key.prefix) else { return }
        if tables[key.neighbor]?.isEmpty == true { tables[key.neighbor] = nil }
        note(key, old)
        causes[key] = cause
    }

    private mutating func note(_ key: RouteKey, _ old: Entry?) {
        if before[key] == nil { before[key] = .some(old?.attributes) }
    }

    // MARK: What becomes of it

    /// What changed since this was asked last, withdraws first; what came back to where it was is
    /// no change.
    public mutating func takeChanges() -> [RouteEvent] {
        defer {
            before = [:]
            causes = [:]
        }
        var withdraws: [RouteEvent] = []
        var others: [RouteEvent] = []
        for (key, old) in before {
            let entry = tables[key.neighbor]?[key.prefix]
            let cause = entry.map { "helper \($0.helper)" } ?? causes[key] ?? ""
            switch (old, entry?.attributes) {
            case (nil, nil):
                if entry != nil {
                    withdraws.append(RouteEvent(.withdrawn, route: key, cause: cause))
                }
            case (nil, let new?):
                others.append(RouteEvent(.announced(new), route: key, cause: cause))
            case (_?, nil): withdraws.append(RouteEvent(.withdrawn, route: key, cause: cause))
            case (let old?, let new?) where old != new:
                others.append(RouteEvent(.changed(from: old, to: new), route: key, cause: cause))
            case (_?, _?): break
            }
        }
        return withdraws + others
    }

    /// Lays what programs said over what is wanted; a drain and the end of the daemon hold for it
    /// too.
    public func overlay(
        on wanted: inout [NeighborKey: [IPPrefix: WantedAnnouncement]], inputs: AnnounceInputs
    ) {
        guard !tables.isEmpty, !inputs.isShuttingDown else { return }
        for (neighbor, table) in tables {
            guard var routes = wanted.removeValue(forKey: neighbor) else { continue }
            for (prefix, entry) in table {
                routes[prefix] = Self.wanted(prefix, entry, inputs)
            }
            wanted[neighbor] = routes
        }
    }

    /// What programs said of one route; `nil` when they say nothing of it, and what is declared holds.
    public func wanted(_ key: RouteKey, inputs: AnnounceInputs) -> WantedAnnouncement?? {
        guard !inputs.isShuttingDown, let entry = tables[key.neighbor]?[key.prefix] else {
            return nil
        }
        return .some(Self.wanted(key.prefix, entry, inputs))
    }

    private static func wanted(
        _ prefix: IPPrefix, _ entry: Entry, _ inputs: AnnounceInputs
    ) -> WantedAnnouncement? {
        guard var attributes = entry.attributes else { return nil }
        if let force = inputs.forces[prefix], !force.isUp { return nil }
        switch phase(of: prefix, inputs) {
        case nil: break
        case .graceful:
            if !attributes.communities.contains(.gracefulShutdown) {
                attributes.communities.append(.gracefulShutdown)
            }
        case .withdrawn: return nil
        }
        return WantedAnnouncement(attributes: attributes, whenDown: .withdraw)
    }

    private static func phase(of prefix: IPPrefix, _ inputs: AnnounceInputs) -> DrainPhase? {
        guard !inputs.drains.isEmpty else { return nil }
        return [inputs.drains[.node], inputs.drains[.prefix(prefix)]].compactMap { $0 }.max()
    }

    /// In place of the declared routes' own, or beside them.
    public func statuses(inputs: AnnounceInputs) -> [RouteStatus] {
        tables.flatMap { neighbor, table in
            table.map { prefix, entry in
                let wanted = Self.wanted(prefix, entry, inputs)
                var reason = "helper \(entry.helper)"
                if entry.attributes == nil { reason += " withdrew it" }
                if entry.staleSince != nil { reason += ", which has ended" }
                if entry.attributes != nil, wanted == nil { reason += "; drained or forced down" }
                return RouteStatus(
                    route: RouteKey(prefix: prefix, neighbor: neighbor), name: entry.helper,
                    isAnnounced: wanted != nil, isDegraded: false, since: entry.since,
                    reason: reason, ruleError: nil, delayRemaining: nil, flaps: 0,
                    attributes: wanted?.attributes)
            }
        }
    }
}
