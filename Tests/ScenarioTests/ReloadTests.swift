// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a query lost while a generation changes, a session that is reset, an UPDATE for a
    /// route that did not change, a broken file that changes something.
    struct ReloadTests {
        private static let reloads = 100

        @Test func aHundredReloadsUnderLoadLoseNothing() async throws {
            let knot = try await KnotServer(name: "one")
            let router = try await BirdRouter([
                BirdSession(name: "peer", localAddress: "127.0.0.9", neighborAddress: "127.0.0.1")
            ])
            let port = try FreePorts.next()
            func text(_ round: Int, med: Int) -> String {
                Self.configuration(knot: knot, router: router, port: port, round: round, med: med)
            }
            let daemon = try await PharosDaemon(text(0, med: 10))
            try await router.waitUntilEstablished("peer")
            try await router.waitForRoute("192.0.2.53/32") { $0.med == 10 }
            try await router.waitForRoute("192.0.2.54/32")
            let updates = try await router.updateCounts("peer")

            let load = try Dnsperf(
                server: "127.0.0.1", port: port, seconds: 240, queriesPerSecond: 1_000)
            for round in 1...Self.reloads {
                let isBroken = round.isMultiple(of: 10)
                try daemon.write(
                    isBroken ? "setLocal(" : text(round, med: round < 50 ? 10 : 20))
                let status = try await daemon.hangUp()
                #expect(status.lastReload.result == (isBroken ? "rejected" : "ok"), "\(status)")
                if round == 49 {
                    #expect(try await router.updateCounts("peer") == updates)
                }
            }
            #expect(load.isRunning, "the load ended before the reloads did")
            let result = try await load.finish()
            #expect(result.lost == 0, "\(result)")
            #expect(
                result.completed > 1_000 && result.responseCodes == ["NOERROR": result.completed])

            try await router.waitForRoute("192.0.2.53/32") { $0.med == 20 }
            let after = try await router.updateCounts("peer")
            #expect(after == (updates.announced + 1, updates.withdrawn))
            #expect(router.establishedCount("peer") == 1, "\(router.log)")
            let status = try await daemon.status()
            #expect(status.neighbors.first?.establishedCount == 1)
            #expect(status.generation == 1 + Self.reloads * 9 / 10, "\(status.generation)")
            #expect(await daemon.stop() == 0)
            await router.stop()
            await knot.stop()
        }

        @Test func aFileThatTakesEverythingAwayIsRefusedUntilForced() async throws {
            let knot = try await KnotServer(name: "one")
            let port = try FreePorts.next()
            let daemon = try await PharosDaemon(
                """
                setLocal("127.0.0.1:\(port)")
                newServer{address = "\(knot.endpoint)", name = "one"}
                """)
            try daemon.write("")
            let refused = try await daemon.command("reload")
            #expect(refused.status == 1 && !refused.output.isEmpty)
            #expect(try await answerers(server: "127.0.0.1", port: port, count: 3) == ["one": 3])
            let forced = try await daemon.command("reload", "--force")
            #expect(forced.status == 0, "\(forced.output)")
            #expect(try await daemon.status().servers.isEmpty)
            #expect(await daemon.stop() == 0)
            await knot.stop()
        }

        private static func configuration(
            knot: KnotServer, router: BirdRouter, port: UInt16, round: Int, med: Int
        ) -> String {
            """
            setLocal("127.0.0.1:\(port)")
            newServer{address = "\(knot.endpoint)", name = "one", weight = \(round + 1)}
            setServerPolicyLua("round \(round)", function(servers, dq) return servers[1] end)
            setRouterID("10.0.0.1")
            newNeighbor{address = "127.0.0.9", port = \(router.port), localAddress = "127.0.0.1",
                        peerAS = 65001, localAS = 65002, multihop = 2}
            announce{prefix = "192.0.2.53/32", nextHop = "192.0.2.1", when = "always", med = \(med),
                     requireAddress = false}
            announce{prefix = "192.0.2.54/32", nextHop = "192.0.2.1", when = "always", med = 5,
                     requireAddress = false}
            """
        }
    }
}
