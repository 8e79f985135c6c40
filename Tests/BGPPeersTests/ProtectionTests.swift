// SPDX-License-Identifier: Apache-2.0

import BGPSpeaker
import Declarations
import TestPeers
import Testing

/// Would catch: a key or a TTL that is not set on a socket, or only on that of one family, and a
/// session that comes up without what it was to be protected by.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct ProtectionTests {
    @Test(arguments: RouterKind.allCases)
    func sessionsComeUpWithTheSameKey(_ kind: RouterKind) async throws {
        try await PeerLab.run(
            kind, session: { $0.password = "between-us" },
            neighbor: { $0.md5Password = "between-us" }
        ) { lab in
            try lab.publish()
            try await lab.establish()
            for transport in PeerLab.Transport.allCases {
                try await lab.router.waitForRoute(transport.prefix)
            }
        }
    }

    /// The kernel at the router's end counts what it drops: with another key, and without one.
    @Test(arguments: RouterKind.allCases, [String?.some("not between-us"), nil])
    func noSessionComesUpWithAnotherKey(_ kind: RouterKind, _ key: String?) async throws {
        try await PeerLab.run(
            kind, session: { $0.password = "between-us" }, neighbor: { $0.md5Password = key }
        ) { lab in
            let before = try await lab.there.counters()
            lab.call()
            // Two segments of two sessions, and one more second for each.
            try await lab.there.waitForGrowth(
                of: key == nil ? "TcpExtTCPMD5NotFound" : "TcpExtTCPMD5Failure", by: 4,
                since: before)
            for transport in PeerLab.Transport.allCases {
                #expect(lab.status(transport)?.messagesReceived == 0)
                #expect(lab.status(transport)?.establishedCount == 0)
            }
        }
    }

    /// ExaBGP is left out: its `incoming-ttl` does nothing (it asks Python for a constant that Python
    /// does not have).
    @Test(arguments: RouterKind.allCases.filter { $0 != .exaBGP })
    func sessionsComeUpWhenBothEndsCheckTheHops(_ kind: RouterKind) async throws {
        try await PeerLab.run(
            kind, session: { $0.checksHops = true }, neighbor: { $0.ttlSecurityHops = 1 }
        ) { lab in
            try lab.publish()
            try await lab.establish()
            for transport in PeerLab.Transport.allCases {
                try await lab.router.waitForRoute(transport.prefix)
            }
        }
    }

    /// The router sends with TTL 1, as to any direct neighbour: our kernel drops that.
    @Test(arguments: RouterKind.allCases.filter { $0 != .exaBGP })
    func aRouterThatIsSaidToBeFartherAwayIsNotHeard(_ kind: RouterKind) async throws {
        try await PeerLab.run(kind, neighbor: { $0.ttlSecurityHops = 1 }) { lab in
            let before = try await lab.here.counters()
            lab.call()
            try await lab.here.waitForGrowth(of: "TcpExtTCPMinTTLDrop", by: 4, since: before)
            for transport in PeerLab.Transport.allCases {
                #expect(lab.status(transport)?.messagesReceived == 0)
                #expect(lab.status(transport)?.establishedCount == 0)
            }
        }
    }

    /// Ours are sent with TTL 1 then: the router's kernel drops them.
    @Test(arguments: RouterKind.allCases.filter { $0 != .exaBGP })
    func theRouterDropsWhatWeSendWithoutTheCheck(_ kind: RouterKind) async throws {
        try await PeerLab.run(kind, [.v6], session: { $0.checksHops = true }) { lab in
            let before = try await lab.there.counters()
            try lab.publish()
            lab.call()
            try await lab.there.waitForGrowth(of: "TcpExtTCPMinTTLDrop", by: 2, since: before)
            #expect(try await lab.router.routes(PeerLab.Transport.v6.prefix).isEmpty)
        }
    }
}
