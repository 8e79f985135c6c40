// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a reload that brings in a script which cannot run, and one that is refused for
    /// what is not its fault.
    struct RehearsalTests {
        /// Rehearsals run side by side: so many, each as long as its timeout, are one timeout.
        private static let slowChecks = 8

        @Test func aNewCheckWhoseScriptFailsRefusesTheReload() async throws {
            // Symptom: none yet; what a rehearsal is for.
            let listen = try Self.listen()
            let daemon = try await PharosDaemon(listen + Self.check("old", "return true"))
            try daemon.write(
                listen + Self.check("old", "return true") + Self.check("new", "return ctx.nothing"))
            let reply = try await daemon.command("reload")
            #expect(reply.status == 1, "\(reply.output)")
            #expect(reply.output.contains("check new fails to say"), "\(reply.output)")
            #expect(reply.output.contains("pharos.lua:"), "\(reply.output)")
            let status = try await daemon.status()
            #expect(status.generation == 1 && status.check("new") == nil)
            #expect(await daemon.stop() == 0, "\(daemon.log)")
        }

        @Test func aCheckThatFailsAlreadyDoesNotRefuseTheReload() async throws {
            // Symptom: while one script failed on a node, no reload could mend anything there.
            let listen = try Self.listen()
            let server = try FreePorts.next()
            func text(weight: Int) -> String {
                listen + Self.check("failing", "return ctx.nothing")
                    + "newServer{address = \"127.0.0.1:\(server)\", name = \"s\","
                    + " weight = \(weight)}\n"
            }
            let daemon = try await PharosDaemon(text(weight: 1))
            try await daemon.waitUntil("state error", withinSeconds: 5) {
                $0.check("failing")?.state == "error"
            }
            // A line more: the check moves, and is the same.
            try daemon.write("-- heavier\n" + text(weight: 7))
            let reply = try await daemon.command("reload")
            #expect(reply.status == 0, "\(reply.output)")
            let status = try await daemon.status()
            #expect(status.generation == 2 && status.server("s")?.weight == 7)
            #expect(await daemon.stop() == 0, "\(daemon.log)")
        }

        @Test func aDisabledCheckIsNotRehearsed() async throws {
            // Symptom: a check that was disabled because its script fails refused every reload.
            let listen = try Self.listen()
            let daemon = try await PharosDaemon(listen)
            let ran = "\(daemon.folder)/ran"
            try daemon.write("", to: "off")
            try daemon.write(
                listen
                    + Self.check(
                        "broken", "io.open(\"\(ran)\", \"w\"):close() return ctx.nothing",
                        keys: "disableFile = \"\(daemon.folder)/off\","))
            let reply = try await daemon.command("reload")
            #expect(reply.status == 0, "\(reply.output)")
            try await daemon.waitUntil("state disabled", withinSeconds: 5) {
                $0.check("broken")?.state == "disabled"
            }
            await #expect(throws: PeerError.self, "the check ran") {
                try await Program.output("cat", [ran])
            }
            #expect(await daemon.stop() == 0, "\(daemon.log)")
        }

        @Test func checksThatTimeOutAreRehearsedTogether() async throws {
            // Symptom: a reload took as long as all timeouts of its checks in a row.
            let listen = try Self.listen()
            let daemon = try await PharosDaemon(listen)
            try daemon.write(
                listen
                    + (1...Self.slowChecks).map {
                        Self.check("slow \($0)", "sleep(60) return true", timeoutSeconds: 0.5)
                    }.joined())
            let start = ContinuousClock.now
            let reply = try await daemon.command("reload")
            #expect(reply.status == 0, "\(reply.output)")
            #expect(start.duration(to: .now) < .seconds(Double(Self.slowChecks) * 0.5 / 2))
            #expect(await daemon.stop() == 0, "\(daemon.log)")
        }

        @Test func onlyWhatChangedIsTriedAgain() async throws {
            // Symptom: a reload that changed a weight ran every check of the node once more.
            let listen = try Self.listen()
            let server = try FreePorts.next()
            func text(_ body: String, weight: Int, before: String = "") -> String {
                listen + before
                    + "newServer{address = \"127.0.0.1:\(server)\", name = \"s\","
                    + " weight = \(weight)}\n"
                        + """
                        local function count(name) shared:add(name, 1) return true end
                        newCheck{name = "slow", interval = 3600, fastInterval = 3600, timeout = 0.1,
                            run = function(ctx) \(body) end}

                        """
            }
            let daemon = try await PharosDaemon(text("return count('runs')", weight: 1))
            func runs(_ name: String) async throws -> String {
                try await daemon.command("exec", "print(shared.\(name))").output
                    .filter { !$0.isNewline }
            }
            try await daemon.waitUntil("a run", withinSeconds: 5) {
                $0.check("slow")?.runs == 1
            }
            #expect(try await runs("runs") == "1")
            // Another weight, and lines that moved.
            try daemon.write(text("return count('runs')", weight: 5, before: "-- heavier\n\n"))
            #expect(try await daemon.command("reload").status == 0, "\(daemon.log)")
            #expect(try await daemon.status().server("s")?.weight == 5)
            #expect(try await runs("runs") == "1")
            // Another body behind the same declaration.
            try daemon.write(text("return count('others')", weight: 5))
            #expect(try await daemon.command("reload").status == 0, "\(daemon.log)")
            #expect(try await runs("runs") == "1")
            #expect(try await runs("others") == "1")
            // One that fails refuses the reload.
            try daemon.write(text("return cuont('others')", weight: 5))
            let reply = try await daemon.command("reload")
            #expect(reply.status == 1 && reply.output.contains("cuont"), "\(reply.output)")
            #expect(try await daemon.status().check("slow")?.runs == 1)
            #expect(await daemon.stop() == 0, "\(daemon.log)")
        }

        private static func listen() throws -> String {
            "setLocal(\"127.0.0.1:\(try FreePorts.next())\")\n"
        }

        private static func check(
            _ name: String, _ body: String, keys: String = "", timeoutSeconds: Double = 0.1
        ) -> String {
            """
            newCheck{name = "\(name)", interval = 1, timeout = \(timeoutSeconds), rise = 1, \(keys)
                run = function(ctx) \(body) end}

            """
        }
    }
}
