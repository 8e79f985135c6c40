// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

extension Scenarios {
    /// Would catch: an operator told that all is well on a host where nothing can work, or sent after
    /// something that is right.
    struct DoctorTests {
        private static let configuration = """
            setRouterID("192.0.2.10")
            newNeighbor{address = "192.0.2.1", peerAS = 65001, localAS = 65002, holdTime = 3}
            announce{prefix = "192.0.2.53/32", when = "always"}
            """

        @Test func itNamesEachFaultOfAHostAndGoesQuietWhenItIsMended() async throws {
            let (host, beyond) = (try await NetworkNamespace(), try await NetworkNamespace())
            try await host.connect(
                to: beyond, device: "up0", addresses: ["192.0.2.10/24"],
                otherAddresses: ["192.0.2.1/24"])
            let router = try await BirdRouter(
                [
                    BirdSession(
                        name: "peer", localAddress: "192.0.2.1", neighborAddress: "192.0.2.10")
                ], port: 179, in: beyond)
            try await sysctl("net.ipv4.conf.up0.rp_filter=1", in: host)
            let daemon = try await PharosDaemon(Self.configuration, in: host)
            try await router.waitUntilEstablished("peer")

            let sick = try await doctor(daemon)
            #expect(sick.status == 1)
            #expect(sick.has("fault    address 192.0.2.53: on no interface"), "\(sick.output)")
            #expect(sick.has("warning  interface up0: rp_filter is strict"), "\(sick.output)")
            #expect(sick.has("ok       neighbor 192.0.2.1: reached from 192.0.2.10"))
            #expect(sick.has("ok       session 192.0.2.1: Established since"), "\(sick.output)")
            #expect(sick.has("ok       daemon: generation 1 serves"))

            try await host.add("192.0.2.53/32")
            let shared = try await doctor(daemon)
            #expect(shared.status == 0, "\(shared.output)")
            #expect(
                shared.has("warning  address 192.0.2.53: within the network of up0"),
                "\(shared.output)")
            try await sysctl("net.ipv4.conf.up0.arp_ignore=1", in: host)
            try await sysctl("net.ipv4.conf.up0.rp_filter=2", in: host)
            let well = try await doctor(daemon)
            #expect(well.status == 0)
            #expect(well.has("ok       address 192.0.2.53: on lo"), "\(well.output)")
            #expect(!well.has("rp_filter"), "\(well.output)")

            try await host.ip(
                "route", "replace", "192.0.2.0/24", "dev", "up0", "src", "192.0.2.53")
            let source = try await doctor(daemon)
            #expect(source.status == 1)
            #expect(
                source.has(
                    "fault    neighbor 192.0.2.1: we would call it from the service address"),
                "\(source.output)")

            await router.stop()
            try await host.ip("route", "delete", "192.0.2.0/24", "dev", "up0")
            try await eventually("a session that is lost", withinSeconds: 10) {
                try await daemon.status().neighbors.first?.state != "Established"
            }
            let lost = try await doctor(daemon)
            #expect(lost.has("fault    neighbor 192.0.2.1: no way there: Network is unreachable"))
            #expect(lost.has("fault    session 192.0.2.1: "), "\(lost.output)")
            #expect(await daemon.stop() == 0)
        }

        @Test func aFileThatDoesNotEvaluateIsItsOnlyFinding() async throws {
            let scratch = try ScratchDirectory("doctor")
            let file = try scratch.write("newNeighbor{", to: "pharos.lua")
            let child = try ChildProcess(
                try PharosDaemon.binary(),
                ["doctor", "-c", file, "--control", "\(scratch.path)/none.sock"])
            #expect(try await child.waitForExit(withinSeconds: 10) == 1)
            #expect(child.output.contains("pharos.lua:1:"), "\(child.output)")
        }

        private struct Answer {
            let status: Int32
            let output: String

            func has(_ text: String) -> Bool { output.contains(text) }
        }

        private func doctor(_ daemon: PharosDaemon) async throws -> Answer {
            let (status, output) = try await daemon.command(
                "doctor", "-c", "\(daemon.folder)/pharos.lua")
            return Answer(status: status, output: output)
        }

        private func sysctl(_ setting: String, in namespace: NetworkNamespace) async throws {
            try await Program.output("sysctl", ["-q", "-w", setting], in: namespace)
        }
    }
}
