// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a command that does not reach the daemon's own VM, whose action nobody sees, or
    /// that takes the daemon with it.
    struct ExecTests {
        @Test func aCommandActsInTheRunningDaemon() async throws {
            let daemon = try await PharosDaemon(
                """
                setLocal("127.0.0.1:\(try FreePorts.next())")
                newServer{address = "127.0.0.1:\(try FreePorts.next())", name = "one",
                          healthCheckMode = "up"}
                function greet(name) return "hello " .. name end
                onStateChange(function(change) shared:add("changes", 1) end)
                """)
            let answer = try await daemon.command("exec", "greet('you'), 1 + 1")
            #expect(answer.status == 0 && answer.output == "hello you\t2\n")

            #expect(try await daemon.command("exec", "getServer('one'):setDown()").status == 0)
            #expect(try await daemon.status().server("one")?.state == "DOWN")
            try await eventually("told", withinSeconds: 5) {
                // One for its first state, one for this.
                try await daemon.command("exec", "shared.changes").output == "2\n"
            }

            // A file; what it leaves is there for the next.
            try daemon.write("kept = 'a\\u{e9}b'\nprint(kept)\n", to: "script.lua")
            let file = try await daemon.command("exec", "-f", "\(daemon.folder)/script.lua")
            #expect(file.status == 0 && file.output == "a\u{e9}b\n")
            #expect(try await daemon.command("exec", "#kept").output == "4\n")

            // Mistakes say what and where, and harm nothing.
            let fault = try await daemon.command("exec", "print('so far') local x = nil return x.y")
            #expect(fault.status == 1)
            #expect(fault.output.contains("so far\nexec:1: attempt to index a nil value"))
            #expect(fault.output.contains("stack traceback"), "\(fault)")
            let loop = try await daemon.command("exec", "while true do end")
            #expect(loop.status == 1 && loop.output.contains("used up its budget"), "\(loop)")
            let declares = try await daemon.command("exec", "newServer{address='192.0.2.1'}")
            #expect(declares.status == 1, "\(declares)")
            #expect(declares.output.contains("only while the configuration is read"))
            #expect(try await daemon.status().servers.count == 1)
            #expect(await daemon.stop() == 0, "\(daemon.log)")
        }

        @Test func sharedValuesAndCountersSurviveAReload() async throws {
            let listen = "setLocal(\"127.0.0.1:\(try FreePorts.next())\")\n"
            let daemon = try await PharosDaemon(listen + "every(0.05, function() end)\n")
            #expect(try await daemon.command("exec", "shared.kept = 'text'").status == 0)
            try daemon.write(
                listen + "every(0.05, function() shared:add('runs', 1) end)\n"
                    + "newCheck{name = 'c', run = function() return true end}\n")
            #expect(try await daemon.command("reload").status == 0, "\(daemon.log)")
            #expect(try await daemon.command("exec", "shared.kept").output == "text\n")
            try await daemon.waitUntil("runs", withinSeconds: 5) { !$0.timers.isEmpty }
            #expect(await daemon.stop() == 0, "\(daemon.log)")
        }
    }
}
