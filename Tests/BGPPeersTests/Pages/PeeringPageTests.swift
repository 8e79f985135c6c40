// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestPeers
import Testing

/// Would catch a page that tells an operator what does not work: the configurations are those of
/// `Docs/peering`, the addresses are as they stand there.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct PeeringPageTests {
    private static let prefixes = ["198.51.100.53/32", "2001:db8:53::53/128"]

    @Test(arguments: RouterKind.allCases)
    func thePagesConfigurationsPeer(_ kind: RouterKind) async throws {
        let (node, uplink) = try await Self.network()
        let page = try PeeringPage(of: kind)
        let router = try await kind.start(configuration: page.routersFile(of: kind), in: uplink)
        let daemon = try await PharosDaemon(page.block("-- pharos.lua"), in: node)
        for prefix in Self.prefixes {
            let route = try await router.waitForRoute(prefix)
            #expect(route.asPath == [64_501], "\(route)")
        }
        #expect(await daemon.stop(signal: SIGTERM) == 0, "\(daemon.log)")
        for prefix in Self.prefixes { try await router.waitForNoRoute(prefix) }
        await router.stop()
    }

    @Test func aBIRDOnTheSameHostHandsTheRoutesOn() async throws {
        let (node, uplink) = try await Self.network()
        let page = try PeeringPage("same-host")
        let router = try await Self.router(in: uplink)
        let bird = try await BirdRouter(configuration: page.block("# bird.conf"), in: node)
        let daemon = try await PharosDaemon(page.block("-- pharos.lua, beside BIRD"), in: node)
        for (prefix, hop) in zip(Self.prefixes, ["192.0.2.10", "2001:db8::10"]) {
            let route = try await router.waitForRoute(prefix)
            #expect(route.nextHop == hop, "\(route)")
            #expect(route.med == 10, "\(route)")
            #expect(route.asPath == [64_501], "\(route)")
        }
        daemon.signal(SIGKILL)
        for prefix in Self.prefixes {
            try await router.waitForNoRoute(prefix, withinSeconds: 2)
        }
        await bird.stop()
        await router.stop()
    }

    @Test func anFRROnTheSameHostHandsTheRouteOn() async throws {
        let (node, uplink) = try await Self.network()
        let page = try PeeringPage("same-host")
        let router = try await Self.router(in: uplink)
        try await node.ip("route", "add", "10.255.255.1/32", "dev", "lo")
        let frr = try await FRRouter(configuration: page.block("! bgpd.conf"), in: node)
        // What the page says of a local neighbour.
        let answer = try await frr.command(
            "configure terminal", "router bgp 64501", "neighbor 192.0.2.10 remote-as 64501")
        #expect(answer.contains("Can not configure the local system as neighbor"))
        let daemon = try await PharosDaemon(page.block("-- pharos.lua, beside FRR"), in: node)
        let route = try await router.waitForRoute(Self.prefixes[0])
        #expect(route.nextHop == "192.0.2.10", "\(route)")
        #expect(route.asPath == [64_501], "\(route)")
        daemon.signal(SIGKILL)
        try await router.waitForNoRoute(Self.prefixes[0], withinSeconds: 2)
        await frr.stop()
        await router.stop()
    }

    /// The node with its service addresses, and what is at the other end of its cable.
    private static func network() async throws -> (node: NetworkNamespace, uplink: NetworkNamespace)
    {
        let node = try await NetworkNamespace()
        let uplink = try await NetworkNamespace()
        try await node.connect(
            to: uplink, device: "up0", addresses: ["192.0.2.10/24", "2001:db8::10/64"],
            otherAddresses: ["192.0.2.1/24", "2001:db8::1/64"])
        for prefix in prefixes { try await node.add(prefix) }
        return (node, uplink)
    }

    /// The node's router calls it, and it calls the node's.
    private static func router(in uplink: NetworkNamespace) async throws -> any RouterPeer {
        let ends = [("192.0.2.10", "192.0.2.1"), ("2001:db8::10", "2001:db8::1")]
        let sessions = ends.map { node, own in
            var session = RouterSession(neighbor: node, neighborAS: 64_501, address: own)
            session.isPassive = false
            session.holdTimeSeconds = 9
            return session
        }
        return try await BirdRouter(
            RouterSettings(asn: 64_500, routerID: "192.0.2.1", sessions: sessions), in: uplink)
    }
}
