// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

/// Would catch: a Pharos that takes a port from BIND or BIRD on their own host, or touches what they
/// announce.
struct CrowdedHostTests {
    private static let service = "198.51.100.53"

    /// `named` has port 53 of every address, BIRD has 179 and a session to the world; Pharos only
    /// announces, toward that BIRD.
    @Test func pharosAnnouncesBesideBindAndBird() async throws {
        let (host, world) = (try await NetworkNamespace(), try await NetworkNamespace())
        try await host.connect(
            to: world, device: "up0", addresses: ["192.0.2.10/24"],
            otherAddresses: ["192.0.2.1/24"])
        try await host.add("\(Self.service)/32")
        let uplink = try await BirdRouter(
            [
                BirdSession(
                    name: "host", localAddress: "192.0.2.1", neighborAddress: "192.0.2.10",
                    neighborAS: 64_501)
            ], port: 179, in: world)
        let bird = try await BirdRouter(configuration: Self.bird, in: host)
        try await uplink.waitUntilEstablished("host")
        try await uplink.waitForRoute("203.0.113.0/24")
        let named = try await BindServer(
            addresses: [Self.service], listensOnAll: true, in: host)

        let daemon = try await PharosDaemon(Self.pharos, in: host)
        try await uplink.waitForRoute("\(Self.service)/32")
        // As seen from outside: both ports are their owners'.
        let sockets = try await Program.output("ss", ["-Hlntup"], in: host)
        #expect(!sockets.contains("\"pharos\""), "\(sockets)")

        for _ in 1...2 {
            await named.stop()
            try await uplink.waitForNoRoute("\(Self.service)/32")
            try await named.start()
            try await uplink.waitForRoute("\(Self.service)/32")
        }
        #expect(try await uplink.routes().contains { $0.prefix == "203.0.113.0/24" })
        #expect(uplink.establishedCount("host") == 1, "\(uplink.log)")

        // A second one with the same file, by itself and with a socket of its own.
        let second = try ChildProcess(
            try PharosDaemon.binary(),
            [
                "run", "-c", "\(daemon.folder)/pharos.lua", "--control",
                "\(daemon.folder)/control.sock",
            ], in: host)
        #expect(try await second.waitForExit(withinSeconds: 10) == 1)
        #expect(second.output.contains("process \(daemon.processID)"), "\(second.output)")
        #expect(try await daemon.status().route("\(Self.service)/32")?.announced == true)

        #expect(await daemon.stop() == 0)
        try await uplink.waitForNoRoute("\(Self.service)/32")
        await named.stop()
        await bird.stop()
        await uplink.stop()
    }

    private static let pharos = """
        local resolver = newCheck{name = "named", interval = 0.2, timeout = 0.2, rise = 1, fall = 2,
            run = function(ctx)
                return dns.query{server = "\(service)", name = "www.test"}.ok
            end}
        setRouterID("192.0.2.11")
        newNeighbor{address = "127.0.0.1", localAddress = "127.0.0.2", peerAS = 64501,
                    localAS = 64501}
        announce{prefix = "\(service)/32", when = resolver, reannounceDelay = {step = 0}}
        """

    private static let bird = """
        log stderr all;
        router id 192.0.2.10;
        protocol device {}
        protocol static { ipv4; route 203.0.113.0/24 unreachable; }
        protocol bgp pharos {
          local 127.0.0.1 as 64501;
          neighbor 127.0.0.2 as 64501;
          multihop;
          passive on;
          ipv4 { import all; export none; };
        }
        protocol bgp uplink {
          local 192.0.2.10 as 64501;
          neighbor 192.0.2.1 as 65001;
          connect delay time 1;
          ipv4 { import none; export all; next hop self; };
        }
        """
}
