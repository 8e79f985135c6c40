// SPDX-License-Identifier: Apache-2.0

import BGPSpeaker
import Declarations
import TestPeers
import Testing

/// Would catch: a session that outlives its router, one that does not come back or brings its routes
/// twice, a Cease that a router reads as an error or without its text.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct EndTests {
    private let transport = PeerLab.Transport.v4

    /// The router's processes stand still: nothing closes, nothing answers.
    @Test(arguments: RouterKind.allCases)
    func aRouterThatStandsStillIsGivenUpAfterTheHoldTime(_ kind: RouterKind) async throws {
        try await PeerLab.run(kind, [transport]) { lab in
            try lab.publish()
            try await lab.establish()
            try await lab.router.waitForRoute(transport.prefix)
            let clock = ContinuousClock()
            let start = clock.now
            lab.router.pause()
            try await lab.wait("end of the session") {
                lab.status(transport)?.state != .established
            }
            let held = clock.now - start
            // What it said last it may have said a third of the hold time before it stood still.
            #expect(held > .seconds(1) && held < .seconds(PeerLab.holdTimeSeconds + 1), "\(held)")
            #expect(lab.status(transport)?.lastError == "sent Hold Timer Expired (4/0)")
            lab.router.resume()
            try await lab.router.waitUntilClosed(transport.ours)
            try await lab.router.reopen(transport.ours)
            try await lab.waitUntilEstablished(withinSeconds: 40)
            try await lab.router.waitForRoute(transport.prefix)
            #expect(lab.status(transport)?.establishedCount == 2)
        }
    }

    @Test(arguments: RouterKind.allCases)
    func aRouterThatIsKilledGetsTheRoutesOnceWhenItIsBack(_ kind: RouterKind) async throws {
        try await PeerLab.run(kind, [transport]) { lab in
            try lab.publish()
            try await lab.establish()
            try await lab.router.waitForRoute(transport.prefix)
            let before = try #require(lab.status(transport)).updatesSent
            await lab.router.crash()
            // The kernel closes what the dead had open; the hold time is not waited for.
            try await lab.wait("end of the session", withinSeconds: 1) {
                lab.status(transport)?.state != .established
            }
            try await lab.router.start()
            try await lab.waitUntilEstablished()
            try await lab.router.waitForRoute(transport.prefix)
            // The route, and the End-of-RIB of both families.
            #expect(lab.status(transport)?.updatesSent == before + 3)
            #expect(lab.status(transport)?.establishedCount == 2)
        }
    }

    @Test(arguments: RouterKind.allCases)
    func ourShutdownIsReadWithItsText(_ kind: RouterKind) async throws {
        try await PeerLab.run(kind) { lab in
            try lab.publish()
            try await lab.establish()
            for transport in PeerLab.Transport.allCases {
                try await lab.router.waitForRoute(transport.prefix)
            }
            await lab.speaker.shutdown(text: "moved to rack 7 – ça va", deadlineSeconds: 3)
            for transport in PeerLab.Transport.allCases {
                let heard = try await lab.router.waitForNotification(from: transport.ours) { _ in
                    true
                }
                #expect(heard.code == 6 && heard.subcode == 2, "\(heard)")
                switch kind {
                // What is not ASCII they show escaped, each in its own way.
                case .frr, .openBGPD, .bird, .goBGP:
                    #expect(heard.text?.hasPrefix("moved to rack 7") == true, "\(heard)")
                case .exaBGP: #expect(heard.text == "moved to rack 7 – ça va", "\(heard)")
                }
                try await lab.router.waitForNoRoute(transport.prefix)
            }
        }
    }

    /// ExaBGP's `teardown` takes no text and sends one of its own.
    @Test(arguments: RouterKind.allCases)
    func theRoutersShutdownIsShownWithItsText(_ kind: RouterKind) async throws {
        try await PeerLab.run(kind, [transport]) { lab in
            try await lab.establish()
            try await lab.router.shutDown(transport.ours, text: "gone fishing")
            try await lab.wait("end of the session") {
                lab.status(transport)?.state != .established
            }
            let text = kind == .exaBGP ? "Administrative Shutdown" : "gone fishing"
            #expect(
                lab.status(transport)?.lastError
                    == "received Cease: Administrative Shutdown (6/2) \"\(text)\"")
        }
    }
}
