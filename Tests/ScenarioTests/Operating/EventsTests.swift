// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a withdraw whose cause is nowhere, a history that a restart loses.
    struct EventsTests {
        @Test func whatChangedIsToldWithItsCauseAlsoAfterACrash() async throws {
            let stage = try await OperatingStage()
            let port = try FreePorts.next()
            let probe = """
                newCheck{name = "resolver", interval = 0.1, fastInterval = 0.05, timeout = 0.05,
                         rise = 1, fall = 3, run = function(ctx)
                             if io.open("\(stage.state.path)/dark") then
                                 dns.query{server = "127.0.0.1:\(port)", name = "www.test"}
                             end
                             return true
                         end}
                announce{prefix = "198.51.100.0/24", nextHop = "10.0.0.1", when = "resolver",
                         requireAddress = false}
                """
            let first = try await stage.daemon(probe)
            try await stage.router.waitForRoute("198.51.100.0/24")
            try stage.state.write("", to: "dark")
            try await stage.router.waitForNoRoute("198.51.100.0/24")
            #expect(try await first.command("drain", "service", "--grace", "0").status == 0)
            try first.write("nonsense(")
            #expect(try await first.hangUp().lastReload.result == "rejected")
            let events = try await first.command("events", "--since", "10m").output
            let lines = events.split(separator: "\n").map(String.init)
            let withdrawn =
                "198.51.100.0/24 withdrawn from 10.0.0.9:\(stage.router.port): check resolver is"
                + " down: dns.query 127.0.0.1:\(port): connection refused (3/3)"
            for wanted in [
                "starts with", "check resolver is up", "198.51.100.0/24 announced to 10.0.0.9",
                "session with 10.0.0.9:\(stage.router.port) is up", withdrawn,
                "check resolver is down: dns.query 127.0.0.1:\(port): connection refused (3 failures",
                "check service is drained by uid 0",
                "\(OperatingStage.first) withdrawn from 10.0.0.9:\(stage.router.port): check service"
                    + " is drained",
                "reload by a signal rejected: ",
            ] {
                #expect(lines.contains { $0.contains(wanted) }, "\(wanted) in \(events)")
            }
            #expect(try await first.command("events", "--since", "0s").output.isEmpty)

            first.signal(SIGKILL)
            let second = try await stage.daemon(probe)
            let after = try await second.command("events", "--since", "00:00", "--json").output
            #expect(after.contains("did not end in order"), "\(after)")
            #expect(after.contains("\"kind\":\"route\"") && after.contains(withdrawn), "\(after)")
            #expect(await second.stop() == 0)
            #expect(stage.state.read("events.jsonl").contains("pharos is told to stop"))
            await stage.router.stop()
        }
    }
}
