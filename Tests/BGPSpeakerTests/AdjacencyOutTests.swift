// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPWire
import Declarations
import Testing

@testable import BGPSpeaker

/// Would catch an UPDATE too many, one too few, or a withdraw that waits behind announces.
struct AdjacencyOutTests {
    private let parameters = SessionParameters(
        localAS: 65001, peerAS: 65002, localIdentifier: 1, peerIdentifier: 2, holdTimeSeconds: 9,
        families: [.ipv4Unicast, .ipv6Unicast], isFourOctetAS: true, peerCapabilities: [])

    private func resolver(_ parameters: SessionParameters? = nil) -> RouteResolver {
        RouteResolver(
            parameters: parameters ?? self.parameters, localAddress: IPAddress(v4: 0xc000_0201),
            interfaces: InterfaceAddresses(entries: []))
    }

    private func up(_ wanted: [String: RouteAttributes] = [:]) -> AdjacencyOut {
        var routes = AdjacencyOut()
        routes.replaceWanted(prefixes(wanted))
        routes.sessionUp(resolver(), UpdateEncoder(isFourOctetAS: true))
        return routes
    }

    private func prefixes(_ wanted: [String: RouteAttributes]) -> [IPPrefix: WantedRoute] {
        Dictionary(
            uniqueKeysWithValues: wanted.compactMap { text, attributes in
                IPPrefix(text).map { ($0, WantedRoute(attributes: attributes)) }
            })
    }

    private func med(_ value: UInt32?) -> RouteAttributes {
        var attributes = RouteAttributes()
        attributes.med = value
        return attributes
    }

    /// What is said until there is nothing more to say.
    private func drain(
        _ routes: inout AdjacencyOut, prefixesMax: Int = 1024
    ) throws -> [String] {
        var said: [String] = []
        while routes.hasWork {
            for bytes in routes.nextMessages(prefixesMax: prefixesMax, unixSeconds: 1) {
                if bytes[18] == MessageType.routeRefresh.rawValue {
                    let refresh = try RouteRefreshMessage(body: Array(bytes[19...]))
                    said.append("\(refresh.subtype == 1 ? "begin" : "end") \(refresh.family)")
                    continue
                }
                let update = try UpdateMessage(
                    body: Array(bytes[19...]),
                    context: UpdateContext(isFourOctetAS: true, isInternal: false))
                said.append(
                    update.endOfRIB.map { "eor \($0)" }
                        ?? update.withdrawn.map { "-\($0)" }.joined(separator: " ")
                        + update.announced.map { "+\($0)" }.joined(separator: " ")
                        + (update.attributes.med.map { " med \($0)" } ?? ""))
            }
        }
        return said
    }

    private func settled(_ wanted: [String: RouteAttributes]) throws -> AdjacencyOut {
        var routes = up(wanted)
        _ = try drain(&routes)
        return routes
    }

    @Test func theFullSetComesFirstThenEndOfRIBOfEachFamily() throws {
        var routes = up(["192.0.2.1/32": med(1), "192.0.2.2/32": med(1), "192.0.2.3/32": med(2)])
        #expect(
            try drain(&routes) == [
                "+192.0.2.1/32 +192.0.2.2/32 med 1", "+192.0.2.3/32 med 2", "eor ipv4 unicast",
                "eor ipv6 unicast",
            ])
    }

    @Test func anUnchangedSetSaysNothing() throws {
        var routes = try settled(["192.0.2.1/32": med(1)])
        routes.replaceWanted(prefixes(["192.0.2.1/32": med(1)]))
        #expect(!routes.hasWork)
    }

    @Test func aChangedAttributeIsOneUpdate() throws {
        var routes = try settled(["192.0.2.1/32": med(1), "192.0.2.2/32": med(1)])
        routes.replaceWanted(prefixes(["192.0.2.1/32": med(5), "192.0.2.2/32": med(1)]))
        #expect(try drain(&routes) == ["+192.0.2.1/32 med 5"])
    }

    @Test func attributesThatMeanTheSameOnTheWireSayNothing() throws {
        var routes = try settled(["192.0.2.1/32": med(1)])
        var same = med(1)
        same.nextHop = .address(IPAddress(v4: 0xc000_0201))
        same.localPreference = 700
        routes.replaceWanted(prefixes(["192.0.2.1/32": same]))
        #expect(!routes.hasWork)
    }

    @Test func withdrawsAreSaidFirst() throws {
        var routes = try settled(["192.0.2.1/32": med(1), "192.0.2.2/32": med(1)])
        routes.replaceWanted(prefixes(["192.0.2.0/32": med(1), "192.0.2.2/32": med(9)]))
        #expect(
            try drain(&routes) == ["-192.0.2.1/32", "+192.0.2.0/32 med 1", "+192.0.2.2/32 med 9"])
    }

    @Test func aWithdrawOvertakesAnnouncesThatWait() throws {
        var routes = try settled(["192.0.2.1/32": med(1)])
        var wanted = (0..<100).reduce(into: ["192.0.2.1/32": med(1)]) {
            $0["198.51.100.\($1)/32"] = med(1)
        }
        routes.replaceWanted(prefixes(wanted))
        _ = routes.nextMessages(prefixesMax: 10, unixSeconds: 1)
        wanted["192.0.2.1/32"] = nil
        routes.replaceWanted(prefixes(wanted))
        #expect(try drain(&routes, prefixesMax: 10).first == "-192.0.2.1/32")
    }

    @Test func whatWasNeverSentIsNotWithdrawn() throws {
        var routes = try settled([:])
        routes.replaceWanted(prefixes(["192.0.2.1/32": med(1)]))
        routes.replaceWanted([:])
        #expect(!routes.hasWork)
    }

    @Test func whatReturnsBeforeItWasSaidIsNotSaid() throws {
        var routes = try settled(["192.0.2.1/32": med(1)])
        routes.replaceWanted([:])
        routes.replaceWanted(prefixes(["192.0.2.1/32": med(1)]))
        #expect(!routes.hasWork)
        routes.replaceWanted(prefixes(["192.0.2.1/32": med(2)]))
        routes.replaceWanted(prefixes(["192.0.2.1/32": med(1)]))
        #expect(!routes.hasWork)
    }

    @Test func onlyTheNewestStateIsSaid() throws {
        var routes = try settled(["192.0.2.1/32": med(1)])
        for value in UInt32(2)...50 {
            routes.replaceWanted(prefixes(["192.0.2.1/32": med(value)]))
        }
        #expect(try drain(&routes) == ["+192.0.2.1/32 med 50"])
    }

    @Test func aRefreshSaysEverythingOfItsFamilyAgain() throws {
        var routes = try settled(["192.0.2.1/32": med(1), "192.0.2.2/32": med(1)])
        routes.refresh(.ipv6Unicast)
        #expect(!routes.hasWork)
        routes.refresh(.ipv4Unicast)
        // A change that comes back meanwhile must not lose it.
        routes.replaceWanted(prefixes(["192.0.2.1/32": med(2), "192.0.2.2/32": med(1)]))
        routes.replaceWanted(prefixes(["192.0.2.1/32": med(1), "192.0.2.2/32": med(1)]))
        #expect(try drain(&routes) == ["+192.0.2.1/32 +192.0.2.2/32 med 1"])
    }

    /// RFC 7313 §4: beginning and end around what is said again, and no request before the
    /// End-of-RIB is answered twice.
    @Test func anEnhancedRefreshIsFramed() throws {
        var routes = AdjacencyOut()
        routes.replaceWanted(prefixes(["192.0.2.1/32": med(1), "192.0.2.2/32": med(2)]))
        var enhanced = parameters
        enhanced.isEnhancedRefresh = true
        routes.sessionUp(resolver(enhanced), UpdateEncoder(isFourOctetAS: true))
        _ = routes.nextMessages(prefixesMax: 2, unixSeconds: 1)
        routes.refresh(.ipv4Unicast)
        #expect(
            try drain(&routes, prefixesMax: 2) == [
                "eor ipv4 unicast", "eor ipv6 unicast", "begin ipv4 unicast",
                "+192.0.2.1/32 med 1", "+192.0.2.2/32 med 2", "end ipv4 unicast",
            ])
        routes.refresh(.ipv4Unicast)
        _ = routes.nextMessages(prefixesMax: 1, unixSeconds: 1)
        // Withdrawn meanwhile, it is not waited for; another request starts anew.
        routes.replaceWanted(prefixes(["192.0.2.1/32": med(1)]))
        routes.refresh(.ipv4Unicast)
        #expect(
            try drain(&routes, prefixesMax: 1) == [
                "-192.0.2.2/32", "+192.0.2.1/32 med 1", "end ipv4 unicast",
            ])
        routes.refresh(.ipv6Unicast)
        #expect(try drain(&routes) == ["begin ipv6 unicast", "end ipv6 unicast"])
    }

    @Test func aLapseWithdrawsOrDegradesAndAPublishRestores() throws {
        var routes = try settled([:])
        var wanted = prefixes(["192.0.2.1/32": med(1)])
        let prefix = try #require(IPPrefix("192.0.2.2/32"))
        wanted[prefix] = WantedRoute(attributes: med(1), whenDown: .attributes(med(900)))
        routes.replaceWanted(wanted)
        _ = try drain(&routes)
        routes.lapse()
        #expect(try drain(&routes) == ["-192.0.2.1/32", "+192.0.2.2/32 med 900"])
        let first = try #require(IPPrefix("192.0.2.1/32"))
        #expect(routes.reason(first) == "control renews no lease")
        routes.replaceWanted(wanted)
        #expect(try drain(&routes) == ["+192.0.2.1/32 +192.0.2.2/32 med 1"])
        #expect(routes.wanted == wanted)
    }

    @Test func aNewSessionKnowsNothing() throws {
        var routes = try settled(["192.0.2.1/32": med(1)])
        routes.sessionDown()
        #expect(!routes.hasWork && routes.sentCount == 0)
        routes.replaceWanted([:])
        routes.sessionUp(resolver(), UpdateEncoder(isFourOctetAS: true))
        #expect(try drain(&routes) == ["eor ipv4 unicast", "eor ipv6 unicast"])
    }

    @Test func whatCannotBeSentIsWithdrawnAndExplained() throws {
        var routes = try settled(["192.0.2.1/32": med(1)])
        var wrong = med(1)
        wrong.nextHop = .address(.loopbackV6)
        routes.replaceWanted(prefixes(["192.0.2.1/32": wrong, "2001:db8::1/128": med(1)]))
        #expect(try drain(&routes) == ["-192.0.2.1/32"])
        #expect(
            routes.reason(IPPrefix("192.0.2.1/32")!)  // a literal that parses
                == "next hop ::1 is of the other family, and the neighbour has not agreed to that"
                + " (extendedNextHop, RFC 8950)")
        #expect(
            routes.reason(IPPrefix("2001:db8::1/128")!)  // a literal that parses
                == "nextHop \"self\": the interface of 192.0.2.1 has no global IPv6 address "
                + "beside the announced ones; set nextHop")
    }

    @Test func attributesThatFitNoMessageAreExplainedAndTheOldOnesWithdrawn() throws {
        var routes = try settled(["192.0.2.1/32": med(1)])
        var huge = med(1)
        huge.communities = (0..<1100).map { Community(rawValue: $0) }
        routes.replaceWanted(prefixes(["192.0.2.1/32": huge]))
        #expect(try drain(&routes) == ["-192.0.2.1/32"])
        #expect(
            routes.reason(IPPrefix("192.0.2.1/32")!)  // a literal that parses
                == "its attributes do not fit a message")
    }

    /// Whatever is published in whatever order, the peer ends with exactly what is wanted.
    @Test func thePeerAlwaysEndsWithWhatIsWanted() throws {
        var generator = SeededGenerator.announced()
        for _ in 0..<200 {
            var routes = up()
            var peer: [IPPrefix: UInt32] = [:]
            var wanted: [IPPrefix: WantedRoute] = [:]
            func say(_ messages: [[UInt8]]) throws {
                for bytes in messages {
                    let update = try UpdateMessage(
                        body: Array(bytes[19...]),
                        context: UpdateContext(isFourOctetAS: true, isInternal: false))
                    for prefix in update.withdrawn {
                        #expect(peer.removeValue(forKey: prefix) != nil, "never sent: \(prefix)")
                    }
                    for prefix in update.announced { peer[prefix] = update.attributes.med }
                }
            }
            for _ in 0..<40 {
                let prefix = IPPrefix(
                    host: IPAddress(v4: 0xc000_0200 | .random(in: 0..<12, using: &generator)))
                wanted[prefix] =
                    Bool.random(using: &generator)
                    ? WantedRoute(attributes: med(.random(in: 0..<3, using: &generator))) : nil
                if Int.random(in: 0..<10, using: &generator) == 0 { routes.refresh(.ipv4Unicast) }
                // In whole, or by what is new of it.
                if Bool.random(using: &generator) {
                    routes.replaceWanted(wanted)
                } else {
                    routes.changeWanted([WantedChange(prefix: prefix, route: wanted[prefix])])
                }
                if Bool.random(using: &generator) {
                    try say(routes.nextMessages(prefixesMax: 2, unixSeconds: 1))
                }
            }
            while routes.hasWork {
                try say(routes.nextMessages(prefixesMax: 3, unixSeconds: 1))
            }
            #expect(peer == wanted.compactMapValues(\.attributes.med))
        }
    }
}
