// SPDX-License-Identifier: Apache-2.0
//
// Adj-RIB-In (RFC 4271 §3.2) of an announcer: nothing is imported, so that nothing is kept but
// numbers and, of the prefixes that rules want to know of, what the neighbour says of them. Its
// size is that of the configuration, whatever a neighbour sends.

import Addressing
import BGPWire
import Declarations

struct AdjacencyIn: Sendable {
    private(set) var counts: [RouteFamily: PrefixCounts] = [:]
    private var watched: Set<IPPrefix> = []
    private var held: [IPPrefix: AnnouncedAttributes] = [:]
    /// Families of the session that have said all (RFC 4724 §2).
    private var complete: Set<RouteFamily> = []
    /// Families of the session of which something could not be read: what they say is not known from
    /// then on (RFC 7606 §7.11).
    private var disabled: Set<RouteFamily> = []

    /// What is known of every watched prefix.
    var watches: [IPPrefix: WatchedPrefix] {
        Dictionary(
            uniqueKeysWithValues: watched.map { prefix in
                if let attributes = held[prefix] { return (prefix, .announced(attributes)) }
                let isKnown = complete.contains(RouteFamily(of: prefix.address))
                return (prefix, isKnown ? .nobody : .unknown)
            })
    }

    /// Watches these prefixes from now on; whether the neighbour is to be asked for its routes again,
    /// because there are some that were not watched before. One that cannot be asked (`canAsk`) leaves
    /// them unknown until its next session.
    mutating func watch(_ prefixes: Set<IPPrefix>, canAsk: Bool) -> Bool {
        let hasNew = !prefixes.isSubset(of: watched)
        watched = prefixes
        held = held.filter { prefixes.contains($0.key) }
        if hasNew, !canAsk { complete = [] }
        recount()
        return hasNew && canAsk
    }

    /// Takes an UPDATE; whether it changed what is known of a watched prefix.
    ///
    /// A route whose next hop is one of `ownAddresses` is ours, reflected.
    mutating func take(_ update: UpdateMessage, ownAddresses: Set<IPAddress>) -> Bool {
        for prefix in update.withdrawn { counts[of: prefix].withdrawn += 1 }
        for prefix in update.announced { counts[of: prefix].announced += 1 }
        var hasChanged = disable(update.disabledFamilies.compactMap(RouteFamily.init))
        guard !watched.isEmpty else { return false }
        if let family = update.endOfRIB.flatMap(RouteFamily.init), !disabled.contains(family) {
            hasChanged = complete.insert(family).inserted || hasChanged
        }
        for prefix in update.withdrawn where held.removeValue(forKey: prefix) != nil {
            hasChanged = true
        }
        let some = update.announced.filter {
            watched.contains($0) && !disabled.contains(RouteFamily(of: $0.address))
        }
        if !some.isEmpty {
            let isOurs = update.attributes.nextHop.map(ownAddresses.contains) ?? false
            let attributes = AnnouncedAttributes(update.attributes)
            for prefix in some {
                let before = held[prefix]
                held[prefix] = isOurs ? nil : attributes
                hasChanged = hasChanged || held[prefix] != before
            }
        }
        if hasChanged { recount() }
        return hasChanged
    }

    /// Forgets what these families said; whether anything was known.
    private mutating func disable(_ families: [RouteFamily]) -> Bool {
        var knewSomething = false
        for family in families where disabled.insert(family).inserted {
            let before = held.count
            held = held.filter { RouteFamily(of: $0.key.address) != family }
            let wasComplete = complete.remove(family) != nil
            knewSomething = knewSomething || wasComplete || held.count != before
        }
        return knewSomething
    }

    /// What was known was the session's; whether anything was.
    mutating func sessionDown() -> Bool {
        let knewSomething = !held.isEmpty || !complete.isEmpty
        held = [:]
        complete = []
        disabled = []
        recount()
        return knewSomething && !watched.isEmpty
    }

    private mutating func recount() {
        for family in counts.keys { counts[family]?.held = 0 }
        for prefix in held.keys { counts[of: prefix].held += 1 }
    }
}

extension [RouteFamily: PrefixCounts] {
    fileprivate subscript(of prefix: IPPrefix) -> PrefixCounts {
        _read { yield self[RouteFamily(of: prefix.address), default: PrefixCounts()] }
        _modify { yield &self[RouteFamily(of: prefix.address), default: PrefixCounts()] }
    }
}

extension RouteFamily {
    init?(_ family: AddressFamily) {
        guard let known = Self.allCases.first(where: { AddressFamily($0) == family }) else {
            return nil
        }
        self = known
    }
}
