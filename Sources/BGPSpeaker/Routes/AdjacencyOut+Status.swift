// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPWire
import Declarations

extension AdjacencyOut {
    /// Why a wanted prefix is not announced; `nil` when it is.
    func reason(_ prefix: IPPrefix) -> String? {
        guard let session else { return "the session is not established" }
        guard let slot = table.slot(of: prefix) else { return "waiting to be sent" }
        let route = table[slot]
        if route.flags.contains(.isUnfit) { return "its attributes do not fit a message" }
        let wanted = effective(slot)
        if wanted == Self.none, isLapsed { return "control renews no lease" }
        if wanted != Self.none,
            case .refused(let why) = session.resolver.resolve(prefix, wantedSets[wanted])
        {
            return why
        }
        return route.sent == Self.none ? "waiting to be sent" : nil
    }

    /// What the neighbour has of a prefix, and since when; `nil` for nothing.
    func sent(_ prefix: IPPrefix) -> (attributes: PathAttributes, unixSeconds: Double)? {
        guard let slot = table.slot(of: prefix), table[slot].sent != Self.none else { return nil }
        return (sentSets[table[slot].sent], table[slot].sentUnixSeconds)
    }

    /// Every prefix that is wanted or that the neighbour has, sorted.
    func statuses(for neighbor: NeighborKey) -> [RouteStatus] {
        table.slots.filter {
            table[$0].wanted != Self.none || table[$0].sent != Self.none
        }.map { slot in
            let route = table[slot]
            let isSent = route.sent != Self.none
            return RouteStatus(
                prefix: route.prefix, neighbor: neighbor,
                sent: isSent ? AnnouncedAttributes(sentSets[route.sent]) : nil,
                sentUnixSeconds: isSent ? route.sentUnixSeconds : nil,
                reason: isSent ? nil : reason(route.prefix))
        }.sorted { $0.prefix < $1.prefix }
    }

    /// All that is wanted, for a session that takes this one's place.
    var wanted: [IPPrefix: WantedRoute] {
        var all: [IPPrefix: WantedRoute] = [:]
        all.reserveCapacity(wantedCount)
        for slot in table.slots where table[slot].wanted != Self.none {
            let route = table[slot]
            all[route.prefix] = WantedRoute(
                attributes: wantedSets[route.wanted],
                whenDown: route.whenDown == Self.none
                    ? .withdraw : .attributes(wantedSets[route.whenDown]))
        }
        return all
    }
}
