// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestPeers
import Testing

/// Would catch: a daemon whose end a router does not notice, or takes for an error.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct DaemonTests {
    @Test(arguments: RouterKind.allCases)
    func aStopIsAnAdministrativeShutdownToTheRouter(_ kind: RouterKind) async throws {
        try await run(kind) { lab, daemon in
            #expect(await daemon.stop(signal: SIGTERM) == 0, "\(daemon.log)")
            for transport in PeerLab.Transport.allCases {
                let heard = try await lab.router.waitForNotification(from: transport.ours) { _ in
                    true
                }
                #expect(heard == RouterNotification(6, 2, "pharos stops"))
                try await lab.router.waitForNoRoute(transport.prefix)
            }
        }
    }

    /// Nothing is kept for a restart: what announced the service is dead, and so is the service.
    @Test(arguments: RouterKind.allCases)
    func aKilledDaemonsRoutesAreGoneAtOnce(_ kind: RouterKind) async throws {
        try await run(kind) { lab, daemon in
            let start = ContinuousClock.now
            daemon.signal(SIGKILL)
            for transport in PeerLab.Transport.allCases {
                try await lab.router.waitForNoRoute(transport.prefix)
            }
            // The hold time is thirty seconds; asking the routers takes most of this.
            #expect(start.duration(to: .now) < .seconds(2))
        }
    }

    /// What `clear bgp` does on a router: the other end reads why, and has the routes again at once.
    /// GoBGP takes some seconds to let anybody in again.
    @Test(arguments: RouterKind.allCases.filter { $0 != .goBGP })
    func aResetIsReadWithItsReasonAndTheRoutesComeBack(_ kind: RouterKind) async throws {
        try await run(kind) { lab, daemon in
            let transport = PeerLab.Transport.v4
            let (code, text) = try await daemon.command(
                "reset", transport.theirs, "--reason", "new filters")
            #expect(code == 0 && text == "\(transport.theirs): session reset\n", "\(text)")
            let heard = try await lab.router.waitForNotification(from: transport.ours) { _ in true }
            #expect(heard == RouterNotification(6, 4, "new filters"))
            let again = try await daemon.waitUntil("second session") { status in
                let neighbor = status.neighbors.first { $0.address == transport.theirs }
                return neighbor?.state == "Established" && neighbor?.establishedCount == 2
            }
            #expect(
                daemon.log.contains("sent Cease: Administrative Reset (6/4) \"new filters\""))
            try await lab.router.waitUntilEstablished(transport.ours)
            try await lab.router.waitForRoute(transport.prefix)
            // The other session is none of its business.
            let other = try #require(
                again.neighbors.first { $0.address == PeerLab.Transport.v6.theirs })
            #expect(other.state == "Established" && other.establishedCount == 1)
        }
    }

    /// It is in the configuration and in the kernel, and nowhere else.
    @Test func theKeyOfASessionIsNowhereToBeRead() async throws {
        let transport = PeerLab.Transport.v4
        let keys = ["between-us-alone", "another-one-alone"]
        func configuration(_ key: String) -> String {
            """
            setRouterID("10.0.0.1")
            webserver("127.0.0.1:8083")
            newNeighbor{address = "\(transport.theirs)", localAddress = "\(transport.ours)",
                        peerAS = 65002, localAS = 65001, holdTime = 30, md5Password = "\(key)"}
            announce{prefix = "\(transport.prefix)", when = "always", requireAddress = false}

            """
        }
        try await PeerLab.run(.bird, [transport], session: { $0.password = keys[0] }) { lab in
            let daemon = try await PharosDaemon(
                configuration(keys[0]), arguments: ["-v", "-v"], in: lab.here)
            try await lab.router.waitForRoute(transport.prefix)
            var said: [String] = []
            try daemon.write(configuration(keys[1]))
            for words in [
                ["status", "--json"], ["status"], ["routes", transport.theirs, "--json"],
                ["reload", "--dry-run"], ["reload"], ["routes", transport.theirs],
            ] {
                let (code, text) = try await daemon.command(words)
                #expect(code == 0 && !text.isEmpty, "\(words): \(text)")
                said.append(text)
            }
            let metrics = #"GET /metrics HTTP/1.0\r\nConnection: close\r\n\r\n"#
            said.append(
                try await Program.output(
                    "bash",
                    ["-c", "exec 3<>/dev/tcp/127.0.0.1/8083; printf '\(metrics)' >&3; cat <&3"],
                    in: lab.here))
            #expect(said.last?.contains("pharos_bgp") == true)
            await daemon.stop()
            said.append(daemon.log)
            #expect(daemon.log.contains("another MD5 key"))
            for text in said {
                for key in keys { #expect(!text.contains(key), "\(text)") }
            }
        }
    }

    private func run(
        _ kind: RouterKind, _ body: (PeerLab, PharosDaemon) async throws -> Void
    ) async throws {
        try await PeerLab.run(kind, session: { $0.holdTimeSeconds = 30 }) { lab in
            let daemon = try await PharosDaemon(Self.configuration, in: lab.here)
            for transport in PeerLab.Transport.allCases {
                try await lab.router.waitUntilEstablished(transport.ours)
                try await lab.router.waitForRoute(transport.prefix)
            }
            try await body(lab, daemon)
            await daemon.stop()
        }
    }

    private static let configuration: String = {
        let lines = PeerLab.Transport.allCases.map { transport in
            """
            announce{prefix = "\(transport.prefix)", when = "always", requireAddress = false,
                     neighbors = newNeighbor{
                         address = "\(transport.theirs)", localAddress = "\(transport.ours)",
                         peerAS = 65002, localAS = 65001, holdTime = 30}}
            """
        }
        return "setRouterID(\"10.0.0.1\")\n" + lines.joined(separator: "\n") + "\n"
    }()
}
