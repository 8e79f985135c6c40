// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestPeers
import Testing

/// Would catch a driver that does not start, read or stop its real program: every scenario test
/// stands on these.
@Suite(.timeLimit(.minutes(2)))
struct PeersTests {
    @Test func knotAnswersOverBothTransportsAndFamiliesAndCounts() async throws {
        let knot = try await KnotServer(name: "one", addresses: ["127.0.0.1", "::1"])
        for address in knot.addresses {
            for overTCP in [false, true] {
                let reply = try await Kdig.query(
                    "www.test", server: address, port: knot.port, overTCP: overTCP)
                #expect(reply.status == "NOERROR", "\(reply)")
                #expect(reply.flags.contains("aa"))
                #expect(reply.data == ["192.0.2.80"])
                #expect(reply.from.contains(overTCP ? "TCP" : "UDP"), "\(reply)")
            }
        }
        let refused = try await Kdig.query("example.org", server: "127.0.0.1", port: knot.port)
        #expect(refused.status == "REFUSED")
        #expect(try await knot.queryCount() >= 7)
        await knot.stop()
        let silent = try await Kdig.query(
            "www.test", server: "127.0.0.1", port: knot.port, timeoutSeconds: 1)
        #expect(!silent.isAnswered, "\(silent)")
    }

    @Test func dnsperfCountsWhatIsAnsweredAndWhatIsLost() async throws {
        let knot = try await KnotServer(name: "one")
        let run = try Dnsperf(
            server: "127.0.0.1", port: knot.port, seconds: 1, queriesPerSecond: 200)
        let result = try await run.result()
        #expect(result.lost == 0)
        #expect(result.sent == result.completed && result.sent > 150, "\(result)")
        #expect(result.responseCodes["NOERROR"] == result.completed, "\(result)")
        #expect(result.maximumLatencySeconds >= result.averageLatencySeconds)
        let unheard = try Dnsperf(
            server: "127.0.0.1", port: FreePorts.next(), seconds: 1, queriesPerSecond: 20,
            timeoutSeconds: 1)
        #expect(try await unheard.result().completed == 0)
    }

    @Test func birdsRoutesAreReadWithTheirAttributes() async throws {
        let router = try await BirdRouter([
            BirdSession(name: "peer1", localAddress: "127.0.0.9", neighborAddress: "127.0.0.1"),
            BirdSession(name: "peer2", localAddress: "127.0.0.9", neighborAddress: "127.0.0.2"),
        ])
        #expect(try await router.state(of: "peer1") != "Established")
        #expect(try await router.routes().isEmpty)

        let scratch = try ScratchDirectory("speaker")
        let file = try scratch.write(
            Self.speaker(port: try FreePorts.next(), routerPort: router.port), to: "bird.conf")
        let arguments = [
            "-f", "-c", file, "-s", "\(scratch.path)/ctl", "-P", "\(scratch.path)/pid",
        ]
        let speaker = try ChildProcess("bird", arguments)
        try await router.waitUntilEstablished("peer1")
        let route = try await router.waitForRoute("192.0.2.53/32") { $0.med == 50 }
        #expect(route.session == "peer1")
        #expect(route.communities == ["65002:1", "65535:0"])
        #expect(route.attributes["as_path"] == "65002")
        try await router.waitForRoute("2001:db8::53/128")
        #expect(try await router.routes().count == 2)
        #expect(try await router.updateCounts("peer1") == (2, 0))
        #expect(router.establishedCount("peer1") == 1, "\(router.log)")
        #expect(try await router.state(of: "peer2") != "Established")

        await speaker.stop()
        try await router.waitForNoRoute("192.0.2.53/32")
        #expect(router.log.contains("peer1: Received: Administrative shutdown"), "\(router.log)")

        let again = try ChildProcess("bird", arguments)
        try await router.waitForRoute("192.0.2.53/32")
        #expect(router.establishedCount("peer1") == 2, "\(router.log)")
        await again.stop()
        await router.stop()
    }

    /// A BIRD that announces one route of each family.
    private static func speaker(port: UInt16, routerPort: UInt16) -> String {
        """
        log stderr all;
        router id 10.0.0.1;
        protocol device {}
        filter marked {
          bgp_med = 50; bgp_community.add((65002,1)); bgp_community.add((65535,0)); accept;
        }
        protocol static four { ipv4; route 192.0.2.53/32 unreachable; }
        protocol static six { ipv6; route 2001:db8::53/128 unreachable; }
        protocol bgp up {
          local 127.0.0.1 port \(port) as 65002;
          neighbor 127.0.0.9 port \(routerPort) as 65001;
          multihop;
          connect delay time 1;
          ipv4 { import none; export filter marked; next hop address 192.0.2.1; };
          ipv6 { import none; export all; next hop address 2001:db8::1; };
        }

        """
    }

    @Test func namespacesReachEachOtherAndAreGoneAfterwards() async throws {
        var name = ""
        do {
            let left = try await NetworkNamespace()
            let right = try await NetworkNamespace()
            name = left.name
            try await left.connect(
                to: right, device: "cable", addresses: ["192.0.2.1/24", "2001:db8::1/64"],
                otherAddresses: ["192.0.2.2/24", "2001:db8::2/64"])
            try await right.add("198.51.100.53/32")
            try await left.ip("route", "add", "198.51.100.53", "via", "192.0.2.2")
            let knot = try await KnotServer(
                name: "far", addresses: ["198.51.100.53", "2001:db8::2"], port: 53, in: right)
            for address in knot.addresses {
                let reply = try await Kdig.query(
                    "whoami.test", type: "TXT", server: address, port: 53, in: left)
                #expect(reply.data == ["\"far\""], "\(reply)")
            }
            await knot.stop()
        }
        #expect(try await !Program.output("ip", ["netns", "list"]).contains(name))
    }

    @Test func aFileLaidOverEtcIsSeenInsideAlone() async throws {
        let namespace = try await NetworkNamespace()
        try namespace.overlay("return 1\n", at: "dnsdist/policy-of-a-test.lua")
        let path = "/etc/dnsdist/policy-of-a-test.lua"
        #expect(try await Program.output("cat", [path], in: namespace) == "return 1\n")
        #expect(access(path, F_OK) != 0)
    }

    /// Elsewhere than beside the article there is nothing to compare, and nothing to fail.
    @Test func theArticlesConfigurationIsCutOutWhole() {
        for text in [PublishedConfiguration.dnsdist(), PublishedConfiguration.equivalent] {
            guard let text else { continue }
            #expect(text.hasPrefix("dofile('/etc/dnsdist/orderedwrandom.lua')\n"))
            #expect(text.hasSuffix("addAnyTCRule()\n") || text.hasSuffix("addAnyTCRule()\n\n"))
            #expect(!text.contains("highlight"))
        }
    }

    @Test func aMissingProgramIsAnErrorAndAHangingOneIsBounded() async throws {
        #expect(throws: PeerError.self) { try Program.path(of: "no-such-program") }
        await #expect(throws: PeerError.self) {
            try await Program.output("sleep", ["30"], withinSeconds: 0.2)
        }
        let child = try ChildProcess("sh", ["-c", "trap '' TERM; echo on; exec sleep 30"])
        try await child.waitForOutput("on", withinSeconds: 5)
        #expect(await child.stop(withinSeconds: 0.2) == 128 + SIGKILL)
    }

    @Test func portsAreGivenOutOnce() throws {
        let ports = try (0..<200).map { _ in try FreePorts.next() }
        #expect(Set(ports).count == ports.count)
    }
}
