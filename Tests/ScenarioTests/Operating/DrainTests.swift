// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a drain that cuts clients off, that comes back by itself, or that takes more with
    /// it than was asked for.
    struct DrainTests {
        private static let graceful = "65535:0"

        @Test func aDrainedNodeAsksForTrafficToGoAndStaysDrainedOverReloadAndCrash() async throws {
            let stage = try await OperatingStage()
            let first = try await stage.daemon(
                "announce{prefix = \"203.0.113.0/24\", nextHop = \"10.0.0.1\", med = 1,"
                    + " requireAddress = false,"
                    + " rule = function(node) return not node.drained end}")
            try await stage.router.waitForRoute(OperatingStage.first)
            try await stage.router.waitForRoute("203.0.113.0/24")
            let drain = try await first.command(
                "drain", "--grace", "1s", "--reason", "patch Sunday")
            #expect(drain.status == 0 && drain.output.contains("this node drains"), "\(drain)")
            let leaving = try await stage.router.waitForRoute(OperatingStage.first) {
                $0.communities.contains(Self.graceful)
            }
            #expect(leaving.med == 50)
            // Its rule sees that the node is drained, and does not wait.
            try await stage.router.waitForNoRoute("203.0.113.0/24")
            #expect(try await stage.router.route(OperatingStage.first) != nil)
            for prefix in [OperatingStage.first, OperatingStage.second] {
                try await stage.router.waitForNoRoute(prefix)
            }
            #expect(try await stage.router.state(of: "node") == "Established")
            let status = try await first.status()
            #expect(status.drained && status.drains.first?.reason == "patch Sunday")
            #expect(status.drains.first?.by.hasPrefix("uid ") == true)
            #expect(status.route(OperatingStage.first)?.reason == "this node is drained")

            #expect(try await first.hangUp().lastReload.result == "ok")
            #expect(try await first.status().drained)
            first.signal(SIGKILL)
            let second = try await stage.daemon()
            #expect(second.log.contains("this node is still drained by"), "\(second.log)")
            try await second.waitUntil("session and verdict") {
                $0.neighbors.first?.state == "Established" && $0.check("service")?.state == "up"
            }
            #expect(try await stage.router.routes().isEmpty)

            let undrain = try await second.command("undrain")
            #expect(undrain.status == 0, "\(undrain)")
            let back = try await stage.router.waitForRoute(OperatingStage.first)
            #expect(back.communities.isEmpty)
            #expect(try await second.status().drained == false)
            #expect(await second.stop() == 0)
            await stage.router.stop()
        }

        @Test func aPrefixAloneIsDrainedUntilNobodyAsksAnyMore() async throws {
            let stage = try await OperatingStage()
            let port = try FreePorts.next()
            let daemon = try await stage.daemon("setLocal(\"192.0.2.53:\(port)\")")
            try await stage.router.waitForRoute(OperatingStage.first)
            let asking = Task {
                // A client that has not heard of it yet, for a second.
                for _ in 0..<5 {
                    _ = try await answerers(
                        server: "192.0.2.53", port: port, count: 1, timeoutSeconds: 1,
                        in: stage.namespace)
                }
            }
            let drain = try await daemon.command(
                "drain", "192.0.2.53", "--wait", "--grace", "100ms", "--quiet", "1500ms")
            #expect(drain.output.contains("withdrawn, and no query for 1.5 s"), "\(drain)")
            try await asking.value
            #expect(try await stage.router.route(OperatingStage.first) == nil)
            #expect(try await stage.router.route(OperatingStage.second) != nil)
            let status = try await daemon.status()
            #expect(!status.drained && status.drains.map(\.target) == ["prefix 192.0.2.53/32"])

            let elsewhere = try await daemon.command(
                "drain", "192.0.2.54/32", "--wait", "--grace", "0", "--quiet", "100ms")
            #expect(elsewhere.output.contains("no listener of its own"), "\(elsewhere)")
            let unknown = try await daemon.command("drain", "sevrice")
            #expect(
                unknown.status == 1 && unknown.output.contains("neither a check nor a prefix"),
                "\(unknown)")
            let node = try await daemon.command("undrain")
            #expect(node.output.contains("this node was not drained; drained: 192.0.2.53/32"))
            #expect(await daemon.stop() == 0)
            await stage.router.stop()
        }

        @Test func aCheckIsDrainedWithAllThatItGatesAlsoTowardInternalNeighbors() async throws {
            let stage = try await OperatingStage(internal: true)
            let daemon = try await stage.daemon(
                "announce{prefix = \"198.51.100.0/24\", nextHop = \"10.0.0.1\", when = \"always\","
                    + " requireAddress = false}", localAS: 65_001)
            try await stage.router.waitForRoute(OperatingStage.first)
            #expect(try await daemon.command("drain", "service", "--grace", "1s").status == 0)
            let leaving = try await stage.router.waitForRoute(OperatingStage.second) {
                $0.communities.contains(Self.graceful)
            }
            #expect(leaving.attributes["local_pref"] == "0", "\(leaving)")
            try await stage.router.waitForNoRoute(OperatingStage.second)
            #expect(try await stage.router.route("198.51.100.0/24") != nil)
            #expect(await daemon.stop() == 0)
            await stage.router.stop()
        }

        @Test func sigtermAsksForTrafficToGoAndASecondSignalDoesNotWait() async throws {
            let stage = try await OperatingStage()
            let first = try await stage.daemon(arguments: ["--stop-grace", "1"])
            try await stage.router.waitForRoute(OperatingStage.first)
            first.signal(SIGTERM)
            try await stage.router.waitForRoute(OperatingStage.first) {
                $0.communities.contains(Self.graceful)
            }
            try await eventually("Cease in BIRD's log", withinSeconds: 5) {
                stage.router.log.contains("node: Received: Administrative shutdown")
            }
            #expect(await first.stop() == 0, "\(first.log)")

            let second = try await stage.daemon(arguments: ["--stop-grace", "4"])
            #expect(!second.log.contains("did not end in order"), "\(second.log)")
            try await stage.router.waitForRoute(OperatingStage.first)
            second.signal(SIGTERM)
            try await stage.router.waitForRoute(OperatingStage.first) {
                $0.communities.contains(Self.graceful)
            }
            let start = ContinuousClock.now
            #expect(await second.stop(signal: SIGINT) == 0, "\(second.log)")
            #expect(start.duration(to: .now) < .seconds(2), "\(second.log)")
            let third = try await stage.daemon()
            #expect(!third.log.contains("did not end in order"), "\(third.log)")
            #expect(await third.stop() == 0)
            await stage.router.stop()
        }
    }
}
