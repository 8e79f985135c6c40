// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a daemon that says it serves while one of its ports is somebody else's, and
    /// complaints that an operator has to sort first.
    struct PortInUseTests {
        struct Taken: Sendable, CustomTestStringConvertible {
            /// The call that takes a port, and what its complaint begins with.
            var call: String
            var words: String
            var testDescription: String { call }
        }

        static let taken = [
            Taken(call: "setBGPListen", words: "BGP listener"),
            Taken(call: "webserver", words: "webserver"),
        ]

        @Test(arguments: taken)
        func aStartIsRefusedInOneLine(_ taken: Taken) async throws {
            // Symptom: "ready" and exit 0 for BGP, two lines with C++ in them for the webserver.
            let knot = try await KnotServer(name: "one")
            let scratch = try ScratchDirectory("start")
            let file = try scratch.write(
                "setLocal(\"127.0.0.1:\(try FreePorts.next())\")\n"
                    + "\(taken.call)(\"\(knot.endpoint)\")\n", to: "pharos.lua")
            let child = try ChildProcess(
                try PharosDaemon.binary(),
                ["run", "-c", file, "--control", "\(scratch.path)/control.sock"])
            #expect(try await child.waitForExit(withinSeconds: 15) == 1, "\(child.output)")
            #expect(child.standardOutput.isEmpty, "\(child.output)")
            Self.expectOneLine(child.standardError, taken, knot)
            await knot.stop()
        }

        @Test(arguments: taken)
        func aReloadIsRefusedInOneLine(_ taken: Taken) async throws {
            // Symptom: the reload was "ok" and nobody listened.
            let knot = try await KnotServer(name: "one")
            let listen = "setLocal(\"127.0.0.1:\(try FreePorts.next())\")\n"
            let free = "\(taken.call)(\"127.0.0.1:\(try FreePorts.next())\")\n"
            let daemon = try await PharosDaemon(listen + free)
            let before = daemon.log
            try daemon.write(listen + "\(taken.call)(\"\(knot.endpoint)\")\n")
            let refused = try await daemon.command("reload")
            #expect(refused.status == 1, "\(refused.output)")
            Self.expectOneLine(refused.output, taken, knot)
            Self.expectOneLine(String(daemon.log.dropFirst(before.count)), taken, knot)
            #expect(try await daemon.status().generation == 1)

            // What is bound already is not in its own way.
            try daemon.write(listen + free)
            let accepted = try await daemon.command("reload")
            #expect(accepted.status == 0, "\(accepted.output)")
            #expect(await daemon.stop() == 0, "\(daemon.log)")
            await knot.stop()
        }

        /// One line that complains, with the address and the system's words; notices do not count.
        private static func expectOneLine(_ text: String, _ taken: Taken, _ knot: KnotServer) {
            let lines = text.split(separator: "\n").filter { !$0.contains(" NOTE ") }
            #expect(lines.count == 1, "\(text)")
            #expect(
                lines.first?.contains(
                    "\(taken.words) \(knot.endpoint): Address already in use") == true, "\(text)")
            #expect(!text.contains("errno"), "\(text)")
        }
    }
}
