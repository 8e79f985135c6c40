// SPDX-License-Identifier: Apache-2.0
//
// A hash table of 48 octets a route and, on average, 8 more for its index: a Dictionary of the same
// needs more than twice that, and a hundred thousand routes to each of several neighbours are to
// cost what is in DESIGN §6. Routes lie in slots that do not move while they live, so that a queue
// can hold their numbers; the index is open addressing with linear probing over slot numbers.

import Addressing

/// The routes of one neighbour by prefix, each in a slot of its own.
struct RouteTable: Sendable {
    /// A value of ``SharedValues`` by number.
    typealias Number = UInt32

    struct Flags: OptionSet, Sendable {
        let rawValue: UInt8

        static let isUsed = Flags(rawValue: 1)
        static let isAnnounceDue = Flags(rawValue: 2)
        static let isWithdrawDue = Flags(rawValue: 4)
        /// It has a place in the queue of announces, due or not.
        static let isInAnnounces = Flags(rawValue: 8)
        static let isInWithdraws = Flags(rawValue: 16)
        /// A refresh asked for it, equal or not.
        static let isStale = Flags(rawValue: 32)
        /// Its attributes fit no message.
        static let isUnfit = Flags(rawValue: 64)
    }

    struct Route: Sendable {
        let prefix: IPPrefix
        var flags: Flags = .isUsed
        var wanted = Number.max
        /// What is announced instead while control renews no lease.
        var whenDown = Number.max
        var sent = Number.max
        var sentUnixSeconds = 0.0
    }

    private var routes: [Route] = []
    /// Slot + 1, 0 for none; a power of two of them.
    private var index: [UInt32] = []
    private var free: [UInt32] = []

    var count: Int { routes.count - free.count }

    /// Every slot there is, unused ones among them.
    var slots: Range<Int> { routes.indices }

    subscript(_ slot: Int) -> Route {
        _read { yield routes[slot] }
        _modify { yield &routes[slot] }
    }

    func slot(of prefix: IPPrefix) -> Int? {
        guard !index.isEmpty else { return nil }
        var place = place(of: prefix)
        while index[place] != 0 {
            let slot = Int(index[place]) - 1
            if routes[slot].prefix == prefix { return slot }
            place = (place + 1) & (index.count - 1)
        }
        return nil
    }

    /// Adds a prefix that is not there; its slot.
    mutating func insert(_ prefix: IPPrefix) -> Int {
        if (count + 1) * 4 > index.count * 3 { grow() }
        let slot: Int
        if let reused = free.popLast() {
            slot = Int(reused)
            routes[slot] = Route(prefix: prefix)
        } else {
            slot = routes.count
            routes.append(Route(prefix: prefix))
        }
        enter(slot)
        return slot
    }

    mutating func remove(_ slot: Int) {
        var hole = place(of: routes[slot].prefix)
        while Int(index[hole]) != slot + 1 { hole = (hole + 1) & (index.count - 1) }
        // Whatever a search would pass the hole to find moves into it.
        var next = hole
        while true {
            next = (next + 1) & (index.count - 1)
            guard index[next] != 0 else { break }
            let home = place(of: routes[Int(index[next]) - 1].prefix)
            let isReachedOverHole =
                (next &- home) & (index.count - 1) >= (next &- hole) & (index.count - 1)
            guard isReachedOverHole else { continue }
            index[hole] = index[next]
            hole = next
        }
        index[hole] = 0
        routes[slot].flags = []
        free.append(UInt32(slot))
        if count == 0 { self = RouteTable() }
    }

    private mutating func enter(_ slot: Int) {
        var place = place(of: routes[slot].prefix)
        while index[place] != 0 { place = (place + 1) & (index.count - 1) }
        index[place] = UInt32(slot + 1)
    }

    private mutating func grow() {
        index = [UInt32](repeating: 0, count: max(16, index.count * 2))
        for slot in routes.indices where routes[slot].flags.contains(.isUsed) { enter(slot) }
    }

    /// Mixes all bits: prefixes of one operator differ in few. They are the operator's own, so that
    /// nobody chooses them to collide.
    private func place(of prefix: IPPrefix) -> Int {
        var mixed = prefix.address.high &* 0x9e37_79b9_7f4a_7c15
        mixed = (mixed ^ (mixed >> 32)) &+ prefix.address.low
        mixed = (mixed ^ UInt64(prefix.length) << 56) &* 0xd6e8_feb8_6659_fd93
        mixed = (mixed ^ (mixed >> 32)) &* 0xd6e8_feb8_6659_fd93
        return Int(truncatingIfNeeded: mixed >> 32) & (index.count - 1)
    }
}
