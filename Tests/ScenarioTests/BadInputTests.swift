// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a mistake of an operator that is taken, that is told in more than a line or without
    /// its place, or that stops what was running.
    struct BadInputTests {
        struct Mistake: Sendable, CustomTestStringConvertible {
            var text: String
            var words: String
            var line = 1
            var testDescription: String { text }
        }

        static let mistakes = [
            Mistake(text: "setLocal(\"127.0.0.1:5300\")\nsetLocal(", words: "near <eof>", line: 2),
            Mistake(
                text: "newCheck{name = \"a\", run = print, intervall = 1}",
                words: "did you mean 'interval'?"),
            Mistake(text: "newChek{}", words: "did you mean 'newCheck'?"),
            Mistake(text: "TimedIPSetRule()", words: "dnsdist's TimedIPSetRule"),
            Mistake(text: "setLocal(\"300.1.2.3\")", words: "'300.1.2.3' is not an address"),
            Mistake(text: "newServer{address = \"192.0.2.1:99999\"}", words: "is not an address"),
            Mistake(text: "newNeighbor{address = \"192.0.2.1\"}", words: "peerAS is missing"),
            Mistake(text: "announce{prefix = \"192.0.2.1/32\"}", words: "say when"),
            Mistake(
                text: "announce{prefix = \"0.0.0.0/0\", when = \"always\"}",
                words: "default route"),
            Mistake(
                text: "newCheck{name = \"a\", run = print, timeout = 500, interval = 1}",
                words: "longer than interval"),
            Mistake(text: "\nlocal x = nothing.there", words: "nil value", line: 2),
            Mistake(text: "error({})", words: "raised a table: {}"),
            Mistake(text: "while true do end", words: "budget"),
        ]

        @Test(arguments: mistakes)
        func oneLineNamesTheMistakeAndItsPlace(_ mistake: Mistake) async throws {
            let scratch = try ScratchDirectory("mistake")
            let file = try scratch.write(mistake.text, to: "pharos.lua")
            let child = try ChildProcess(try PharosDaemon.binary(), ["validate", "-c", file])
            // The endless one has 10 s of processor time, which a busy machine stretches.
            #expect(try await child.waitForExit(withinSeconds: 120) == 1)
            let lines = child.standardError.split(separator: "\n")
            #expect(lines.count == 1, "\(child.output)")
            #expect(lines.first?.hasPrefix("\(file):\(mistake.line): ") == true, "\(child.output)")
            #expect(lines.first?.contains(mistake.words) == true, "\(child.output)")
        }

        @Test func aRejectedReloadChangesNothingAndSaysWhyInThreePlaces() async throws {
            let knot = try await KnotServer(name: "one")
            let port = try FreePorts.next()
            let daemon = try await PharosDaemon(Self.configuration(knot, port))
            for mistake in Self.mistakes.dropLast() {
                try daemon.write(Self.configuration(knot, port) + mistake.text)
                let reply = try await daemon.command("reload")
                #expect(reply.status == 1 && reply.output.contains(mistake.words), "\(reply)")
            }
            let status = try await daemon.status()
            #expect(status.generation == 1)
            #expect(status.lastReload.result == "rejected")
            #expect(status.lastReload.message.contains("pharos.lua:"))
            #expect(daemon.log.contains(status.lastReload.message), "\(daemon.log)")
            #expect(try await answerers(server: "127.0.0.1", port: port, count: 3) == ["one": 3])
            #expect(await daemon.stop() == 0)
            await knot.stop()
        }

        @Test func aSecondDaemonOnTheSamePortIsRefusedWithTheFirstOnesProcess() async throws {
            let knot = try await KnotServer(name: "one")
            let port = try FreePorts.next()
            let daemon = try await PharosDaemon(Self.configuration(knot, port))
            let scratch = try ScratchDirectory("second")
            let file = try scratch.write(Self.configuration(knot, port), to: "pharos.lua")
            let second = try ChildProcess(
                try PharosDaemon.binary(),
                ["run", "-c", file, "--control", "\(scratch.path)/control.sock"])
            #expect(try await second.waitForExit(withinSeconds: 15) == 1, "\(second.output)")
            #expect(second.standardError.contains("\(daemon.processID)"), "\(second.output)")
            #expect(try await answerers(server: "127.0.0.1", port: port, count: 3) == ["one": 3])
            #expect(await daemon.stop() == 0)
            await knot.stop()
        }

        @Test func aSecondDaemonOfTheSameConfigurationIsRefusedWithTheFirstOnesProcess()
            async throws
        {
            let knot = try await KnotServer(name: "one")
            let daemon = try await PharosDaemon(Self.configuration(knot, try FreePorts.next()))
            let second = try ChildProcess(
                try PharosDaemon.binary(),
                [
                    "run", "-c", "\(daemon.folder)/pharos.lua", "--control",
                    "\(daemon.folder)/control.sock",
                ])
            #expect(try await second.waitForExit(withinSeconds: 15) == 1, "\(second.output)")
            #expect(second.standardError.contains("\(daemon.processID)"), "\(second.output)")
            #expect(try await daemon.status().ready)
            #expect(await daemon.stop() == 0)
            await knot.stop()
        }

        @Test(arguments: [["fly"], ["run", "--colour"], ["validate", "-c"]])
        func aWrongCommandLineIsUsage(_ arguments: [String]) async throws {
            let child = try ChildProcess(try PharosDaemon.binary(), arguments)
            #expect(try await child.waitForExit(withinSeconds: 10) == 2, "\(child.output)")
        }

        private static func configuration(_ knot: KnotServer, _ port: UInt16) -> String {
            """
            setLocal("127.0.0.1:\(port)")
            newServer{address = "\(knot.endpoint)", name = "one"}

            """
        }
    }
}
