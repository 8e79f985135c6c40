// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a server whose position does not follow what was declared for it or what its
    /// check says, above all across a reload.
    struct ServerVerdictTests {
        @Test func aServerThatIsNotProbedIsWhatItsModeSays() async throws {
            // Symptom: healthCheckMode="up" was down for ever.
            let knot = try await KnotServer(name: "one")
            let dead = try FreePorts.next()
            let port = try FreePorts.next()
            let asked = try await knot.queryCount()
            let daemon = try await PharosDaemon(
                """
                setLocal("127.0.0.1:\(port)")
                newServer{address = "\(knot.endpoint)", name = "alive, down", order = 1,
                          healthCheckMode = "down"}
                newServer{address = "127.0.0.1:\(dead)", name = "dead, up", order = 3,
                          healthCheckMode = "up"}
                newServer{address = "\(knot.endpoint)", name = "alive, up", order = 2,
                          healthCheckMode = "up"}
                """)
            // Longer than the interval of probes, which is 1 s.
            try await Task.sleep(for: .milliseconds(1_300))
            let status = try await daemon.status()
            #expect(status.server("alive, down")?.state == "DOWN", "\(daemon.log)")
            #expect(status.server("dead, up")?.state == "UP", "\(daemon.log)")
            #expect(status.server("alive, up")?.state == "UP", "\(daemon.log)")
            #expect(try await knot.queryCount() == asked)
            #expect(try await answerers(server: "127.0.0.1", port: port, count: 3) == ["one": 3])
            #expect(try await daemon.status().server("alive, down")?.queries == 0)
            #expect(await daemon.stop() == 0, "\(daemon.log)")
            await knot.stop()
        }

        @Test func aServerComesBackWhenItIsNoLongerForced() async throws {
            // Symptom: setDown() in one generation and not in the next left it down until a restart.
            let knot = try await KnotServer(name: "one")
            let port = try FreePorts.next()
            func text(_ end: String) -> String {
                """
                setLocal("127.0.0.1:\(port)")
                local server = newServer{address = "\(knot.endpoint)", name = "one"}
                \(end)
                """
            }
            let daemon = try await PharosDaemon(text("server:setDown()"))
            #expect(try await daemon.status().server("one")?.state == "DOWN", "\(daemon.log)")
            for end in ["", "server:setUp()", "server:setDown()", ""] {
                try daemon.write(text(end))
                let reply = try await daemon.command("reload")
                try #require(reply.status == 0, "\(reply.output)")
                let state = ["server:setUp()": "UP", "server:setDown()": "DOWN"][end] ?? "up"
                try await daemon.waitUntil("\(state) after '\(end)'", withinSeconds: 5) {
                    $0.server("one")?.state == state
                }
            }
            #expect(try await answerers(server: "127.0.0.1", port: port, count: 3) == ["one": 3])
            #expect(await daemon.stop() == 0, "\(daemon.log)")
            await knot.stop()
        }

        @Test func aServerThatAReloadAddsHasTheVerdictOfItsCheckAtOnce() async throws {
            // Symptom: a server added by a reload stayed down while its check was up.
            let port = try FreePorts.next()
            let addresses = [try FreePorts.next(), try FreePorts.next(), try FreePorts.next()]
            func text(_ ports: [UInt16]) -> String {
                """
                setLocal("127.0.0.1:\(port)")
                local good = newCheck{name = "good", interval = 0.2, timeout = 0.1, rise = 1,
                    run = function(ctx) return true end}
                local bad = newCheck{name = "bad", interval = 0.2, timeout = 0.1, fall = 1,
                    run = function(ctx) return false end}

                """
                    + ports.enumerated().map { number, port in
                        "newServer{address = \"127.0.0.1:\(port)\", name = \"s\(number)\","
                            + " check = \(number == 2 ? "bad" : "good")}\n"
                    }.joined()
            }
            let daemon = try await PharosDaemon(text(Array(addresses[..<1])))
            try await daemon.waitUntil("s0 up", withinSeconds: 5) {
                $0.server("s0")?.state == "up" && $0.check("bad")?.state == "down"
            }
            try daemon.write(text(addresses))
            #expect(try await daemon.command("reload").status == 0, "\(daemon.log)")
            let status = try await daemon.status()
            #expect(status.servers.map(\.state) == ["up", "up", "down"], "\(daemon.log)")

            // One with another address is another server to the plane.
            try daemon.write(text([try FreePorts.next()] + addresses[1...]))
            #expect(try await daemon.command("reload").status == 0, "\(daemon.log)")
            let moved = try await daemon.status()
            #expect(moved.servers.map(\.state) == ["up", "up", "down"], "\(daemon.log)")
            #expect(await daemon.stop() == 0, "\(daemon.log)")
        }

        @Test func theScoreOfAServerFollowsItsCheck() async throws {
            // Symptom: a server kept the score that its check had when it came up.
            let scratch = try ScratchDirectory("score")
            try scratch.write("1", to: "score")
            let daemon = try await PharosDaemon(
                """
                setLocal("127.0.0.1:\(try FreePorts.next())")
                local check = newCheck{name = "c", interval = 0.2, timeout = 0.1, rise = 1,
                    run = function(ctx)
                        local file = assert(io.open("\(scratch.path)/score"))
                        local score = tonumber(file:read("a"))
                        file:close()
                        return {score = score}
                    end}
                newServer{address = "127.0.0.1:\(try FreePorts.next())", name = "s", check = check}
                """)
            for score in [1, 0.25, 0.75] {
                try scratch.write("\(score)", to: "score")
                try await daemon.waitUntil("score \(score)", withinSeconds: 5) {
                    $0.server("s")?.state == "up" && $0.server("s")?.score == score
                }
            }
            #expect(await daemon.stop() == 0, "\(daemon.log)")
        }
    }
}
