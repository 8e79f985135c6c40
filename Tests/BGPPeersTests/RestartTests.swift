// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPSpeaker
import Declarations
import Logging
import TestPeers
import Testing

/// Would catch: a planned restart that a router sees as an end; a crash whose routes it keeps once we
/// are back; an End-of-RIB before the checks have spoken, at which it forgets what is healthy.
/// ExaBGP keeps nobody's routes.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct RestartTests {
    private let transport = PeerLab.Transport.v4
    private let other = "192.0.2.54/32"

    @Test(arguments: [RouterKind.bird, .frr, .openBGPD])
    func aPlannedRestartCostsNoRouteUntilTheChecksHaveSpoken(_ kind: RouterKind) async throws {
        try await run(kind) { lab in
            await lab.speaker.shutdown(text: "restart", deadlineSeconds: 2, keepingRoutes: true)
            try await lab.router.waitUntilClosed(transport.ours)
            #expect(try await !lab.router.routes(transport.prefix).isEmpty)
            #expect(try await !lab.router.routes(other).isEmpty)
            #expect(try await lab.router.notifications(from: transport.ours).isEmpty)

            let speaker = try await again(in: lab, isPlanned: true)
            try publish([transport.prefix], by: speaker, in: lab, med: 20)
            try await lab.router.waitForRoute(transport.prefix) { $0.med == 20 }
            #expect(try await !lab.router.routes(other).isEmpty, "its check has not spoken")
            speaker.healthIsKnown()
            try await lab.router.waitForNoRoute(other)
            #expect(try await !lab.router.routes(transport.prefix).isEmpty)
            await speaker.shutdown(text: "", deadlineSeconds: 2)
        }
    }

    /// The peer cannot tell a crash from a restart until it reads our OPEN.
    @Test(arguments: RouterKind.allCases.filter { $0 != .exaBGP })
    func afterACrashWhatWasKeptIsForgottenWithOurOpen(_ kind: RouterKind) async throws {
        try await run(kind) { lab in
            await lab.speaker.shutdown(text: "crash", deadlineSeconds: 2, keepingRoutes: true)
            try await lab.router.waitUntilClosed(transport.ours)
            #expect(try await !lab.router.routes(other).isEmpty)
            let speaker = try await again(in: lab, isPlanned: false)
            // GoBGP 3 does not look at F: it waits for End-of-RIB.
            if kind == .goBGP { speaker.healthIsKnown() }
            try await lab.router.waitForNoRoute(other, withinSeconds: 5)
            try await lab.router.waitForNoRoute(transport.prefix, withinSeconds: 5)
            #expect(try await lab.router.isEstablished(transport.ours))
            await speaker.shutdown(text: "", deadlineSeconds: 2)
        }
    }

    private func run(_ kind: RouterKind, _ body: (PeerLab) async throws -> Void) async throws {
        try await PeerLab.run(
            kind, [transport],
            session: {
                $0.keepsRoutes = true
                $0.holdTimeSeconds = 30
            },
            neighbor: {
                $0.gracefulRestart = GracefulRestartDeclaration(restartSeconds: 60)
                $0.holdTimeSeconds = 30
            }
        ) { lab in
            try publish([transport.prefix, other], by: lab.speaker, in: lab, med: 10)
            lab.speaker.healthIsKnown()
            try await lab.establish()
            try await lab.router.waitForRoute(transport.prefix)
            try await lab.router.waitForRoute(other)
            try await body(lab)
        }
    }

    private func publish(
        _ prefixes: [String], by speaker: Speaker, in lab: PeerLab, med: UInt32
    ) throws {
        var attributes = RouteAttributes()
        attributes.med = med
        let key = try #require(lab.neighbors[transport]).key
        var routes: [IPPrefix: WantedRoute] = [:]
        for prefix in prefixes {
            routes[try #require(IPPrefix(prefix))] = WantedRoute(attributes: attributes)
        }
        speaker.publish([key: routes], leaseSeconds: nil)
    }

    /// The next process, with a session.
    private func again(in lab: PeerLab, isPlanned: Bool) async throws -> Speaker {
        var logger = Logger(label: "bgp")
        logger.logLevel = .critical
        let quiet = logger
        let speaker = try await lab.here.inside {
            Speaker(routerID: 0x0a00_0001, isPlannedRestart: isPlanned, logger: quiet)
        }
        let neighbor = try #require(lab.neighbors[transport])
        speaker.configure(neighbors: [neighbor])
        try await lab.wait("the session after the restart") {
            speaker.status()[neighbor.key]?.state == .established
        }
        return speaker
    }
}
