// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

extension Scenarios {
    /// Would catch: targets that share a verdict or a run, a server with the verdict of another's
    /// target, and a reload that starts targets over or lets a new one speak for all.
    struct TargetTests {
        @Test func eachTargetHasAVerdictOfItsOwnAndServersFollowTheirs() async throws {
            let scratch = try ScratchDirectory("targets")
            let ports = [try FreePorts.next(), try FreePorts.next(), try FreePorts.next()]
            for port in ports { try scratch.write("1", to: "\(port)") }
            let daemon = try await PharosDaemon(
                Self.configuration(scratch, ports, listen: try FreePorts.next()))
            let up = try await daemon.waitUntil("all up", withinSeconds: 10) {
                $0.check("c")?.state == "up" && $0.servers.map(\.state) == ["up", "up", "up"]
            }
            #expect(up.check("c")?.targets.map(\.state) == ["up", "up", "up"])
            #expect(up.check("c")?.detail == "3 of 3 targets up")

            // One goes down: its server with it, and nobody else while two are enough.
            try scratch.write("0", to: "\(ports[1])")
            let one = try await daemon.waitUntil("s1 down", withinSeconds: 10) {
                $0.server("s1")?.state == "down"
            }
            #expect(one.servers.map(\.state) == ["up", "down", "up"], "\(daemon.log)")
            #expect(one.check("c")?.state == "up")
            let target = try #require(one.check("c")?.target("127.0.0.1:\(ports[1])"))
            #expect((target.state, target.detail, target.flaps) == ("down", "says 0", 1))

            // A score moves the server's, and never the verdict.
            try scratch.write("0.25", to: "\(ports[2])")
            try await daemon.waitUntil("score", withinSeconds: 10) {
                $0.server("s2")?.score == 0.25 && $0.server("s2")?.state == "up"
                    && $0.check("c")?.target("127.0.0.1:\(ports[2])")?.score == 0.25
                    && abs(($0.check("c")?.score ?? 0) - 1.25 / 3) < 0.000_1
            }

            try scratch.write("0", to: "\(ports[2])")
            try await daemon.waitUntil("check down", withinSeconds: 10) {
                $0.check("c")?.state == "down"
            }
            let text = try await daemon.command("status").output
            #expect(text.contains("  127.0.0.1:\(ports[1])"), "\(text)")
            #expect(daemon.log.contains("check c is down: 1 of 3 targets up"), "\(daemon.log)")
            #expect(
                daemon.log.contains("check c, target 127.0.0.1:\(ports[1]), is down: says 0"),
                "\(daemon.log)")
            #expect(await daemon.stop() == 0, "\(daemon.log)")
        }

        @Test func aReloadKeepsTargetsAndANewOneWaitsForItsOwnVerdict() async throws {
            let scratch = try ScratchDirectory("targets")
            let ports = [try FreePorts.next(), try FreePorts.next(), try FreePorts.next()]
            for port in ports[..<2] { try scratch.write("1", to: "\(port)") }
            let listen = try FreePorts.next()
            // All are needed; the third will fall for so long that it has no verdict.
            func text(_ count: Int) -> String {
                Self.configuration(
                    scratch, Array(ports[..<count]), listen: listen,
                    keys: "targetsUp = \"all\", rise = 3, fall = 1000,")
            }
            let daemon = try await PharosDaemon(text(2))
            let before = try await daemon.waitUntil("up", withinSeconds: 10) {
                $0.check("c")?.state == "up"
            }
            try daemon.write(text(3))
            #expect(try await daemon.command("reload").status == 0, "\(daemon.log)")
            let after = try await daemon.waitUntil("third", withinSeconds: 10) {
                $0.check("c")?.targets.last?.state == "falling"
            }
            #expect(after.check("c")?.state == "up", "\(daemon.log)")
            #expect(after.servers.map(\.state) == ["up", "up", "down"], "\(daemon.log)")
            for (old, new) in zip(
                before.check("c")?.targets ?? [], after.check("c")?.targets ?? [])
            {
                #expect(new.runs >= old.runs && new.state == "up", "\(daemon.log)")
            }
            #expect(!daemon.log.contains("check c is down"), "\(daemon.log)")
            #expect(await daemon.stop() == 0, "\(daemon.log)")
        }

        @Test func probeRunsEveryTarget() async throws {
            let scratch = try ScratchDirectory("targets")
            let ports = [try FreePorts.next(), try FreePorts.next()]
            try scratch.write("1", to: "\(ports[0])")
            let file = try scratch.write(
                Self.configuration(scratch, ports, listen: try FreePorts.next()),
                to: "pharos.lua")
            let child = try ChildProcess(
                try PharosDaemon.binary(), ["probe", "-c", file, "c"])
            #expect(try await child.waitForExit(withinSeconds: 20) == 1)
            #expect(child.output.contains("c 127.0.0.1:\(ports[0]): up"), "\(child.output)")
            #expect(child.output.contains("c 127.0.0.1:\(ports[1]): down"), "\(child.output)")
        }

        /// A check whose targets are what the files of their names say, and a server behind each.
        private static func configuration(
            _ scratch: ScratchDirectory, _ ports: [UInt16], listen: UInt16,
            keys: String = "targetsUp = 2, rise = 1, fall = 1,"
        ) -> String {
            let targets = ports.map { "\"127.0.0.1:\($0)\"" }.joined(separator: ", ")
            let servers = ports.enumerated().map { number, port in
                "newServer{address = \"127.0.0.1:\(port)\", name = \"s\(number)\", check = \"c\"}\n"
            }.joined()
            return """
                setLocal("127.0.0.1:\(listen)")
                newCheck{name = "c", interval = 0.2, timeout = 0.1, \(keys)
                    targets = {\(targets)},
                    run = function(ctx)
                        local file = io.open("\(scratch.path)/" .. ctx.target:match("%d+$"))
                        if not file then return false, "no file" end
                        local score = tonumber(file:read("a"))
                        file:close()
                        if score == 0 then return false, "says 0" end
                        return {score = score}
                    end}
                \(servers)
                """
        }
    }
}
