// SPDX-License-Identifier: Apache-2.0
//
// Adj-RIB-Out (RFC 4271 §3.2) as a dirty set. There is no queue of messages: a prefix is wanted in
// one way, was sent in one way, and is dirty while the two differ. What to say about it is decided
// when the socket has room, so a closed window delays nothing that is superseded; withdraws are
// said first; what returns to what was sent before it could be said is not said at all.
//
// Attributes are kept once for all routes that share them, as they are wanted and as this session
// sends them; what one becomes of the other is worked out once as well, not once a route.

import Addressing
import BGPWire
import Declarations

struct AdjacencyOut: Sendable {
    typealias Number = RouteTable.Number

    static let none = Number.max

    var table = RouteTable()
    /// References: ``RouteTable/Route/wanted`` and ``RouteTable/Route/whenDown``.
    var wantedSets = SharedValues<RouteAttributes>()
    /// References: ``RouteTable/Route/sent`` and ``resolutions``.
    var sentSets = SharedValues<PathAttributes>()
    var resolutions = Resolutions()
    /// What was wanted last, with its numbers, which are valid as long as a route holds them.
    private var lastSet: (route: WantedRoute, wanted: Number, whenDown: Number)?
    var wantedCount = 0
    var sentCount = 0
    var withdraws = DirtyQueue()
    var announces = DirtyQueue()
    var withdrawsDue = 0
    var announcesDue = 0
    var endOfRIBDue: [AddressFamily] = []
    /// It waits for the health of what is announced.
    var isEndOfRIBHeld = false
    var refreshes = RefreshReplies()
    var session: (resolver: RouteResolver, encoder: UpdateEncoder)?
    /// Control renews no lease: routes are in their `whenDown` state.
    var isLapsed = false

    var isEndOfRIBReady: Bool { !isEndOfRIBHeld && !endOfRIBDue.isEmpty }

    var hasWork: Bool {
        session != nil
            && (announcesDue + withdrawsDue > 0 || isEndOfRIBReady || refreshes.isDue)
    }

    // MARK: What changes

    /// Makes `new` all that is wanted; a lapse is over.
    mutating func replaceWanted(_ new: [IPPrefix: WantedRoute]) {
        let wasLapsed = isLapsed
        isLapsed = false
        var goneCount = wantedCount
        for (prefix, route) in new {
            let known = table.slot(of: prefix)
            if let known, table[known].wanted != Self.none {
                goneCount -= 1
                if set(known, route) { mark(known) }
            } else {
                let slot = known ?? table.insert(prefix)
                wantedCount += 1
                _ = set(slot, route)
                mark(slot)
            }
        }
        if goneCount > 0 {
            for slot in table.slots
            where table[slot].wanted != Self.none && new[table[slot].prefix] == nil {
                unset(slot)
            }
        }
        if wasLapsed { markAll() }
    }

    /// Changes what is wanted by so much; a lapse goes on.
    mutating func changeWanted(_ changes: [WantedChange]) {
        for change in changes {
            let known = table.slot(of: change.prefix)
            guard let route = change.route else {
                if let known, table[known].wanted != Self.none { unset(known) }
                continue
            }
            let slot = known ?? table.insert(change.prefix)
            let isNew = table[slot].wanted == Self.none
            if isNew { wantedCount += 1 }
            if set(slot, route) || isNew { mark(slot) }
        }
    }

    /// Control renews no lease: from now on `whenDown` is what is wanted.
    mutating func lapse() {
        isLapsed = true
        markAll()
    }

    /// A session that is new knows nothing of ours.
    mutating func sessionUp(_ resolver: RouteResolver, _ encoder: UpdateEncoder) {
        sessionDown()
        session = (resolver, encoder)
        endOfRIBDue = resolver.parameters.families
        refreshes = RefreshReplies(isEnhanced: resolver.parameters.isEnhancedRefresh)
        markAll()
    }

    /// This host's addresses are others: what "self" means is worked out anew, and what comes out as it
    /// was is not sent.
    mutating func addressesChanged(_ interfaces: InterfaceAddresses) {
        guard session != nil else { return }
        session?.resolver.interfaces = interfaces
        for number in resolutions.removeAll() { sentSets.release(number) }
        markAll()
    }

    mutating func sessionDown() {
        session = nil
        withdraws = DirtyQueue()
        announces = DirtyQueue()
        withdrawsDue = 0
        announcesDue = 0
        endOfRIBDue = []
        refreshes = RefreshReplies()
        for number in resolutions.removeAll() { sentSets.release(number) }
        for slot in table.slots where table[slot].flags.contains(.isUsed) {
            table[slot].flags = .isUsed
            forgetSent(slot)
            reclaim(slot)
        }
    }

    /// RFC 2918 §4: everything of that family again, as it is wanted now.
    mutating func refresh(_ family: AddressFamily) {
        guard session != nil else { return }
        // RFC 7313 §4: not before the End-of-RIB; what was sent before it is sent once more then.
        if refreshes.isEnhanced, endOfRIBDue.contains(family) {
            return refreshes.postpone(family)
        }
        var count = 0
        for slot in table.slots
        where table[slot].sent != Self.none && self.family(of: slot) == family {
            count += 1
            table[slot].flags.insert(.isStale)
            mark(slot)
        }
        refreshes.begin(family, routes: count)
    }

    private mutating func markAll() {
        for slot in table.slots where table[slot].flags.contains(.isUsed) { mark(slot) }
    }

    /// Whether that changed what is wanted.
    private mutating func set(_ slot: Int, _ route: WantedRoute) -> Bool {
        if let lastSet, lastSet.route.isSameCopy(as: route), table[slot].wanted == Self.none,
            table[slot].whenDown == Self.none
        {
            // What the route before this one was given: nothing is to be compared.
            wantedSets.retain(lastSet.wanted)
            if lastSet.whenDown != Self.none { wantedSets.retain(lastSet.whenDown) }
            table[slot].wanted = lastSet.wanted
            table[slot].whenDown = lastSet.whenDown
            return true
        }
        defer { lastSet = (route, table[slot].wanted, table[slot].whenDown) }
        var hasChanged = false
        let wanted = table[slot].wanted
        if wanted == Self.none || wantedSets[wanted] != route.attributes {
            table[slot].wanted = wantedSets.acquire(route.attributes)
            releaseWanted(wanted)
            hasChanged = true
        }
        let old = table[slot].whenDown
        switch route.whenDown {
        case .withdraw where old == Self.none: break
        case .attributes(let attributes)
        where old != Self.none && wantedSets[old] == attributes:
            break
        case .withdraw:
            table[slot].whenDown = Self.none
            releaseWanted(old)
            hasChanged = true
        case .attributes(let attributes):
            table[slot].whenDown = wantedSets.acquire(attributes)
            releaseWanted(old)
            hasChanged = true
        }
        return hasChanged
    }

    private mutating func unset(_ slot: Int) {
        let wanted = table[slot].wanted
        let whenDown = table[slot].whenDown
        table[slot].wanted = Self.none
        table[slot].whenDown = Self.none
        wantedCount -= 1
        releaseWanted(wanted)
        releaseWanted(whenDown)
        mark(slot)
        reclaim(slot)
    }

    private mutating func releaseWanted(_ number: Number) {
        guard number != Self.none, wantedSets.release(number) else { return }
        // The number may soon be another's.
        if let last = lastSet, last.wanted == number || last.whenDown == number { lastSet = nil }
        for path in resolutions.remove(number) { sentSets.release(path) }
    }

    /// Puts a route among the due ones that its wanted and its sent state ask for.
    private mutating func mark(_ slot: Int) {
        guard session != nil else { return }
        table[slot].flags.remove(.isUnfit)
        setDue(slot, announce: false, withdraw: false)
        if let path = acquirePath(slot) {
            let route = table[slot]
            if route.sent != path || route.flags.contains(.isStale) {
                setDue(slot, announce: true, withdraw: false)
            }
            sentSets.release(path)
        } else if table[slot].sent != Self.none {
            setDue(slot, announce: false, withdraw: true)
        }
    }

    mutating func setDue(_ slot: Int, announce: Bool, withdraw: Bool) {
        var flags = table[slot].flags
        if flags.contains(.isAnnounceDue) { announcesDue -= 1 }
        if flags.contains(.isWithdrawDue) { withdrawsDue -= 1 }
        flags.subtract([.isAnnounceDue, .isWithdrawDue])
        if announce {
            announcesDue += 1
            flags.insert(.isAnnounceDue)
            if flags.insert(.isInAnnounces).inserted { announces.append(slot) }
        }
        if withdraw {
            withdrawsDue += 1
            flags.insert(.isWithdrawDue)
            if flags.insert(.isInWithdraws).inserted { withdraws.append(slot) }
        }
        table[slot].flags = flags
    }

    /// A slot that nothing speaks of any more is free.
    mutating func reclaim(_ slot: Int) {
        let route = table[slot]
        guard route.flags.isDisjoint(with: [.isInAnnounces, .isInWithdraws]),
            route.wanted == Self.none, route.sent == Self.none
        else { return }
        table.remove(slot)
    }

    mutating func forgetSent(_ slot: Int) {
        let sent = table[slot].sent
        guard sent != Self.none else { return }
        table[slot].sent = Self.none
        sentSets.release(sent)
        sentCount -= 1
    }

    func family(of slot: Int) -> AddressFamily {
        AddressFamily(unicast: table[slot].prefix.address.family)
    }

    // MARK: What becomes of a wanted route

    func effective(_ slot: Int) -> Number {
        isLapsed ? table[slot].whenDown : table[slot].wanted
    }

    /// What is to be sent of a route, with a reference; `nil` for nothing.
    mutating func acquirePath(_ slot: Int) -> Number? {
        let wanted = effective(slot)
        guard let resolver = session?.resolver, wanted != Self.none else { return nil }
        let prefix = table[slot].prefix
        // Only a prefix that holds an address of this host is a case of its own: what is announced
        // cannot be the way to itself.
        guard !resolver.interfaces.holdsAddress(in: prefix) else {
            return resolve(prefix, wanted, resolver)
        }
        let family = prefix.address.family
        switch resolutions.find(wanted, family) {
        case .refused: return nil
        case .path(let number):
            sentSets.retain(number)
            return number
        case nil:
            let path = resolve(prefix, wanted, resolver)
            if let path { sentSets.retain(path) }
            resolutions.insert(path.map { .path($0) } ?? .refused, wanted, family)
            return path
        }
    }

    private mutating func resolve(
        _ prefix: IPPrefix, _ wanted: Number, _ resolver: RouteResolver
    ) -> Number? {
        guard case .send(let path) = resolver.resolve(prefix, wantedSets[wanted]) else {
            return nil
        }
        return sentSets.acquire(path)
    }
}
