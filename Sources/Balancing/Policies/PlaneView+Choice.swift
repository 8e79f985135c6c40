// SPDX-License-Identifier: Apache-2.0

extension PlaneView {
    /// Chooses the server for a query: by the pool's policy, else by the fallback. Returns the
    /// server's ordinal, or ``none``.
    ///
    /// A policy's fault never costs a query: an error, a timeout, nonsense and a policy that is
    /// tripped are counted, and the fallback decides. A policy's word that there is no server stands.
    /// The server a script names is taken even when it is down, as by dnsdist: it may know better. A
    /// plan's is not, because the plan was made before the server went down; while a plan has nobody
    /// to offer the fallback decides.
    public func chooseServer(pool poolIndex: Int, for query: UnsafePointer<PolicyQuery>) -> Int32 {
        let pool = pools[poolIndex]
        let list = pool.ordinals
        let entry = policies[pool.policy]
        let thread = Int(query.pointee.thread)
        switch entry.kind {
        case .builtin(let policy):
            entry.statistics.count(.calls, thread: thread)
            let position = select(policy, pool: poolIndex, for: query)
            if position >= 0 { return list[Int(position)] }
            entry.statistics.count(.noServer, thread: thread)
            return Self.none
        case .planned:
            entry.statistics.count(.calls, thread: thread)
            let ordinal = planned(pool, for: query)
            return ordinal >= 0 ? ordinal : fallbackOrdinal(list, entry, thread)
        case .call(let function, let slot):
            let trip = trips + (thread &* policyCount &+ pool.policy)
            guard !trip.pointee.isTripped(nowMicroseconds: query.pointee.nowMicroseconds) else {
                return fallbackOrdinal(list, entry, thread)
            }
            entry.statistics.count(.calls, thread: thread)
            let result = function(contexts[thread], slot, Int32(poolIndex), query)
            if result >= 0, Int(result) < serverCount {
                return records[Int(result)].isBarred ? Self.none : result
            }
            return settle(result, entry, list, trip, query)
        }
    }

    /// Counts what a script returned instead of a server, and decides in its place.
    private func settle(
        _ result: Int32, _ entry: PolicyEntry, _ list: Ordinals,
        _ trip: UnsafeMutablePointer<PolicyTrip>, _ query: UnsafePointer<PolicyQuery>
    ) -> Int32 {
        let thread = Int(query.pointee.thread)
        switch result {
        case PolicyResult.none:
            entry.statistics.count(.noServer, thread: thread)
            return Self.none
        case PolicyResult.error:
            entry.statistics.count(.errors, thread: thread)
        case PolicyResult.timeout:
            entry.statistics.count(.timeouts, thread: thread)
            trip.pointee.recordTimeout(nowMicroseconds: query.pointee.nowMicroseconds)
        default:
            entry.statistics.count(.nonsense, thread: thread)
        }
        return fallbackOrdinal(list, entry, thread)
    }

    private func fallbackOrdinal(_ list: Ordinals, _ entry: PolicyEntry, _ thread: Int) -> Int32 {
        entry.statistics.count(.fallbacks, thread: thread)
        let position = fallback(list)
        return position >= 0 ? list[Int(position)] : Self.none
    }
}
