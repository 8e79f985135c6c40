// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

extension Scenarios {
    /// Would catch: timers that are not called, that a reload doubles or does not end, or whose fault
    /// takes something else with it.
    struct TimerTests {
        @Test func timersRunAndAFaultyOneHarmsNobody() async throws {
            let daemon = try await PharosDaemon(
                """
                setLocal("127.0.0.1:\(try FreePorts.next())")
                local dead = newServer{address = "127.0.0.1:\(try FreePorts.next())", name = "s"}
                every(0.05, function() shared:add("runs", 1) end)
                every(0.1, function() error("broken on purpose") end)
                every(0.02, function() while true do end end)
                function maintenance() dead:setUp() end
                """)
            let status = try await daemon.waitUntil("runs", withinSeconds: 10) {
                ($0.timer("every 0.05 s")?.runs ?? 0) >= 20
                    && ($0.timer("maintenance")?.runs ?? 0) > 1
            }
            #expect(status.server("s")?.state == "UP")
            #expect(status.timer("every 0.05 s")?.errors == 0)
            let broken = try #require(status.timer("every 0.1 s"))
            #expect(broken.errors == broken.runs && broken.errors > 1)
            #expect(broken.lastError.hasSuffix("pharos.lua:4: broken on purpose"), "\(broken)")
            // Put off after each time its budget was used up.
            #expect((1...3).contains(status.timer("every 0.02 s")?.errors ?? 0))
            // Said once, with its place.
            let lines = daemon.log.split(separator: "\n").filter {
                $0.contains("broken on purpose") && $0.contains("failed")
            }
            #expect(lines.count == 1, "\(daemon.log)")
            #expect(await daemon.stop() == 0, "\(daemon.log)")
        }

        @Test func aReloadKeepsThePhaseAndEndsWhatIsGone() async throws {
            let listen = "setLocal(\"127.0.0.1:\(try FreePorts.next())\")\n"
            let slow = "every(3, function() shared:add('slow', 1) end)\n"
            let daemon = try await PharosDaemon(
                listen + slow + "every(0.05, function() shared:add('fast', 1) end)\n")
            let start = ContinuousClock.now
            // Longer than the interval in all, each time shorter than it: a phase that is not kept
            // would never come to a run.
            var runs = 0
            while start.duration(to: .now) < .seconds(4) {
                try daemon.write("-- a line more\n" + listen + slow)
                #expect(try await daemon.command("reload").status == 0, "\(daemon.log)")
                let status = try await daemon.status()
                #expect(status.timers.map(\.name) == ["every 3 s"])
                runs = status.timer("every 3 s")?.runs ?? 0
                try await Task.sleep(for: .milliseconds(300))
            }
            #expect(runs == 1, "\(daemon.log)")
            #expect(await daemon.stop() == 0, "\(daemon.log)")
        }
    }
}
