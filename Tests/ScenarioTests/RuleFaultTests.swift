// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a rule gone wrong that withdraws a route, or changes it, and one that nobody hears
    /// of.
    struct RuleFaultTests {
        private static let faults = [
            ("raise", "broken on purpose"),
            ("nil", "the rule returned nil; it must return true, false or attributes"),
            ("number", "the rule returned the number 5"),
            ("field", "node has no field 'pols'; did you mean 'pools'?"),
            ("key", "unknown key 'mde'; did you mean 'med'?"),
        ]

        @Test func theLastDecisionStandsAndStatusSaysSo() async throws {
            let router = try await BirdRouter([
                BirdSession(name: "peer", localAddress: "127.0.0.9", neighborAddress: "127.0.0.1")
            ])
            let daemon = try await PharosDaemon(
                """
                setLocal("127.0.0.1:\(try FreePorts.next())")
                setRouterID("10.0.0.1")
                local tick = newCheck{name = "tick", interval = 0.1, timeout = 0.1, rise = 1,
                                      run = function()
                    -- Another detail each time: something that the rule can see changes.
                    return true, "run " .. shared:add("runs", 1)
                end}
                newNeighbor{address = "127.0.0.9", port = \(router.port), peerAS = 65001,
                            localAddress = "127.0.0.1", localAS = 65002, multihop = 2}
                announce{prefix = "192.0.2.53/32", nextHop = "127.0.0.1", requireAddress = false,
                    med = 10, when = tick, rule = function(node)
                        local fault = shared.fault
                        if fault == "raise" then error("broken on purpose") end
                        if fault == "nil" then return nil end
                        if fault == "number" then return 5 end
                        if fault == "field" then return node.pols ~= nil end
                        if fault == "key" then return {mde = 90} end
                        return {med = 70}
                    end}
                """)
            try await router.waitUntilEstablished("peer")
            try await router.waitForRoute("192.0.2.53/32") { $0.med == 70 }
            let updates = try await router.updateCounts("peer")
            for (fault, words) in Self.faults {
                #expect(
                    try await daemon.command("exec", "shared.fault = '\(fault)'").status == 0)
                let status = try await daemon.waitUntil(words, withinSeconds: 5) {
                    $0.route("192.0.2.53/32")?.reason.contains(words) == true
                }
                let route = try #require(status.route("192.0.2.53/32"))
                #expect(route.announced && route.attributes["med"] == "70", "\(route)")
                #expect(route.reason.contains("its rule failed: "), "\(route)")
                #expect(route.reason.contains("pharos.lua:"), "\(route)")
                #expect(
                    daemon.log.split(separator: "\n").contains {
                        $0.contains("the last decision stands") && $0.contains(words)
                    }, "\(daemon.log)")
            }
            #expect(try await daemon.command("exec", "shared.fault = nil").status == 0)
            try await daemon.waitUntil("the mended rule", withinSeconds: 5) {
                $0.route("192.0.2.53/32")?.reason.contains("failed") == false
            }
            // Nothing of all this was told to the router.
            #expect(try await router.updateCounts("peer") == updates, "\(daemon.log)")
            #expect(await daemon.stop() == 0, "\(daemon.log)")
            await router.stop()
        }
    }
}
