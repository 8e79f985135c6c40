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
