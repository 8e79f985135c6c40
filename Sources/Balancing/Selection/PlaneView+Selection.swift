// SPDX-License-Identifier: Apache-2.0
//
// dnsdist's balancing algorithms (its manual's "Load-balancing policies"), each over a list of
// server ordinals: a whole pool, or whatever list a script passes. They read the records' atomics as
// they go, take no lock and allocate nothing. Other threads change the records meanwhile, so those
// that pass over the list twice must not assume that both passes saw the same.

public import Declarations
import Synchronization

extension PlaneView {
    /// A list of server ordinals.
    public typealias Ordinals = UnsafeBufferPointer<Int32>

    /// Returned when no server can be chosen.
    public static let none: Int32 = -1

    /// Chooses by a compiled policy and returns the position in `list`, or ``none``.
    ///
    /// - Parameter query: by its address, for it is larger than the decision; `wrandom` and
    ///   `orderedWrandUntag` draw from its thread's numbers.
    public func select(
        _ policy: BuiltinPolicy, from list: Ordinals, for query: UnsafePointer<PolicyQuery>
    ) -> Int32 {
        switch policy {
        case .leastOutstanding: leastOutstanding(list)
        case .firstAvailable:
            firstAvailable(list, nowMicroseconds: query.pointee.nowMicroseconds)
        case .wrandom: weighted(list, .random(query.pointee.generator.pointee.next()))
        case .whashed:
            weighted(list, .hash(query.pointee.nameHash(perturbation: hashPerturbation)))
        case .chashed:
            consistent(list, hash: query.pointee.nameHash(perturbation: hashPerturbation))
        case .roundrobin: roundRobin(list)
        case .orderedWrandUntag:
            lowestOrderUntagged(
                list, .random(query.pointee.generator.pointee.next()), query.pointee.state)
        }
    }

    /// The live server with the smallest (outstanding, order, latency); the first of equals.
    @inline(__always)
    func leastOutstanding(_ list: Ordinals) -> Int32 {
        var best = Self.none
        var bestKey = (Int.max, Int.max, Double.infinity)
        for position in 0..<list.count {
            let server = records[Int(list[position])]
            guard server.isUp else { continue }
            let key = (server.outstanding, server.order, server.latencyMicroseconds)
            guard best == Self.none || key < bestKey else { continue }
            best = Int32(truncatingIfNeeded: position)
            bestKey = key
        }
        return best
    }

    /// `leastOutstanding` within the lowest order that has a live server: what answers when a
    /// policy cannot, so that its fault does not spill customers to the last resort.
    public func fallback(_ list: Ordinals) -> Int32 {
        var best = Self.none
        var bestKey = (Int.max, Int.max, Double.infinity)
        for position in 0..<list.count {
            let server = records[Int(list[position])]
            guard server.isUp else { continue }
            let key = (server.order, server.outstanding, server.latencyMicroseconds)
            guard best == Self.none || key < bestKey else { continue }
            best = Int32(truncatingIfNeeded: position)
            bestKey = key
        }
        return best
    }

    /// ``fallback(_:)`` among the other servers of a pool, for a query that one did not answer:
    /// its ordinal, or ``none``.
    public func fallback(pool: Int, otherThan failed: ServerHandle) -> Int32 {
        var best = Self.none
        var bestKey = (Int.max, Int.max, Double.infinity)
        for ordinal in pools[pool].ordinals {
            let server = records[Int(ordinal)]
            guard server.isUp, server.id != failed.id else { continue }
            let key = (server.order, server.outstanding, server.latencyMicroseconds)
            guard best == Self.none || key < bestKey else { continue }
            best = ordinal
            bestKey = key
        }
        return best
    }

    /// The first live server whose rate limit leaves room, else `leastOutstanding`.
    @inline(__always)
    func firstAvailable(_ list: Ordinals, nowMicroseconds: UInt64) -> Int32 {
        for position in 0..<list.count {
            let server = records[Int(list[position])]
            if server.isUp, server.hasQueryToken(nowMicroseconds: nowMicroseconds) {
                return Int32(truncatingIfNeeded: position)
            }
        }
        return leastOutstanding(list)
    }

    /// The k-th of the live servers, or of all when none lives and the flag permits.
    @inline(__always)
    func roundRobin(_ list: Ordinals) -> Int32 {
        var live = 0
        for position in 0..<list.count where records[Int(list[position])].isUp { live += 1 }
        let takesAll = live == 0
        guard list.count > 0, !(takesAll && roundRobinFailsOnNoServer) else { return Self.none }
        let turn = shared.pointee.roundRobinTurn.wrappingAdd(1, ordering: .relaxed).oldValue
        guard !takesAll else {
            return Int32(truncatingIfNeeded: turn % UInt64(list.count))
        }
        var left = turn % UInt64(live)
        var last = Self.none
        for position in 0..<list.count where records[Int(list[position])].isUp {
            last = Int32(truncatingIfNeeded: position)
            if left == 0 { return last }
            left -= 1
        }
        // One went down since it was counted: the last live one, or the flag's way out.
        return last
    }
}
