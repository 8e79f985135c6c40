// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a script that never returns and takes queries, keepalives or other checks with it,
    /// or that nobody can find afterwards.
    struct RunawayScriptTests {
        @Test func loopsInAPolicyAndInACheckCostOnlyThemselves() async throws {
            let knot = try await KnotServer(name: "one")
            let router = try await BirdRouter([
                BirdSession(
                    name: "peer", localAddress: "127.0.0.9", neighborAddress: "127.0.0.1",
                    holdTimeSeconds: 3)
            ])
            let port = try FreePorts.next()
            let web = try FreePorts.next()
            let daemon = try await PharosDaemon(
                Self.configuration(knot: knot, router: router, port: port, web: web))
            try await router.waitUntilEstablished("peer")
            try await router.waitForRoute("192.0.2.53/32")

            // All must be answered: those on which the policy loops, by the fallback.
            let load = try Dnsperf(
                server: "127.0.0.1", port: port, seconds: 8, queriesPerSecond: 200,
                queries: ["loop.wild.test A", "www.test A"])
            let result = try await load.result()
            #expect(result.lost == 0, "\(result)")
            #expect(result.responseCodes == ["NOERROR": result.completed], "\(result)")

            let status = try await daemon.status()
            #expect((status.policy("looping")?.timeouts ?? 0) > 0, "\(daemon.log)")
            #expect((status.policy("looping")?.fallbacks ?? 0) > 0)
            #expect(status.check("looping check")?.state == "error", "\(daemon.log)")
            #expect(status.check("good check")?.state == "up", "\(daemon.log)")
            #expect(status.route("192.0.2.53/32")?.announced == true)
            #expect(router.establishedCount("peer") == 1, "\(daemon.log)\n\(router.log)")

            let metrics = try await Program.output(
                "curl", ["-sS", "http://127.0.0.1:\(web)/metrics"])
            for name in ["looping", "looping check"] {
                #expect(metrics.contains("\"\(name)\""), "\(name)")
            }
            #expect(daemon.log.contains("pharos.lua:"))
            #expect(await daemon.stop() == 0)
            await router.stop()
            await knot.stop()
        }

        /// The check loops after twenty runs, so that it has been up before.
        private static func configuration(
            knot: KnotServer, router: BirdRouter, port: UInt16, web: UInt16
        ) -> String {
            """
            setLocal("127.0.0.1:\(port)")
            webserver("127.0.0.1:\(web)")
            newServer{address = "\(knot.endpoint)", name = "one"}
            setServerPolicyLua("looping", function(servers, dq)
                if dq.qname:toString():find("loop", 1, true) then while true do end end
                return servers[1]
            end)
            local runs = 0
            newCheck{name = "looping check", interval = 0.2, timeout = 0.2, rise = 1,
                run = function(ctx)
                    runs = runs + 1
                    if runs > 20 then while true do end end
                    return true
                end}
            local good = newCheck{name = "good check", interval = 0.2, timeout = 0.2, rise = 1,
                run = function(ctx)
                    return dns.query{server = "\(knot.endpoint)", name = "www.test"}.ok
                end}
            setRouterID("10.0.0.1")
            newNeighbor{address = "127.0.0.9", port = \(router.port), localAddress = "127.0.0.1",
                        peerAS = 65001, localAS = 65002, multihop = 2, holdTime = 3}
            announce{prefix = "192.0.2.53/32", nextHop = "192.0.2.1", when = good,
                     requireAddress = false}
            """
        }
    }
}
