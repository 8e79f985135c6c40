// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a client above its rate that is served, one below it that is not, a block that a
    /// reload forgets, that never ends, or that nobody is told of.
    struct DynamicBlockTests {
        @Test func whoAsksTooMuchIsBlockedForAWhile() async throws {
            let knot = try await KnotServer(name: "one")
            let (port, web) = (try FreePorts.next(), try FreePorts.next())
            let configuration = """
                setLocal("127.0.0.1:\(port)")
                webserver("127.0.0.1:\(web)")
                newServer{address = "\(knot.endpoint)", name = "one"}
                local dbr = dynBlockRulesGroup()
                dbr:setQueryRate(10, 2, "Exceeded query rate", 10, DNSAction.Refused)
                dbr:excludeRange("127.0.0.4/32")
                function maintenance() dbr:apply() end
                """
            let daemon = try await PharosDaemon(configuration)
            func status(from client: String) async throws -> String {
                try await Kdig.query(
                    "www.test", server: "127.0.0.1", port: port, options: ["-b", client]
                ).status
            }
            // Some answers may be refusals already; what counts is that they were asked for.
            for client in ["127.0.0.2", "127.0.0.4"] {
                _ = try await Kdig.queries(
                    60, "www.test", server: "127.0.0.1", port: port, options: ["-b", client])
            }
            let blocked = try await daemon.waitUntil("the block") { $0.blockCount > 0 }
            let block = try #require(blocked.block("127.0.0.2/32"), "\(blocked.blocks)")
            #expect(block.kind == "address" && block.action == "Refused" && !block.warning)
            #expect(block.reason == "Exceeded query rate" && (1...10).contains(block.secondsLeft))
            #expect(blocked.blocks.map(\.subject) == ["127.0.0.2/32"])
            #expect(try await status(from: "127.0.0.2") == "REFUSED")
            #expect(try await status(from: "127.0.0.3") == "NOERROR")
            #expect(try await status(from: "127.0.0.4") == "NOERROR")
            let (_, shown) = try await daemon.command("status")
            #expect(shown.contains("127.0.0.2/32") && shown.contains("Exceeded query rate"))
            let metrics = try await Program.output(
                "curl", ["-sS", "http://127.0.0.1:\(web)/metrics"])
            #expect(metrics.contains("\ndnsdist_dyn_block_nmg_size 1\n"), "\(metrics)")
            #expect(metrics.contains("\ndnsdist_dyn_blocked "), "\(metrics)")

            try daemon.write("-- another line\n" + configuration)
            #expect(try await daemon.hangUp().lastReload.result == "ok")
            #expect(try await status(from: "127.0.0.2") == "REFUSED", "\(daemon.log)")
            let after = try await daemon.status()
            #expect(after.generation == 2 && (after.block("127.0.0.2/32")?.queries ?? 0) >= 2)
            #expect((after.counters["dyn-blocked"] ?? 0) >= 2)

            try await daemon.waitUntil("the block's end", withinSeconds: 20) {
                $0.blockCount == 0
            }
            #expect(try await status(from: "127.0.0.2") == "NOERROR")
            let log = daemon.log
            #expect(log.contains("a dynamic block of 127.0.0.2/32 for 10 s: Exceeded query rate"))
            #expect(log.contains("queries a second over 2 s, above 10"), "\(log)")
            #expect(log.contains("the dynamic block of 127.0.0.2/32 is over"), "\(log)")
            #expect(await daemon.stop() == 0, "\(daemon.log)")
            await knot.stop()
        }

        @Test func aCommandBlocksAndClears() async throws {
            let knot = try await KnotServer(name: "one")
            let port = try FreePorts.next()
            let daemon = try await PharosDaemon(
                """
                setLocal("127.0.0.1:\(port)")
                newServer{address = "\(knot.endpoint)", name = "one"}
                addDynBlockSMT({"www.test"}, "never", 600, DNSAction.Nxdomain)
                """)
            func status(_ name: String) async throws -> String {
                try await Kdig.query(name, type: "TXT", server: "127.0.0.1", port: port).status
            }
            #expect(try await status("www.test") == "NXDOMAIN", "the file's own block")
            #expect(try await status("whoami.test") == "NOERROR")
            let exec = try await daemon.command(
                "exec", "addDynamicBlock('127.0.0.0', 'by hand', DNSAction.Refused, 600, 8)")
            #expect(exec.status == 0, "\(exec.output)")
            #expect(try await status("whoami.test") == "REFUSED")
            let shown = try await daemon.command("exec", "showDynBlocks()")
            #expect(shown.output.contains("127.0.0.0/8") && shown.output.contains("www.test."))
            _ = try await daemon.command("exec", "clearDynBlocks()")
            #expect(try await status("www.test") == "NOERROR")
            #expect(await daemon.stop() == 0, "\(daemon.log)")
            await knot.stop()
        }
    }
}
