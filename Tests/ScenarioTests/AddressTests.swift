// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

extension Scenarios {
    /// Would catch: an address that is gone from the host and announced for a second more, until
    /// somebody looks.
    struct AddressTests {
        @Test func anAddressThatGoesTakesItsRouteAtOnce() async throws {
            let (host, beyond) = (try await NetworkNamespace(), try await NetworkNamespace())
            try await host.connect(
                to: beyond, device: "up0", addresses: ["192.0.2.10/24"],
                otherAddresses: ["192.0.2.1/24"])
            let router = try await BirdRouter(
                [
                    BirdSession(
                        name: "peer", localAddress: "192.0.2.1", neighborAddress: "192.0.2.10")
                ], port: 179, in: beyond)
            let daemon = try await PharosDaemon(
                """
                setRouterID("192.0.2.10")
                newNeighbor{address = "192.0.2.1", peerAS = 65001, localAS = 65002}
                announce{prefix = "198.51.100.53/32", when = "always",
                         reannounceDelay = {step = 0}}
                """, in: host)
            try await router.waitUntilEstablished("peer")
            let clock = ContinuousClock()
            var slowest = Duration.zero
            for _ in 1...5 {
                try await host.add("198.51.100.53/32")
                try await router.waitForRoute("198.51.100.53/32")
                let start = clock.now
                try await host.remove("198.51.100.53/32")
                try await router.waitForNoRoute("198.51.100.53/32")
                slowest = max(slowest, clock.now - start)
            }
            // The heart-beat looks once a second: five that it saw by chance would be luck.
            #expect(slowest < .milliseconds(500), "\(slowest)")
            #expect(daemon.log.contains("address 198.51.100.53 is not on this host"))
            #expect(await daemon.stop() == 0)
            await router.stop()
        }
    }
}
