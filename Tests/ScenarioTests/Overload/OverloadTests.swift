// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestPeers
import Testing

extension Scenarios {
    /// Three times as many queries as can be answered. Would catch: a queue that makes everybody wait,
    /// memory that grows with what is offered, what is shed and not counted, a flood that is felt when
    /// it is over, and an honest client that pays for another's flood.
    struct OverloadTests {
        /// Of the whole process, in KiB.
        private static func resident(_ daemon: PharosDaemon) async throws -> Int {
            let text = try await Program.output("ps", ["-o", "rss=", "-p", "\(daemon.processID)"])
            return Int(text.filter(\.isNumber)) ?? 0
        }

        /// All of it on one processor: what offers the load has the others.
        private static func pin(_ daemon: PharosDaemon) async throws {
            _ = try await Program.output("taskset", ["-apc", "0", "\(daemon.processID)"])
        }

        private struct Run {
            let during: Load.Latencies
            let after: Load.Latencies
            let flooded: Int
            /// What the daemon counted meanwhile.
            let counted: [String: Int]
            let grownKiB: Int
            let summary: String
        }

        private static func flood(
            _ daemon: PharosDaemon, _ port: UInt16, rate: Double, seconds: Double
        ) async throws -> Run {
            let before = try await daemon.status().counters
            let size = try await resident(daemon)
            let start = LoadSocket.now
            async let probes = Load.probe(port, rate: 400, seconds: seconds + 0.5)
            let flood = await Load.flood(port, rate: rate, seconds: seconds)
            let latencies = await probes
            let grown = try await resident(daemon) - size
            // What the kernel dropped is asked for once a second.
            var counted = try await daemon.status().counters
            try await eventually("the kernel's drops", withinSeconds: 5) {
                let last = counted
                try await Task.sleep(for: .milliseconds(1_100))
                counted = try await daemon.status().counters
                return counted["queue-overflows"] == last["queue-overflows"]
            }
            for (name, value) in before { counted[name, default: 0] -= value }
            let during = latencies.between(start, flood.end)
            let after = latencies.between(flood.end, flood.end + 100_000)
            let summary = """
                \(flood.sent) queries at \(Int(rate))/s; of \(during.probes.count) measured ones \
                \(during.answered) served: p50 \(during.quantile(0.5)), p99 \(during.quantile(0.99)), \
                longest \(during.quantile(1)) ms; in the 100 ms after it \(after.answered) of \
                \(after.probes.count), p50 \(after.quantile(0.5)), longest \(after.quantile(1)) ms; \
                RSS \(grown) KiB more; \(counted.filter { $0.value > 0 })
                """
            print("overload: \(summary)")
            return Run(
                during: during, after: after, flooded: flood.sent, counted: counted,
                grownKiB: grown, summary: summary)
        }

        private static func judge(_ run: Run) {
            #expect(run.during.quantile(0.99) < 50, "\(run.summary)")
            // A third can be served; a share that a busy machine gives.
            #expect(run.during.answered * 10 > run.during.probes.count, "\(run.summary)")
            #expect(run.grownKiB < 8_192, "\(run.summary)")
            #expect(run.after.answered * 2 > run.after.probes.count, "\(run.summary)")
            #expect(run.after.quantile(0.5) < 50, "\(run.summary)")
        }

        @Test func aWorkerThatCannotKeepUpShedsAndStaysQuick() async throws {
            let port = try FreePorts.next()
            // The script takes the time, so that any machine can offer three times as many.
            let daemon = try await PharosDaemon(
                """
                setLocal("127.0.0.1:\(port)")
                addAction(AllRule(), LuaAction(function(dq)
                  for i = 1, 4000 do end
                  return DNSAction.Refused, ""
                end))
                """, arguments: ["--workers", "1"])
            try await Self.pin(daemon)
            let capacity = await Load.capacity(of: port, inFlight: 64, seconds: 1)
            let run = try await Self.flood(daemon, port, rate: 3 * capacity, seconds: 4)
            Self.judge(run)
            let shed = (run.counted["overdue-queries"] ?? 0) + (run.counted["queue-overflows"] ?? 0)
            #expect(shed > run.flooded / 4, "\(run.summary)")
            // Every query is somewhere: served, thrown away, or dropped by the kernel.
            let offered = run.flooded + run.during.probes.count
            let accounted = shed + (run.counted["queries"] ?? 0)
            #expect(abs(accounted - offered) < offered / 20, "\(accounted) of \(offered)")
            #expect(await daemon.stop() == 0, "\(daemon.log)")
        }

        @Test func serversThatCannotKeepUpAreNotAskedMore() async throws {
            let port = try FreePorts.next()
            let server = SlowServer(port: try FreePorts.next(), milliseconds: 20)
            // 60 in flight for 20 ms each: 3 000 a second.
            let daemon = try await PharosDaemon(
                """
                setLocal("127.0.0.1:\(port)")
                newServer{address = "127.0.0.1:\(server.port)", healthCheckMode = "up"}
                setMaxUDPOutstanding(60)
                """, arguments: ["--workers", "1"])
            try await Self.pin(daemon)
            let run = try await Self.flood(daemon, port, rate: 9_000, seconds: 3)
            Self.judge(run)
            #expect((run.counted["outstanding-full"] ?? 0) > run.flooded / 4, "\(run.summary)")
            #expect(await daemon.stop() == 0, "\(daemon.log)")
            server.stop()
        }

        @Test(arguments: [
            "addAction(MaxQPSIPRule(100), DropAction())",
            """
            local limits = dynBlockRulesGroup()
            limits:setQueryRate(200, 1, "too many", 30, DNSAction.Drop)
            function maintenance() limits:apply() end
            """,
        ])
        func aFloodFromOneAddressIsNotFeltByAnother(limits: String) async throws {
            let knot = try await KnotServer(name: "one")
            let port = try FreePorts.next()
            let daemon = try await PharosDaemon(
                """
                setLocal("127.0.0.1:\(port)")
                newServer{address = "\(knot.endpoint)", name = "one"}
                \(limits)
                """, arguments: ["--workers", "1"])
            let isBlock = limits.contains("dynBlock")
            async let flood = Load.flood(port, from: 3, rate: 8_000, seconds: 5)
            if isBlock { try await daemon.waitUntil("the block") { $0.blockCount > 0 } }
            // 40 a second, less than the limit.
            async let flooder = Load.probe(port, from: 3, rate: 40, seconds: 2)
            let honest = await Load.probe(port, from: 2, rate: 40, seconds: 2)
            let limited = await flooder
            let sent = await flood.sent
            #expect(honest.answered == honest.probes.count, "of \(honest.probes.count)")
            #expect(honest.quantile(0.99) < 50, "\(honest.quantile(0.99)) ms")
            // It may take what the limit leaves it: a rule gives 100 a second to whom is first.
            #expect(limited.answered < limited.probes.count * 3 / 4, "\(limited.answered)")
            let counters = try await daemon.status().counters
            let dropped = counters[isBlock ? "dyn-blocked" : "rule-drop"] ?? 0
            #expect(dropped > sent / 2, "\(dropped) of \(sent): \(counters)")
            print(
                "a flood of \(sent) from 127.0.0.3: from 127.0.0.2 \(honest.answered) of",
                "\(honest.probes.count) served, p99 \(honest.quantile(0.99)) ms;",
                counters["queries"] ?? 0,
                "queries, \(dropped) dropped")
            #expect(await daemon.stop() == 0, "\(daemon.log)")
            await knot.stop()
        }
    }
}
