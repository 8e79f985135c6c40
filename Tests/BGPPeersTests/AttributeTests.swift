// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPSpeaker
import Declarations
import TestPeers
import Testing

/// Would catch: an attribute that a router reads otherwise than it was meant, or drops.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct AttributeTests {
    @Test(arguments: RouterKind.allCases)
    func everyAttributeArrives(_ kind: RouterKind) async throws {
        var attributes = RouteAttributes()
        attributes.origin = .egp
        attributes.med = 120
        attributes.localPreference = 250
        attributes.asPathPrepend = 2
        attributes.isAtomicAggregate = true
        attributes.aggregator = RouteAggregator("4200000000:192.0.2.1")
        attributes.communities = [try #require(Community("65001:53")), .gracefulShutdown]
        attributes.largeCommunities = [
            try #require(LargeCommunity("65001:2:3")),
            try #require(LargeCommunity("4200000000:4294967295:0")),
        ]
        attributes.extendedCommunities = [0x0002_fde9_0000_0007, 0x0003_fde9_0000_0008]
        try await PeerLab.run(kind) { lab in
            try lab.publish(attributes)
            try await lab.establish()
            for transport in PeerLab.Transport.allCases {
                let route = try await lab.router.waitForRoute(transport.prefix)
                #expect(route.origin == "egp", "\(route)")
                #expect(route.asPath == [65_001, 65_001, 65_001], "\(route)")
                #expect(route.nextHop == transport.ours, "\(route)")
                #expect(route.med == 120, "\(route)")
                #expect(route.communities == ["65001:53", "65535:0"], "\(route)")
                #expect(
                    route.largeCommunities == ["4200000000:4294967295:0", "65001:2:3"], "\(route)")
                #expect(route.extendedCommunities == ["ro:65001:8", "rt:65001:7"], "\(route)")
                #expect(route.isAtomicAggregate, "\(route)")
                #expect(route.aggregator == "4200000000 192.0.2.1", "\(route)")
                // LOCAL_PREF does not leave an AS. What a router gives a route without one differs;
                // FRR honours GRACEFUL_SHUTDOWN (RFC 8326) by giving the least.
                switch kind {
                case .goBGP, .exaBGP: #expect(route.localPreference == nil, "\(route)")
                case .frr: #expect(route.localPreference == 0, "\(route)")
                case .bird, .openBGPD: #expect(route.localPreference == 100, "\(route)")
                }
                #expect(lab.status(transport)?.establishedCount == 1)
            }
        }
    }

    /// A typed path with a set, a link bandwidth and an attribute that no router knows. Each shows
    /// them but for what stands here.
    @Test(arguments: RouterKind.allCases, [UInt32(65_002), 65_001])
    func aTypedPathALinkBandwidthAndAnUnknownAttributeArrive(
        _ kind: RouterKind, _ asn: UInt32
    ) async throws {
        var attributes = RouteAttributes()
        let numbers: [UInt32] = (asn == 65_001 ? [] : [65_001]) + [65_010, 4_200_000_000]
        attributes.asPath = numbers.map { .number($0) } + [.set([65_021, 65_020])]
        // 125 000 000 octets a second.
        attributes.extendedCommunities = [0x4004_fde9_4cee_6b28]
        attributes.otherAttributes = [try #require(TypedAttribute("200:0a0b"))]
        try await PeerLab.run(kind, [.v4], asn: asn) { lab in
            try lab.publish(attributes)
            try await lab.establish()
            let route = try await lab.router.waitForRoute(PeerLab.Transport.v4.prefix)
            #expect(route.asPath == numbers, "\(route)")
            #expect(route.asSet == [65_020, 65_021], "\(route)")
            let bandwidth =
                switch (kind, asn) {
                // It is not transitive: OpenBGPD drops it where it leaves an AS (RFC 4360 §6), and
                // prints its type without its value where it does not.
                case (.openBGPD, 65_002): [String]()
                case (.openBGPD, _): ["[4]:0x4004000000000000"]
                default: ["bandwidth:65001:125000000"]
                }
            #expect(route.extendedCommunities == bandwidth, "\(route)")
            // FRR 8.4 prints no attribute that it has no name for.
            #expect(route.otherAttributes == (kind == .frr ? [] : ["200:0a0b"]), "\(route)")
            #expect(lab.status(.v4)?.establishedCount == 1)
        }
    }

    @Test(arguments: RouterKind.allCases)
    func insideAnASLocalPreferenceAndAnEmptyPathArrive(_ kind: RouterKind) async throws {
        var attributes = RouteAttributes()
        attributes.localPreference = 250
        attributes.origin = .incomplete
        try await PeerLab.run(kind, asn: 65_001) { lab in
            try lab.publish(attributes)
            try await lab.establish()
            for transport in PeerLab.Transport.allCases {
                let route = try await lab.router.waitForRoute(transport.prefix)
                #expect(route.localPreference == 250, "\(route)")
                #expect(route.asPath.isEmpty, "\(route)")
                #expect(route.origin == "incomplete", "\(route)")
                #expect(route.nextHop == transport.ours, "\(route)")
            }
        }
    }

    /// A changed route is announced over the old one, never withdrawn first.
    @Test(arguments: RouterKind.allCases)
    func aChangeReplacesTheRouteAtOnce(_ kind: RouterKind) async throws {
        var attributes = RouteAttributes()
        attributes.med = 10
        try await PeerLab.run(kind, [.v6]) { lab in
            try lab.publish(attributes)
            try await lab.establish()
            let prefix = PeerLab.Transport.v6.prefix
            try await lab.router.waitForRoute(prefix) { $0.med == 10 }
            let before = try #require(lab.status(.v6)).updatesSent
            attributes.med = 20
            try lab.publish(attributes)
            try await lab.router.waitForRoute(prefix) { $0.med == 20 }
            #expect(lab.status(.v6)?.updatesSent == before + 1)
        }
    }

    /// RFC 8950: a host without an IPv4 address of its own can announce IPv4. OpenBGPD 7.7 does not
    /// know it, ExaBGP 4.2 does for what it sends.
    @Test(arguments: [RouterKind.frr, .bird, .goBGP])
    func anIPv4RouteMayHaveAnIPv6NextHop(_ kind: RouterKind) async throws {
        let transport = PeerLab.Transport.v6
        try await PeerLab.run(
            kind, [transport], session: { $0.extendedNextHop = true },
            neighbor: { $0.extendedNextHop = true }
        ) { lab in
            let prefix = PeerLab.Transport.v4.prefix
            let key = try #require(lab.neighbors[transport]).key
            let route = WantedRoute(attributes: RouteAttributes())
            lab.speaker.publish(
                [key: [try #require(IPPrefix(prefix)): route]], leaseSeconds: nil)
            try await lab.establish()
            let shown = try await lab.router.waitForRoute(prefix)
            #expect(shown.nextHop == transport.ours, "\(shown)")
            #expect(shown.neighbor == transport.ours, "\(shown)")
            lab.withdraw()
            try await lab.router.waitForNoRoute(prefix)
            #expect(lab.status(transport)?.establishedCount == 1)
        }
    }
}
