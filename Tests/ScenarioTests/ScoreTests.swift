// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a score that a check returns and that moves nothing.
    struct ScoreTests {
        private static let queries = 2_000

        @Test func aScoreMovesTheDistributionAndIsSeenByRules() async throws {
            let knots = [try await KnotServer(name: "a"), try await KnotServer(name: "b")]
            let port = try FreePorts.next()
            let daemon = try await PharosDaemon(
                """
                setLocal("127.0.0.1:\(port)")
                local tired = newCheck{name = "tired", interval = 0.1, timeout = 0.1, rise = 1,
                    run = function() return {score = shared.score or 0.25} end}
                newServer{address = "\(knots[0].endpoint)", name = "a", weight = 100, check = tired}
                newServer{address = "\(knots[1].endpoint)", name = "b", weight = 100,
                          checkName = "www.test"}
                setServerPolicy(wrandom)
                setRouterID("10.0.0.1")
                newNeighbor{address = "127.0.0.1", port = \(try FreePorts.next()), peerAS = 65001,
                            localAddress = "127.0.0.1", localAS = 65002}
                announce{prefix = "192.0.2.53/32", nextHop = "192.0.2.1", requireAddress = false,
                         when = tired, rule = function(node)
                             return {med = math.floor(node.checks.tired.score * 1000)}
                         end}
                """)
            let status = try await daemon.waitUntil("both up", withinSeconds: 5) {
                $0.server("a")?.state == "up" && $0.server("b")?.state == "up"
                    && $0.route("192.0.2.53/32")?.attributes["med"] == "250"
            }
            #expect(status.server("a")?.score == 0.25 && status.server("b")?.score == 1)
            // 100 and a quarter of 100: a fifth.
            let low = try await share(of: "a", daemon, port)
            #expect(low > 0.15 && low < 0.25, "\(low) \(daemon.log)")
            #expect(try await daemon.command("exec", "shared.score = 1").status == 0)
            try await daemon.waitUntil("score 1", withinSeconds: 5) {
                $0.server("a")?.score == 1
            }
            let full = try await share(of: "a", daemon, port)
            #expect(full > 0.44 && full < 0.56, "\(full) \(daemon.log)")
            // An attribute that a rule changed stays for 5 s at least.
            try await daemon.waitUntil("the rule", withinSeconds: 10) {
                $0.route("192.0.2.53/32")?.attributes["med"] == "1000"
            }
            #expect(await daemon.stop() == 0, "\(daemon.log)")
            for knot in knots { await knot.stop() }
        }

        /// The part of some thousand queries that the server got: five standard deviations of so many
        /// are less than what the bounds allow.
        private func share(
            of name: String, _ daemon: PharosDaemon, _ port: UInt16
        ) async throws -> Double {
            let before = try await daemon.status()
            let load = try Dnsperf(
                server: "127.0.0.1", port: port, seconds: 2,
                queriesPerSecond: Self.queries / 2)
            let result = try await load.result()
            #expect(result.completed > Self.queries * 3 / 4, "\(result)")
            let after = try await daemon.status()
            func sent(_ name: String) -> Int {
                (after.server(name)?.queries ?? 0) - (before.server(name)?.queries ?? 0)
            }
            let all = sent("a") + sent("b")
            return all == 0 ? 0 : Double(sent(name)) / Double(all)
        }
    }
}
