// SPDX-License-Identifier: Apache-2.0

import Glibc

extension PlaneView {
    /// Whether a pool has a server that policies may choose (`PoolAvailableRule`).
    public func hasLiveServer(pool: Int) -> Bool {
        // By index: without optimization an iterator over the buffer takes memory for each step.
        let ordinals = pools[pool].ordinals
        for index in 0..<ordinals.count where records[Int(ordinals[index])].isUp { return true }
        return false
    }

    /// Queries in flight to all servers of a pool (`PoolOutstandingRule`).
    func outstanding(pool: Int) -> Int {
        var sum = 0
        let ordinals = pools[pool].ordinals
        for index in 0..<ordinals.count { sum &+= records[Int(ordinals[index])].outstanding }
        return sum
    }

    /// The index of a pool by its name, which a script gave; `nil` for a pool that is not declared.
    public func pool(named name: UnsafeRawBufferPointer) -> Int? {
        for index in 0..<poolCount {
            let known = pools[index].name
            guard known.count == name.count else { continue }
            guard let one = known.baseAddress, let other = name.baseAddress else { return index }
            if memcmp(one, other, name.count) == 0 { return index }
        }
        return nil
    }

    /// The ordinal of a server of this snapshot, or ``none``.
    public func ordinal(of server: ServerHandle) -> Int32 {
        for ordinal in 0..<serverCount where records[ordinal] == server { return Int32(ordinal) }
        return Self.none
    }

    /// The cache that a ticket is of, if this snapshot still has it.
    public func cache(id: UInt32) -> PacketCacheHandle? {
        for index in 0..<caches.count where caches[index].id == id { return caches[index] }
        return nil
    }

    /// Calls a script of rules on the query's thread; without scripts it is an error.
    func callScript(
        _ slot: Int32, _ kind: ScriptCallKind, _ query: UnsafeMutablePointer<PolicyQuery>
    ) -> Int32 {
        guard let script else { return PolicyResult.error }
        return script(contexts[Int(query.pointee.thread)], slot, kind.rawValue, query)
    }
}
