// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a `checkFunction` that is read and not run, a fault of it that takes a server down,
    /// and lazy health checks that ask a healthy server or miss a dead one.
    struct HealthCheckTests {
        @Test func aCheckFunctionSaysWhatIsAskedAndItsFaultIsNoDown() async throws {
            let knot = try await KnotServer(name: "one")
            // Anything but test. is refused, which mustResolve does not take for an answer.
            let daemon = try await PharosDaemon(
                """
                setLocal("127.0.0.1:\(try FreePorts.next())")
                setVerboseHealthChecks(true)
                newServer{address = "\(knot.endpoint)", name = "plain", mustResolve = true}
                newServer{address = "\(knot.endpoint)", name = "asked", mustResolve = true,
                    checkFunction = function(qname, qtype, qclass, dh)
                        if shared.broken then error("broken on purpose") end
                        shared:add("asked", 1)
                        return newDNSName("www.test."), DNSQType.AAAA, qclass
                    end}
                """)
            let first = try await daemon.waitUntil("verdicts", withinSeconds: 5) {
                $0.server("asked")?.state == "up" && $0.server("plain")?.detail == "REFUSED"
            }
            #expect(first.server("plain")?.state == "down")
            #expect(first.server("asked")?.detail == "NOERROR")
            #expect(
                daemon.log.contains("health check of plain (\(knot.endpoint)) failed: REFUSED"))
            #expect(try await daemon.command("exec", "shared.broken = true").status == 0)
            let broken = try await daemon.waitUntil("the fault", withinSeconds: 5) {
                $0.server("asked")?.detail.contains("broken on purpose") == true
            }
            #expect(broken.server("asked")?.state == "up", "\(daemon.log)")
            #expect(broken.server("asked")?.detail.hasPrefix("error: ") == true)
            // It goes on to fail, and is said once.
            try await Task.sleep(for: .milliseconds(2_200))
            let lines = daemon.log.split(separator: "\n").filter {
                $0.contains("checkFunction of server asked failed, its last verdict stands")
            }
            #expect(lines.count == 1 && lines[0].contains("pharos.lua:6: broken"), "\(lines)")
            #expect(try await daemon.command("exec", "shared.broken = nil").status == 0)
            try await daemon.waitUntil("an answer", withinSeconds: 5) {
                $0.server("asked")?.detail == "NOERROR" && $0.server("asked")?.state == "up"
            }
            #expect(await daemon.stop() == 0, "\(daemon.log)")
            await knot.stop()
        }

        @Test func aLazyServerIsAskedOnlyWhenItsAnswersLookBad() async throws {
            let knot = try await KnotServer(name: "one")
            let port = try FreePorts.next()
            let daemon = try await PharosDaemon(
                """
                setLocal("127.0.0.1:\(port)")
                newServer{address = "\(knot.endpoint)", name = "lazy", checkName = "www.test",
                          healthCheckMode = "lazy", lazyHealthCheckThreshold = 30,
                          lazyHealthCheckMinSampleCount = 3, lazyHealthCheckFailedInterval = 1}
                """)
            #expect(try await daemon.status().server("lazy")?.state == "up", "\(daemon.log)")
            let asked = try await knot.queryCount()
            #expect(try await answerers(server: "127.0.0.1", port: port, count: 5) == ["one": 5])
            // Longer than two looks, which are a second apart.
            try await Task.sleep(for: .milliseconds(2_300))
            #expect(try await knot.queryCount() == asked + 5)
            // Dead and not asked for anything it stays up, as in dnsdist.
            await knot.kill()
            try await Task.sleep(for: .milliseconds(1_300))
            #expect(try await daemon.status().server("lazy")?.state == "up", "\(daemon.log)")
            for _ in 0..<4 {
                _ = try await Kdig.query(
                    "whoami.test", type: "TXT", server: "127.0.0.1", port: port,
                    timeoutSeconds: 1)
            }
            try await daemon.waitUntil("down", withinSeconds: 5) {
                $0.server("lazy")?.state == "down"
            }
            // It is asked again while it is down, and comes back.
            let again = try await KnotServer(name: "two", port: knot.port)
            try await daemon.waitUntil("up", withinSeconds: 5) {
                $0.server("lazy")?.state == "up"
            }
            #expect(try await answerers(server: "127.0.0.1", port: port, count: 2) == ["two": 2])
            #expect(await daemon.stop() == 0, "\(daemon.log)")
            await again.stop()
        }

        @Test func aScriptChangesTheHealthCheckOfARunningServer() async throws {
            let knot = try await KnotServer(name: "one")
            let daemon = try await PharosDaemon(
                """
                setLocal("127.0.0.1:\(try FreePorts.next())")
                newServer{address = "\(knot.endpoint)", name = "s", checkName = "www.test",
                          checkInterval = 3600, healthCheckMode = "down"}
                """)
            #expect(try await daemon.status().server("s")?.state == "DOWN")
            // Active health checks begin, and come more often.
            let change =
                "local s = getServer('s') s:setActiveAuto() s:setHealthCheckParams{rise = 3,"
            #expect(
                try await daemon.command("exec", change + " checkInterval = 1}").status == 0)
            try await daemon.waitUntil("up", withinSeconds: 8) { $0.server("s")?.state == "up" }
            #expect(
                try await daemon.command("exec", "print(getServer('s'):getHealthCheckMode())")
                    .output.contains("active"))
            // Says that it is down; the next checks say otherwise.
            let before = try await knot.queryCount()
            #expect(try await daemon.command("exec", "getServer('s'):setAuto(false)").status == 0)
            #expect(try await daemon.status().server("s")?.state == "down")
            try await daemon.waitUntil("up again", withinSeconds: 8) {
                $0.server("s")?.state == "up"
            }
            #expect(try await knot.queryCount() - before >= 3, "\(daemon.log)")
            #expect(await daemon.stop() == 0, "\(daemon.log)")
            await knot.stop()
        }
    }
}
