// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestPeers
import Testing

extension Scenarios {
    /// Would catch: clients without an answer because the kernel hashes them to a worker that a script
    /// has blocked in the kernel, where no budget reaches it, and nobody being told.
    struct StuckWorkerTests {
        @Test func aScriptThatBlocksInTheKernelCostsOneWorkerAndNoOtherClient() async throws {
            let knot = try await KnotServer(name: "one")
            let port = try FreePorts.next()
            let web = try FreePorts.next()
            let pipe = try ScratchDirectory("pipe")
            let path = "\(pipe.path)/fifo"
            try #require(mkfifo(path, 0o600) == 0)
            let daemon = try await PharosDaemon(
                """
                setLocal("127.0.0.1:\(port)")
                webserver("127.0.0.1:\(web)")
                newServer{address = "\(knot.endpoint)", name = "one"}
                setServerPolicyLua("blocking", function(servers, dq)
                    if dq.qname:toString():find("stuck", 1, true) then io.open("\(path)"):close() end
                    return servers[1]
                end)
                """, arguments: ["--workers", "2"])
            let first = try await Kdig.query("www.test", server: "127.0.0.1", port: port)
            try #require(first.isAnswered, "\(daemon.log)")
            _ = try await Kdig.query(
                "stuck.wild.test", server: "127.0.0.1", port: port, timeoutSeconds: 1)
            let status = try await daemon.waitUntil("a stuck worker", withinSeconds: 10) {
                $0.workers.contains { $0.state == "stuck" }
            }
            let stuck = try #require(status.workers.first { $0.state == "stuck" })
            #expect(stuck.activity == "deciding about queries" && stuck.thread > 0)
            #expect(stuck.servedBy.count == 1 && stuck.servedBy != [stuck.name])
            #expect(daemon.log.contains("\(stuck.name) (thread \(stuck.thread)) does not move on"))
            #expect(daemon.log.contains("asleep"), "what the kernel says")
            let metrics = try await Program.output(
                "curl", ["-sS", "http://127.0.0.1:\(web)/metrics"])
            #expect(metrics.contains("pharos_thread_stuck{thread=\"\(stuck.name)\"} 1"))
            // Forty source ports: half of them come to the one that is stuck.
            let replies = try await Kdig.queries(
                40, "www.test", server: "127.0.0.1", port: port, timeoutSeconds: 1)
            #expect(replies.count == 40 && replies.allSatisfy(\.isAnswered))

            let end = open(path, O_WRONLY)
            close(end)
            _ = try await daemon.waitUntil("no stuck worker", withinSeconds: 10) {
                $0.workers.allSatisfy { $0.state == "ok" }
            }
            #expect(daemon.log.contains("\(stuck.name) moves on again"))
            let later = try await Kdig.queries(
                40, "www.test", server: "127.0.0.1", port: port, timeoutSeconds: 1)
            #expect(later.count == 40 && later.allSatisfy(\.isAnswered))
            #expect(await daemon.stop() == 0, "\(daemon.log)")
            await knot.stop()
        }
    }
}
