// SPDX-License-Identifier: Apache-2.0

import Declarations
import Synchronization

extension PlaneView {
    /// ``select(_:from:for:)`` for a whole pool, by what this thread keeps of it: the same choice,
    /// at a cost that does not grow with the pool. What bounds loads, or depends on a query's tags,
    /// looks at every server.
    @inline(__always)
    func select(
        _ policy: BuiltinPolicy, pool: Int, for query: UnsafePointer<PolicyQuery>
    ) -> Int32 {
        let list = pools[pool].ordinals
        switch policy {
        case .roundrobin:
            let live = upToDate(pool, list, query, isTier: false)
            // Nobody: what then is the same for every list.
            guard live.pointee.count > 0 else { return roundRobin(list) }
            let turn = shared.pointee.roundRobinTurn
                .wrappingAdd(1, ordering: .relaxed).oldValue
            return live.pointee.positions[Int(turn % UInt64(live.pointee.count))]
        case .wrandom where weightedBalancingFactor == 0:
            return drawn(
                upToDate(pool, list, query, isTier: false),
                .random(query.pointee.generator.pointee.next()))
        case .whashed where weightedBalancingFactor == 0:
            return drawn(
                upToDate(pool, list, query, isTier: false),
                .hash(query.pointee.nameHash(perturbation: hashPerturbation)))
        case .orderedWrandUntag
        where weightedBalancingFactor == 0 && query.pointee.state?.pointee.tags.isEmpty != false:
            return drawn(
                upToDate(pool, list, query, isTier: true),
                .random(query.pointee.generator.pointee.next()))
        case .leastOutstanding where list.count > LiveServers.exactMax:
            return upToDate(pool, list, query, isTier: false).pointee.leastOutstanding(
                self, list, nowMicroseconds: query.pointee.nowMicroseconds)
        case .chashed where consistentHashBalancingFactor == 0:
            let chosen = consistent(
                pools[pool], hash: query.pointee.nameHash(perturbation: hashPerturbation))
            return chosen == Self.none ? select(policy, from: list, for: query) : chosen
        case .leastOutstanding, .firstAvailable, .wrandom, .whashed, .chashed,
            .orderedWrandUntag:
            return select(policy, from: list, for: query)
        }
    }

    @inline(__always)
    private func drawn(_ live: UnsafePointer<LiveServers>, _ draw: Draw) -> Int32 {
        guard live.pointee.count > 0 else { return Self.none }
        return live.pointee.position(
            at: (live.pointee.isScaled ? draw.wide : draw.value) % live.pointee.total)
    }

    /// `chashed` by the pool's circle; ``none`` when no live server has a point that counts.
    @inline(__always)
    private func consistent(_ pool: PoolView, hash: UInt32) -> Int32 {
        guard let ring = pool.ring, let points else { return Self.none }
        return ring.owner(from: hash) { position, number in
            let ordinal = Int(pool.ordinals[Int(position)])
            let server = records[ordinal]
            guard server.isUp else { return false }
            let weight = min(server.weight, points[ordinal].count)
            return number < Self.pointLimit(weight: weight, scaledScore: server.scaledScore)
        }
    }

    /// What the query's thread keeps of a pool, brought up to date.
    @inline(__always)
    private func upToDate(
        _ pool: Int, _ list: Ordinals, _ query: UnsafePointer<PolicyQuery>, isTier: Bool
    ) -> UnsafeMutablePointer<LiveServers> {
        let place = liveServers + (Int(query.pointee.thread) &* poolCount &+ pool)
        let epoch = stateEpoch
        if place.pointee.epoch != epoch {
            place.pointee.make(self, list, epoch: epoch, isTier: isTier)
        }
        return place
    }

    /// Whether a pool's policy looks at ``liveServers``.
    static func keepsLive(_ policy: BuiltinPolicy, servers: Int) -> Bool {
        switch policy {
        case .roundrobin, .wrandom, .whashed, .orderedWrandUntag: true
        case .leastOutstanding: servers > LiveServers.exactMax
        case .firstAvailable, .chashed: false
        }
    }
}
