// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a session of one family only, an attribute that a router reads otherwise, a route
    /// that outlives its service or does not come back, a close that looks like a lost connection.
    struct RealRouterTests {
        @Test func routesFollowTheCheckOverBothFamilies() async throws {
            let namespace = try await NetworkNamespace()
            for address in Self.addresses { try await namespace.add(address) }
            let knot = try await KnotServer(name: "one", in: namespace)
            let router = try await BirdRouter(
                [
                    BirdSession(
                        name: "four", localAddress: "10.0.0.9", neighborAddress: "10.0.0.1"),
                    BirdSession(
                        name: "six", localAddress: "2001:db8::9", neighborAddress: "2001:db8::1"),
                ], in: namespace)
            let daemon = try await PharosDaemon(
                Self.configuration(knot: knot, router: router), in: namespace)
            try await router.waitUntilEstablished("four")
            try await router.waitUntilEstablished("six")
            let prefixes = ["192.0.2.53/32", "2001:db8::53/128"]
            for prefix in prefixes {
                let route = try await router.waitForRoute(prefix)
                #expect(route.med == 50, "\(route)")
                #expect(route.communities == ["65002:53"], "\(route)")
                #expect(route.attributes["as_path"] == "65002", "\(route)")
            }

            knot.pause()
            for prefix in prefixes { try await router.waitForNoRoute(prefix) }
            #expect(try await router.state(of: "four") == "Established")
            let withdrawn = try await daemon.status()
            #expect(withdrawn.check("service")?.state == "down", "\(daemon.log)")
            #expect(withdrawn.routes.allSatisfy { !$0.announced && !$0.reason.isEmpty })

            knot.resume()
            for prefix in prefixes { try await router.waitForRoute(prefix) }

            try await namespace.remove("192.0.2.53/32")
            try await router.waitForNoRoute("192.0.2.53/32")
            #expect(try await router.route("2001:db8::53/128") != nil)
            try await namespace.add("192.0.2.53/32")
            try await router.waitForRoute("192.0.2.53/32")

            #expect(await daemon.stop(signal: SIGTERM) == 0, "\(daemon.log)")
            for session in ["four", "six"] {
                try await eventually("Cease in BIRD's log", withinSeconds: 5, otherwise: router.log)
                {
                    router.log.contains("\(session): Received: Administrative shutdown")
                }
            }
            #expect(try await router.routes().isEmpty)
            await router.stop()
            await knot.stop()
        }

        /// The router's, the node's, and the service's.
        private static let addresses = [
            "10.0.0.9/32", "2001:db8::9/128", "10.0.0.1/32", "2001:db8::1/128",
            "192.0.2.53/32", "2001:db8::53/128",
        ]

        private static func configuration(knot: KnotServer, router: BirdRouter) -> String {
            """
            local service = newCheck{
                name = "service", interval = 0.2, fastInterval = 0.1, timeout = 0.1,
                run = function(ctx)
                    return dns.query{server = "\(knot.endpoint)", name = "www.test"}.ok
                end,
            }
            setRouterID("10.0.0.1")
            local families = {"ipv4 unicast", "ipv6 unicast"}
            newNeighbor{address = "10.0.0.9", port = \(router.port), localAddress = "10.0.0.1",
                        peerAS = 65001, localAS = 65002, multihop = 2, families = families}
            newNeighbor{address = "2001:db8::9", port = \(router.port), localAddress = "2001:db8::1",
                        peerAS = 65001, localAS = 65002, multihop = 2, families = families}
            announce{prefix = "192.0.2.53/32", nextHop = "10.0.0.1", when = service, med = 50,
                     communities = {"65002:53"},
                     reannounceDelay = {first = 0, step = 0, max = 0, halfLife = 1}}
            announce{prefix = "2001:db8::53/128", nextHop = "2001:db8::1", when = service, med = 50,
                     communities = {"65002:53"},
                     reannounceDelay = {first = 0, step = 0, max = 0, halfLife = 1}}
            """
        }
    }
}
