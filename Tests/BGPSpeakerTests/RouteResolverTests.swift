// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPWire
import Declarations
import Testing

@testable import BGPSpeaker

/// Would catch a next hop that draws traffic nowhere, and an AS path or LOCAL_PREF out of place.
struct RouteResolverTests {
    private let interfaces = InterfaceAddresses(
        entries: [
            ("lo", "127.0.0.1"), ("lo", "::1"), ("lo", "192.0.2.53"), ("lo", "2001:db8:53::1"),
            ("eth0", "10.0.0.1"), ("eth0", "2001:db8::1"), ("eth0", "fe80::1"),
            ("eth1", "10.1.0.1"), ("eth1", "fe80::2"),
        ].compactMap { name, text in
            IPAddress(text).map { InterfaceAddresses.Entry(interface: name, address: $0) }
        })

    private func resolve(
        _ prefix: String, local: String, peerAS: UInt32 = 65002,
        families: [AddressFamily] = [.ipv4Unicast, .ipv6Unicast],
        _ change: (inout RouteAttributes) -> Void = { _ in }
    ) throws -> RouteResolver.Resolution {
        var wanted = RouteAttributes()
        change(&wanted)
        let parameters = SessionParameters(
            localAS: 65001, peerAS: peerAS, localIdentifier: 1, peerIdentifier: 2,
            holdTimeSeconds: 9, families: families, isFourOctetAS: true, peerCapabilities: [])
        return RouteResolver(
            parameters: parameters, localAddress: try #require(IPAddress(local)),
            interfaces: interfaces
        ).resolve(try #require(IPPrefix(prefix)), wanted)
    }

    private func path(_ resolution: RouteResolver.Resolution) -> PathAttributes? {
        guard case .send(let path) = resolution else { return nil }
        return path
    }

    @Test(arguments: [
        ("192.0.2.1/32", "10.0.0.1", "10.0.0.1"),
        ("2001:db8:1::/48", "2001:db8::1", "2001:db8::1"),
        // The other family: an address of the same interface.
        ("2001:db8:1::/48", "10.0.0.1", "2001:db8::1"),
        ("192.0.2.1/32", "2001:db8::1", "10.0.0.1"),
        // A link-local session: the interface's global address, or there is no other.
        ("2001:db8:1::/48", "fe80::1", "2001:db8::1"),
        ("2001:db8:1::/48", "fe80::2", "fe80::2"),
        // Sessions over loopback, as in a laboratory.
        ("192.0.2.1/32", "127.0.0.1", "127.0.0.1"),
        ("2001:db8:1::/48", "::1", "::1"),
    ])
    func selfIsTheSessionsAddress(_ prefix: String, _ local: String, _ hop: String) throws {
        #expect(path(try resolve(prefix, local: local))?.nextHop == IPAddress(hop))
    }

    @Test func selfWithoutAnAddressIsRefusedAndNotGuessed() throws {
        #expect(
            try resolve("2001:db8:1::/48", local: "10.1.0.1")
                == .refused(
                    "nextHop \"self\": the interface of 10.1.0.1 has no global IPv6 address "
                        + "beside the announced ones; set nextHop"))
    }

    /// The symptom: over a session on loopback a service address of `lo` was its own next hop, and
    /// the router said "Missing next hop" while we said announced.
    @Test func theAnnouncedAddressIsNotTheWayToItself() throws {
        guard case .refused = try resolve("2001:db8:53::1/128", local: "127.0.0.1") else {
            Issue.record("an announced address became its own next hop")
            return
        }
        #expect(
            path(try resolve("2001:db8:1::/48", local: "127.0.0.1"))?.nextHop
                == IPAddress("2001:db8:53::1"))
    }

    @Test func aFamilyThatWasNotNegotiatedIsRefused() throws {
        #expect(
            try resolve("2001:db8:1::/48", local: "2001:db8::1", families: [.ipv4Unicast])
                == .refused("the session does not carry ipv6 unicast"))
    }

    @Test func aTypedNextHopIsSentAsTyped() throws {
        let found = try resolve("2001:db8:1::/48", local: "10.0.0.1") {
            $0.nextHop = .address(IPAddress("fe80::99") ?? .anyV6)
        }
        #expect(path(found)?.nextHop == IPAddress("fe80::99"))
        #expect(path(found)?.linkLocalNextHop == nil)
    }

    @Test func anExternalSessionPrependsAndHasNoLocalPreference() throws {
        let found = path(
            try resolve("192.0.2.1/32", local: "10.0.0.1") {
                $0.asPathPrepend = 2
                $0.localPreference = 300
            })
        #expect(found?.asPath == ASPath(sequence: [65001, 65001, 65001]))
        #expect(found?.localPreference == nil)
    }

    @Test func anInternalSessionHasAnEmptyPathAndALocalPreference() throws {
        let plain = path(try resolve("192.0.2.1/32", local: "10.0.0.1", peerAS: 65001))
        #expect(plain?.asPath == ASPath())
        #expect(plain?.localPreference == 100)
        let typed = path(
            try resolve("192.0.2.1/32", local: "10.0.0.1", peerAS: 65001) {
                $0.localPreference = 300
                $0.asPathPrepend = 1
            })
        #expect(typed?.localPreference == 300)
        #expect(typed?.asPath == ASPath(sequence: [65001]))
    }

    @Test func theHighestAddressNamesTheRouter() {
        #expect(interfaces.routerID.map { IPAddress(v4: $0) } == IPAddress("192.0.2.53"))
    }

    @Test func aTypedPathIsSentAsTyped() throws {
        let found = path(
            try resolve("192.0.2.1/32", local: "10.0.0.1") {
                $0.asPath = [.number(65009), .set([1, 2]), .number(7)]
            })
        #expect(found?.asPath?.description == "65009 {1,2} 7")
        let prepended = path(
            try resolve("192.0.2.1/32", local: "10.0.0.1") {
                $0.asPath = [.number(65009)]
                $0.asPathPrepend = 2
            })
        #expect(prepended?.asPath == ASPath(sequence: [65001, 65001, 65009]))
        let empty = path(try resolve("192.0.2.1/32", local: "10.0.0.1") { $0.asPath = [] })
        #expect(empty?.asPath == ASPath())
    }

    @Test func whatElseIsTypedIsSent() throws {
        let found = path(
            try resolve("192.0.2.1/32", local: "10.0.0.1") {
                $0.isAtomicAggregate = true
                $0.aggregator = RouteAggregator("65009:192.0.2.9")
                $0.otherAttributes = [TypedAttribute("200:0a0b")].compactMap { $0 }
            })
        #expect(found?.isAtomicAggregate == true)
        #expect(found?.aggregator?.description == "65009 192.0.2.9")
        let raw = try #require(RawAttribute(type: 200, value: [10, 11]))
        #expect(found?.raw == [raw])
    }

    /// RFC 9234 §5: what goes downwards or sideways is marked, what goes up is not.
    @Test(
        arguments: [
            (Role.provider, 65001), (.peer, 65001), (.routeServer, 65001), (.customer, nil),
            (.routeServerClient, nil), (nil, nil),
        ] as [(Role?, UInt32?)])
    func theRoleDecidesOfTheMark(_ role: Role?, _ mark: UInt32?) throws {
        var parameters = SessionParameters(
            localAS: 65001, peerAS: 65002, localIdentifier: 1, peerIdentifier: 2,
            holdTimeSeconds: 9, families: [.ipv4Unicast], isFourOctetAS: true,
            peerCapabilities: [])
        parameters.localRole = role
        let found = RouteResolver(
            parameters: parameters, localAddress: try #require(IPAddress("10.0.0.1")),
            interfaces: interfaces
        ).resolve(try #require(IPPrefix("192.0.2.1/32")), RouteAttributes())
        #expect(path(found)?.onlyToCustomer == mark)
    }
}
