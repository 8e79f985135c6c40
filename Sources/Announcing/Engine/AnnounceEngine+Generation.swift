// SPDX-License-Identifier: Apache-2.0
//
// The routes of a new generation take over what the old ones went through. Both are sorted by prefix,
// so that one walk over the two finds who is new, who stays and who is gone.

public import Addressing
public import Declarations

extension AnnounceEngine {
    /// Fresh ones for all that is declared, sorted by key, each once.
    func declaredRoutes(
        _ announcements: [AnnouncementDeclaration], _ declared: [NeighborDeclaration],
        now: Duration
    ) -> [RouteStateMachine] {
        let shared = neighbors.mapValues { RouteNeighbor($0) }
        let all = declared.compactMap { shared[$0.key] }
        var fresh: [RouteStateMachine] = []
        fresh.reserveCapacity(announcements.count * max(1, declared.count))
        for (index, announcement) in announcements.enumerated() {
            let some = announcement.neighbors.map { $0.compactMap { shared[$0] } } ?? all
            for neighbor in some {
                fresh.append(
                    RouteStateMachine(
                        neighbor: neighbor, declaration: announcement, announcement: index,
                        now: now))
            }
        }
        // The first of two declarations counts.
        fresh.sort {
            $0.comes(before: $1) || $0.isSame(as: $1) && $0.announcement < $1.announcement
        }
        var last: Int?
        let unique = fresh.indices.filter { index in
            if let last, fresh[last].isSame(as: fresh[index]) { return false }
            last = index
            return true
        }
        return unique.count == fresh.count ? fresh : unique.map { fresh[$0] }
    }

    /// Gives the routes the history that they have in `old`, and reports what is gone.
    mutating func adopt(_ old: [RouteStateMachine], now: Duration) {
        var next = 0
        var index = 0
        while index < routes.count {
            let prefix = routes[index].declaration.prefix
            while next < old.count, old[next].declaration.prefix < prefix {
                remove(old[next])
                next += 1
            }
            var end = next
            while end < old.count, old[end].declaration.prefix == prefix { end += 1 }
            var kept: Set<Int> = []
            while index < routes.count, routes[index].declaration.prefix == prefix {
                let same = (next..<end).first { old[$0].isSame(as: routes[index]) }
                if let same {
                    kept.insert(same)
                    take(old[same], at: index)
                } else {
                    begin(at: index, beside: old[next..<end], now: now)
                }
                index += 1
            }
            for gone in next..<end where !kept.contains(gone) { remove(old[gone]) }
            next = end
        }
        while next < old.count {
            remove(old[next])
            next += 1
        }
    }

    private mutating func take(_ old: RouteStateMachine, at index: Int) {
        let fresh = routes[index]
        routes[index] = old
        routes[index].neighbor = fresh.neighbor
        routes[index].redeclare(fresh.declaration, announcement: fresh.announcement)
    }

    private mutating func begin(
        at index: Int, beside siblings: ArraySlice<RouteStateMachine>, now: Duration
    ) {
        if let memory = remembered.isEmpty ? nil : remembered.removeValue(forKey: routes[index].key)
        {
            routes[index].adopt(flaps: memory.flaps, owesDelay: memory.owesDelay, now: now)
        } else if let sibling = siblings.max(by: { $0.flaps(now: now) < $1.flaps(now: now) }) {
            routes[index].adopt(sibling: sibling, now: now)
        }
        // Taken away and declared again before anybody was told.
        guard !removals.isEmpty else { return }
        routes[index].told = removals.removeValue(forKey: routes[index].key)?.before
    }

    private mutating func remove(_ route: RouteStateMachine) {
        guard route.told != nil else { return }
        let key = route.neighbor.key
        removals[route.key] = RouteChange(
            prefix: route.declaration.prefix, toward: route.neighbor, before: route.told,
            after: nil,
            cause: neighbors[key] == nil
                ? "neighbor \(key) is no longer declared" : "no longer declared")
    }

    mutating func takeRemovals() -> [RouteChange] {
        guard !removals.isEmpty else { return [] }
        defer { removals = [:] }
        return removals.sorted { $0.key < $1.key }.map(\.value)
    }

    mutating func indexRoutes() {
        gated = [:]
        for index in routes.indices {
            guard case .checks(let names) = routes[index].declaration.condition else { continue }
            for name in names { gated[name, default: []].append(UInt32(index)) }
        }
    }

    /// How one route is wanted, as of the last evaluation.
    public func wanted(_ prefix: IPPrefix, toward neighbor: NeighborKey) -> WantedAnnouncement? {
        positions(of: prefix).first { routes[$0].neighbor.key == neighbor }
            .flatMap { routes[$0].told }
    }

    /// Where the routes of an announcement are.
    func positions(of index: Int) -> [Int] {
        guard announcements.indices.contains(index) else { return [] }
        return positions(of: announcements[index].prefix).filter {
            routes[$0].announcement == index
        }
    }

    /// Routes of one prefix are beside each other.
    private func positions(of prefix: IPPrefix) -> Range<Int> {
        var (low, high) = (0, routes.count)
        while low < high {
            let middle = (low + high) / 2
            if routes[middle].declaration.prefix < prefix {
                low = middle + 1
            } else {
                high = middle
            }
        }
        var end = low
        while end < routes.count, routes[end].declaration.prefix == prefix { end += 1 }
        return low..<end
    }
}
