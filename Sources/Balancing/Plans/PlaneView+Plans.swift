// SPDX-License-Identifier: Apache-2.0
//
// How the plane follows a plan: one load finds it, no lock is taken, nothing is counted by reference.
// A plan is always a little late, so whoever it names is looked at again before the query goes there.

import Declarations
import Synchronization

extension PlaneView {
    /// The server that a pool's plan chooses, or ``none`` without a plan or when nobody in it lives.
    @inline(__always)
    func planned(_ pool: PoolView, for query: UnsafePointer<PolicyQuery>) -> Int32 {
        // Sequentially consistent, as is the store: SnapshotCell tells why.
        guard let raw = pool.plan?.pointee.load(ordering: .sequentiallyConsistent) else {
            return Self.none
        }
        let plan = raw.assumingMemoryBound(to: PlanView.self)
        let list = plan.pointee.ordinals
        switch plan.pointee.picker {
        case .leastOutstanding: return list.ordinal(at: leastOutstanding(list))
        case .firstAvailable:
            return list.ordinal(
                at: firstAvailable(list, nowMicroseconds: query.pointee.nowMicroseconds))
        case .roundrobin: return ifUp(list.ordinal(at: roundRobin(list)))
        case .wrandom, .whashed, .chashed, .orderedWrandUntag:
            return ifUp(list.ordinal(at: position(in: plan, for: query)))
        }
    }

    /// A server that is up when it is chosen; what a draw fell on, and whom roundrobin takes when all
    /// are down, may not be, and a plan leaves that to the fallback.
    @inline(__always)
    private func ifUp(_ ordinal: Int32) -> Int32 {
        guard ordinal >= 0, records[Int(ordinal)].isUp else { return Self.none }
        return ordinal
    }

    /// For the pickers that have more to look at than the servers.
    private func position(
        in plan: UnsafePointer<PlanView>, for query: UnsafePointer<PolicyQuery>
    ) -> Int32 {
        switch plan.pointee.picker {
        case .wrandom:
            return drawn(plan, .random(query.pointee.generator.pointee.next()))
        case .whashed:
            return drawn(plan, .hash(query.pointee.nameHash(perturbation: hashPerturbation)))
        case .chashed:
            guard let circles = plan.pointee.circles, let limits = plan.pointee.limits else {
                return Self.none
            }
            return consistent(
                plan.pointee.ordinals,
                hash: query.pointee.nameHash(perturbation: hashPerturbation)
            ) { position, _ in (circles[position], limits[position]) }
        case .orderedWrandUntag:
            return untagged(plan, .random(query.pointee.generator.pointee.next()), query)
        case .leastOutstanding, .firstAvailable, .roundrobin: return Self.none
        }
    }

    /// The server into whose share the draw falls. When that one is down, one of the live ones by
    /// their shares, drawn anew: together that is each live one's share of the live ones' sum.
    private func drawn(_ plan: UnsafePointer<PlanView>, _ draw: Draw) -> Int32 {
        guard let ends = plan.pointee.ends, plan.pointee.total > 0, weightedBalancingFactor == 0
        else { return drawnAmongLive(plan, draw) }
        let target = (plan.pointee.isScaled ? draw.wide : draw.value) % plan.pointee.total
        var low = 0
        var high = plan.pointee.ordinals.count &- 1
        while low < high {
            let middle = (low &+ high) >> 1
            if ends[middle] > target { high = middle } else { low = middle &+ 1 }
        }
        if records[Int(plan.pointee.ordinals[low])].isUp { return Int32(truncatingIfNeeded: low) }
        return drawnAmongLive(plan, Draw(value: draw.second, isHash: false))
    }

    private func drawnAmongLive(_ plan: UnsafePointer<PlanView>, _ draw: Draw) -> Int32 {
        bounded(plan, draw) { _, _ in true }
    }

    private func untagged(
        _ plan: UnsafePointer<PlanView>, _ draw: Draw, _ query: UnsafePointer<PolicyQuery>
    ) -> Int32 {
        let tier = UntaggedTier(self, plan.pointee.ordinals, query.pointee.state)
        return bounded(plan, draw) { tier.admits($0, $1, in: self) }
    }

    /// One of the live servers that are admitted and, with a bound on the load, below it.
    @inline(__always)
    private func bounded(
        _ plan: UnsafePointer<PlanView>, _ draw: Draw, _ admits: (ServerHandle, Int) -> Bool
    ) -> Int32 {
        guard weightedBalancingFactor > 0 else { return drawn(plan, draw, admits) }
        let loadMax = loadMax(
            plan.pointee.ordinals, factor: weightedBalancingFactor, where: admits)
        let chosen = drawn(plan, draw) {
            admits($0, $1) && Double($0.outstanding) <= loadMax * Double($0.weight)
        }
        // Loads moved between the passes: somebody is below the average of any one moment.
        return chosen == Self.none ? drawn(plan, draw, admits) : chosen
    }

    /// One of the live servers that are admitted, by the plan's shares.
    @inline(__always)
    private func drawn(
        _ plan: UnsafePointer<PlanView>, _ draw: Draw, _ admits: (ServerHandle, Int) -> Bool
    ) -> Int32 {
        guard let ends = plan.pointee.ends else { return Self.none }
        let list = plan.pointee.ordinals
        var sum: UInt64 = 0
        var count: UInt64 = 0
        for position in 0..<list.count {
            let server = records[Int(list[position])]
            guard server.isUp, admits(server, Int(list[position])) else { continue }
            sum += ends[position] - (position > 0 ? ends[position - 1] : 0)
            count += 1
        }
        guard count > 0 else { return Self.none }
        let isUniform = sum == 0
        let target =
            (plan.pointee.isScaled ? draw.wide : draw.value) % (isUniform ? count : sum)
        var reached: UInt64 = 0
        var last = Self.none
        for position in 0..<list.count {
            let server = records[Int(list[position])]
            guard server.isUp, admits(server, Int(list[position])) else { continue }
            reached += isUniform ? 1 : ends[position] - (position > 0 ? ends[position - 1] : 0)
            last = Int32(truncatingIfNeeded: position)
            if reached > target { return last }
        }
        return last
    }
}

extension PlaneView.Ordinals {
    /// The ordinal at a position that a policy chose, or ``PlaneView/none``.
    @inline(__always)
    fileprivate func ordinal(at position: Int32) -> Int32 {
        position >= 0 ? self[Int(position)] : PlaneView.none
    }
}
