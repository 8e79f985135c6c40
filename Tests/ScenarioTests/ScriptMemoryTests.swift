// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

extension Scenarios {
    /// Would catch: scripts whose memory nobody can see before the cap stops them.
    struct ScriptMemoryTests {
        @Test func everyMachineShowsWhatItHolds() async throws {
            let web = try FreePorts.next()
            let daemon = try await PharosDaemon(
                """
                setScriptLimits{memory = "64MB", loadTime = 20}
                setLocal("127.0.0.1:\(try FreePorts.next())")
                webserver("127.0.0.1:\(web)")
                newServer{address = "127.0.0.1:\(try FreePorts.next())", name = "s"}
                setServerPolicyLua("first", function(servers, dq) return servers[1] end)
                """, arguments: ["--workers", "2"])
            let scripts = try await daemon.status().scripts
            #expect(scripts.map(\.name) == ["control", "plane 0", "plane 1", "plane 2"])
            for machine in scripts {
                #expect(machine.memoryBytes > 10_000, "\(machine)")
                #expect(machine.memoryBytesMax == 64 << 20)
            }
            // What a script keeps is seen.
            #expect(
                try await daemon.command("exec", "kept = ('x'):rep(1000000)").status == 0)
            let after = try await daemon.status().scripts[0]
            #expect(after.memoryBytes > scripts[0].memoryBytes + 900_000)
            let text = try await daemon.command("status").output
            #expect(text.contains("plane 2") && text.contains("64 MB"), "\(text)")
            let metrics = try await Program.output(
                "curl", ["-s", "http://127.0.0.1:\(web)/metrics"])
            #expect(metrics.contains("pharos_script_memory_bytes{vm=\"control\"} "))
            #expect(
                metrics.contains("pharos_script_memory_max_bytes{vm=\"plane 1\"} 67108864"))
            #expect(await daemon.stop() == 0, "\(daemon.log)")
        }
    }
}
