// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

extension Scenarios {
    /// Would catch: lines that policies and actions log and that reach nobody, and a policy that
    /// fills the log.
    struct PlaneLogTests {
        @Test func linesOfPoliciesAndActionsReachTheLogWithTheirPlace() async throws {
            let knot = try await KnotServer(name: "one")
            let port = try FreePorts.next()
            let web = try FreePorts.next()
            let daemon = try await PharosDaemon(
                """
                setLocal("127.0.0.1:\(port)")
                webserver("127.0.0.1:\(web)")
                newServer{address = "\(knot.endpoint)", name = "one"}
                setServerPolicyLua("mine", function(servers, dq)
                    infolog("chose " .. servers[1].name)
                    return servers[1]
                end)
                addAction(AllRule(), LuaAction(function(dq)
                    errlog("saw", dq.qname:toString())
                    for i = 1, 200 do print("line", i) end
                    return DNSAction.None, ""
                end))
                """, arguments: ["--workers", "1"])
            #expect(try await answerers(server: "127.0.0.1", port: port, count: 1) == ["one": 1])
            func line(_ text: String) async throws -> String {
                try await eventually(text, withinSeconds: 5, otherwise: daemon.log) {
                    daemon.log.split(separator: "\n").map(String.init)
                        .first { $0.contains(text) }
                }
            }
            let saw = try await line("whoami.test.")
            #expect(saw.contains(" ERROR saw"), "\(saw)")
            #expect(saw.contains("pharos.lua:9"), "\(saw)")
            #expect(try await line("line").contains("pharos.lua:10"))
            // The ring is full by then, which is said with the number.
            let lost = try await line("found no room")
            #expect(lost.contains(" 138 more lines of policies"), "\(lost)")
            // A second later there is room again.
            #expect(try await answerers(server: "127.0.0.1", port: port, count: 1) == ["one": 1])
            let metrics = try await Program.output(
                "curl", ["-sS", "http://127.0.0.1:\(web)/metrics"])
            #expect(metrics.contains("pharos_script_log_dropped "), "\(metrics)")
            #expect(await daemon.stop() == 0, "\(daemon.log)")
            let lines = daemon.log.split(separator: "\n")
            #expect(lines.filter { $0.contains("saw") }.count == 2, "\(daemon.log)")
            #expect(lines.filter { $0.contains(" line") }.count <= 2 * 64, "\(daemon.log)")
            await knot.stop()
        }

        @Test func aPolicysOwnLineIsInfo() async throws {
            let knot = try await KnotServer(name: "one")
            let port = try FreePorts.next()
            let daemon = try await PharosDaemon(
                """
                setLocal("127.0.0.1:\(port)")
                newServer{address = "\(knot.endpoint)", name = "one"}
                setServerPolicyLua("mine", function(servers, dq)
                    infolog("chose " .. servers[1].name)
                    return servers[1]
                end)
                """)
            #expect(try await answerers(server: "127.0.0.1", port: port, count: 1) == ["one": 1])
            let line = try await eventually("the line", withinSeconds: 5, otherwise: daemon.log) {
                daemon.log.split(separator: "\n").first { $0.contains("chose one") }
            }
            #expect(line.contains(" INFO chose one") && line.contains("pharos.lua:4"), "\(line)")
            // Lines of the last second are not lost at the end.
            #expect(try await answerers(server: "127.0.0.1", port: port, count: 1) == ["one": 1])
            #expect(await daemon.stop() == 0, "\(daemon.log)")
            #expect(
                daemon.log.split(separator: "\n").filter { $0.contains("chose one") }.count == 2)
            await knot.stop()
        }
    }
}
