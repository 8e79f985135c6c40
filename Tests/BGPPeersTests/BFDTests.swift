// SPDX-License-Identifier: Apache-2.0

import BFD
import BGPSpeaker
import Declarations
import TestPeers
import Testing

/// Would catch: BFD that a router does not understand, that does not end the session, or that keeps it
/// from coming back. BIRD and FRR alone speak it; GoBGP does from 4.6 on.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct BFDTests {
    /// Far above what BFD takes: 150 ms of silence.
    private let holdTimeSeconds = 30

    @Test(arguments: [RouterKind.bird, .frr], PeerLab.Transport.allCases)
    func silenceEndsTheSessionLongBeforeTheHoldTime(
        _ kind: RouterKind, _ transport: PeerLab.Transport
    ) async throws {
        try await run(kind, transport) { lab in
            let start = ContinuousClock.now
            try await Program.output(
                "nft",
                [
                    "add table inet silence { chain input { type filter hook input priority 0; "
                        + "udp dport 3784 drop; }; }"
                ], in: lab.here)
            try await lab.wait("end of the session", withinSeconds: 5) {
                lab.status(transport)?.state != .established
            }
            #expect(start.duration(to: .now) < .seconds(2))
            // Both ends notice within the same 150 ms: BIRD's words, when it was first.
            let words = try #require(lab.status(transport)?.lastError)
            #expect(words.contains("BFD") || words == "received Cease (6/0)", "\(lab.summary)")
            try await lab.router.waitForNoRoute(transport.prefix)
            try await Program.output("nft", ["delete", "table", "inet", "silence"], in: lab.here)
            try await up(lab, transport)
            try await lab.router.waitForRoute(transport.prefix)
        }
    }

    /// A bfdd that dies says nothing; bgpd itself goes on.
    @Test func theEndOfBFDAloneEndsTheSessionWithFRR() async throws {
        try await run(.frr, .v4) { lab in
            let frr = try #require(lab.router as? FRRouter)
            let start = ContinuousClock.now
            await frr.crashBFD()
            try await lab.wait("end of the session", withinSeconds: 5) {
                lab.status(.v4)?.state != .established
            }
            #expect(start.duration(to: .now) < .seconds(2))
            #expect(lab.status(.v4)?.lastError?.contains("BFD") == true, "\(lab.summary)")
        }
    }

    private func run(
        _ kind: RouterKind, _ transport: PeerLab.Transport,
        _ body: (PeerLab) async throws -> Void
    ) async throws {
        try await PeerLab.run(
            kind, [transport],
            session: {
                $0.watches = true
                $0.holdTimeSeconds = holdTimeSeconds
            },
            neighbor: { neighbor in
                var bfd = BFDDeclaration()
                bfd.minTxMilliseconds = 50
                bfd.minRxMilliseconds = 50
                neighbor.bfd = bfd
                neighbor.holdTimeSeconds = holdTimeSeconds
            }
        ) { lab in
            try lab.publish()
            lab.call()
            try await up(lab, transport)
            try await lab.router.waitForRoute(transport.prefix)
            try await body(lab)
        }
    }

    private func up(_ lab: PeerLab, _ transport: PeerLab.Transport) async throws {
        try await lab.wait("BGP and BFD", withinSeconds: 30) {
            guard let status = lab.status(transport) else { return false }
            return status.state == .established && status.bfd?.state == .up
                && status.bfd?.detectionMicroseconds == 150_000
        }
    }
}
