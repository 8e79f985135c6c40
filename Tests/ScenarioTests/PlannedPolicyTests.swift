// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a plan that does not follow the servers' states in the running daemon, one whose
    /// fault is not shown, and one that a reload loses.
    struct PlannedPolicyTests {
        @Test func aPlanFollowsStatesAndSurvivesItsOwnFaults() async throws {
            let (one, two) = (try await KnotServer(name: "one"), try await KnotServer(name: "two"))
            let port = try FreePorts.next()
            let scratch = try ScratchDirectory("modes")
            try scratch.write("up", to: "mode")
            let daemon = try await PharosDaemon(
                """
                setLocal("127.0.0.1:\(port)")
                newServer{address = "\(one.endpoint)", name = "one", order = 1, check = "first"}
                newServer{address = "\(two.endpoint)", name = "two", order = 2}
                newCheck{name = "first", interval = 0.1, timeout = 0.1, rise = 1, fall = 1,
                    run = function(ctx)
                        local file <close> = assert(io.open("\(scratch.path)/mode"))
                        local mode = file:read("l")
                        if mode == "half" then return {score = 0.5} end
                        return mode == "up"
                    end}
                setServerPolicy(newPlannedPolicy("lowest", function(servers)
                    if servers[1].score == 0.5 then error("half a server") end
                    for _, server in ipairs(servers) do
                        if server:isUp() then return {servers = {server}} end
                    end
                    return {}
                end))
                """)
            func put(_ mode: String) throws { try scratch.write(mode, to: "mode") }
            func who() async throws -> [String: Int] {
                try await answerers(server: "127.0.0.1", port: port, count: 5)
            }
            // Until the check's first verdict the server is not up; the plan follows within a turn.
            try await daemon.waitUntil("one is up") { $0.server("one")?.state == "up" }
            try await eventually("one first", withinSeconds: 5, otherwise: daemon.log) {
                try await who() == ["one": 5]
            }
            try put("down")
            try await daemon.waitUntil("one is down") { $0.server("one")?.state == "down" }
            try await eventually("two then", withinSeconds: 5, otherwise: daemon.log) {
                try await who() == ["two": 5]
            }
            // The plan of this moment fails: the one before, which names two, stays.
            try put("half")
            let status = try await daemon.waitUntil("the plan's fault") {
                ($0.policy("lowest")?.errors ?? 0) > 0
            }
            #expect(status.policy("lowest")?.kind == "planned")
            #expect(
                status.policy("lowest")?.lastError.hasSuffix("pharos.lua:12: half a server")
                    == true,
                "\(status.policy("lowest")?.lastError ?? "")")
            #expect(status.policy("lowest")?.fallbacks == 0)
            #expect(try await who() == ["two": 5])
            try put("up")
            try await daemon.waitUntil("a score of 1") { $0.server("one")?.score == 1 }
            try await eventually("one again", withinSeconds: 5, otherwise: daemon.log) {
                try await who() == ["one": 5]
            }
            #expect(await daemon.stop() == 0, "\(daemon.log)")
            await one.stop()
            await two.stop()
        }
    }
}
