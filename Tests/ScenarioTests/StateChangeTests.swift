// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a change that nobody is told of or twice, a callback that decides something by
    /// its mistake, and what scripts force that rules and routes do not see.
    struct StateChangeTests {
        @Test func changesAreToldInOrderAndAFaultyCallbackHarmsNothing() async throws {
            let scratch = try ScratchDirectory("changes")
            try scratch.write("up", to: "state")
            let daemon = try await PharosDaemon(
                """
                setLocal("127.0.0.1:\(try FreePorts.next())")
                onStateChange(function(change) error("broken on purpose") end)
                onStateChange(function(change) while true do end end)
                onStateChange(function(change)
                    print(string.format("told %s %s %s %s->%s %s", change.kind, change.name,
                        change.target or "-", change.from, change.to, change.detail))
                end)
                addServerStateChangeCallback(function(name, isUp)
                    print("dnsdist " .. name .. " " .. tostring(isUp))
                end)
                local check = newCheck{name = "c", interval = 0.1, fastInterval = 0.1,
                    timeout = 0.1, rise = 1, fall = 1, run = function(ctx)
                        local file = assert(io.open("\(scratch.path)/state"))
                        local state = file:read("a")
                        file:close()
                        return state == "up", state
                    end}
                newServer{address = "127.0.0.1:\(try FreePorts.next())", name = "s", check = check}
                """)
            try await daemon.waitUntil("up", withinSeconds: 10) { $0.server("s")?.state == "up" }
            try scratch.write("down", to: "state")
            try await daemon.waitUntil("down", withinSeconds: 10) {
                $0.server("s")?.state == "down"
            }
            try scratch.write("up", to: "state")
            let status = try await daemon.waitUntil("up again", withinSeconds: 10) {
                $0.server("s")?.state == "up" && $0.callbacks[2].calls >= 6
            }
            let told = daemon.log.split(separator: "\n").filter { $0.contains("told ") }
                .compactMap { $0.split(separator: "told ").last }
            #expect(
                told.map { $0.split(separator: " ").prefix(4).joined(separator: " ") } == [
                    "server s - unknown->down", "check c - unknown->up", "server s - down->up",
                    "check c - up->down", "server s - up->down", "check c - down->up",
                    "server s - down->up",
                ], "\(daemon.log)")
            #expect(daemon.log.contains("told check c - up->down down"), "\(daemon.log)")
            #expect(daemon.log.contains("dnsdist s (127.0.0.1:"), "\(daemon.log)")
            // Called for each change, and said once.
            let broken = status.callbacks[0]
            #expect(broken.errors == broken.calls && broken.calls >= 6)
            #expect(broken.lastError.contains("pharos.lua:2: broken on purpose"))
            let said = daemon.log.split(separator: "\n").filter {
                $0.contains("onStateChange") && $0.contains("broken on purpose")
            }
            #expect(said.count == 1, "\(daemon.log)")
            // Left out after it used up its budget.
            #expect((1...4).contains(status.callbacks[1].errors), "\(daemon.log)")
            #expect(await daemon.stop() == 0, "\(daemon.log)")
        }

        @Test func whatAScriptForcesIsSeenByRulesAtOnce() async throws {
            // Symptom: setDown() in a timer left a route announced that a rule would withdraw.
            let daemon = try await PharosDaemon(
                """
                setLocal("127.0.0.1:\(try FreePorts.next())")
                local s = newServer{address = "127.0.0.1:\(try FreePorts.next())", name = "s",
                                    healthCheckMode = "up"}
                local passes = 0
                every(0.3, function()
                    passes = passes + 1
                    if passes == 2 then s:setDown() end
                end)
                onStateChange(function(change)
                    if change.kind == "route" then
                        print("route " .. change.from .. "->" .. change.to)
                    end
                end)
                setRouterID("10.0.0.1")
                newNeighbor{address = "127.0.0.1", port = \(try FreePorts.next()), peerAS = 65001,
                            localAddress = "127.0.0.1", localAS = 65002}
                announce{prefix = "192.0.2.53/32", nextHop = "192.0.2.1", requireAddress = false,
                         rule = function(node) return node.pools[""].up > 0, "none is up" end}
                """)
            try await eventually("withdrawn", withinSeconds: 5, otherwise: daemon.log) {
                daemon.log.contains("route announced->withdrawn")
            }
            #expect(daemon.log.contains("route withdrawn->announced"), "\(daemon.log)")
            #expect(daemon.log.contains("server s is set to down by a script"), "\(daemon.log)")
            let status = try await daemon.status()
            #expect(status.route("192.0.2.53/32")?.reason.contains("none is up") == true)
            #expect(await daemon.stop() == 0, "\(daemon.log)")
        }

        @Test func callbacksThatUndoEachOtherDoNotTakeControl() async throws {
            let daemon = try await PharosDaemon(
                """
                setLocal("127.0.0.1:\(try FreePorts.next())")
                local s = newServer{address = "127.0.0.1:\(try FreePorts.next())", name = "s",
                                    healthCheckMode = "up"}
                onStateChange(function(change)
                    if change.to == "up" then s:setDown() else s:setUp() end
                end)
                local steady = newCheck{name = "steady", interval = 0.1, fastInterval = 0.1,
                    timeout = 0.1, rise = 1, run = function() return true end}
                """)
            let before = try await daemon.waitUntil("calls", withinSeconds: 10) {
                $0.callbacks[0].calls > 1_000
            }
            // Control goes on: it answers, and its checks keep their time.
            try await daemon.waitUntil("runs", withinSeconds: 5) {
                ($0.check("steady")?.runs ?? 0) >= (before.check("steady")?.runs ?? 0) + 10
            }
            #expect(try await daemon.status().check("steady")?.state == "up")
            #expect(await daemon.stop() == 0)
        }
    }
}
