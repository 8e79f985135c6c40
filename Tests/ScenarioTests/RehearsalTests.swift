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
