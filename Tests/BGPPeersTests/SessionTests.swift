// SPDX-License-Identifier: Apache-2.0

import BGPSpeaker
import Declarations
import TestPeers
import Testing

/// Would catch: an OPEN that a router refuses, a next hop it cannot use, a route that stays when it
/// is withdrawn, a session that breaks over any of it.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct SessionTests {
    @Test(arguments: RouterKind.allCases)
    func bothTransportsComeUpAndCarryTheirRoute(_ kind: RouterKind) async throws {
        try await PeerLab.run(kind) { lab in
            try lab.publish()
            try await lab.establish()
            for transport in PeerLab.Transport.allCases {
                let route = try await lab.router.waitForRoute(transport.prefix)
                #expect(route.neighbor == transport.ours, "\(route)")
                #expect(route.nextHop == transport.ours, "\(route)")
                #expect(route.asPath == [65_001], "\(route)")
                let status = try #require(lab.status(transport))
                #expect(status.families == [.ipv4Unicast, .ipv6Unicast])
                #expect(status.holdTimeSeconds == PeerLab.holdTimeSeconds)
                #expect(status.attributeFaultsReceived == 0)
            }

            lab.withdraw()
            for transport in PeerLab.Transport.allCases {
                try await lab.router.waitForNoRoute(transport.prefix)
                #expect(lab.status(transport)?.establishedCount == 1)
                #expect(try await lab.router.isEstablished(transport.ours))
            }
        }
    }

    /// GoBGP 3 is left out: `softresetin` uses what it has kept and asks nobody.
    @Test(arguments: RouterKind.allCases.filter { $0 != .goBGP })
    func aRefreshSendsTheRoutesOnceMore(_ kind: RouterKind) async throws {
        try await PeerLab.run(kind, [.v4]) { lab in
            try lab.publish()
            try await lab.establish()
            try await lab.router.waitForRoute(PeerLab.Transport.v4.prefix)
            let before = try #require(lab.status(.v4)).updatesSent
            try await lab.router.requestRefresh(PeerLab.Transport.v4.ours)
            try await lab.wait("the route once more") {
                (lab.status(.v4)?.updatesSent ?? 0) > before
            }
            try await lab.router.waitForRoute(PeerLab.Transport.v4.prefix)
            #expect(lab.status(.v4)?.establishedCount == 1)
        }
    }
}
