// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPSpeaker
import Declarations
import Logging
import TestPeers
import Testing

/// Would catch two speakers that call each other at once and are left without a session, with two, or
/// with one that broke on the way (RFC 4271 §6.8). BIRD and FRR are the routers that others met this
/// with; ten sessions collide at once, five times. For GoBGP, OpenBGPD and ExaBGP see
/// ``CrossingCallsTests``.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct BothActiveTests {
    private static let pairs = 1...10
    private static let rounds = 1...5

    @Test(arguments: [RouterKind.bird, .frr])
    func fiftyCollisionsLeaveOneSessionEach(_ kind: RouterKind) async throws {
        let here = try await NetworkNamespace()
        let there = try await NetworkNamespace()
        try await here.connect(
            to: there, device: "bgp0", addresses: Self.pairs.map { "\(Self.ours($0))/16" },
            otherAddresses: Self.pairs.map { "\(Self.theirs($0))/16" })
        let sessions = Self.pairs.map { number in
            var session = RouterSession(
                neighbor: Self.ours(number), address: Self.theirs(number))
            session.isPassive = false
            session.holdTimeSeconds = 9
            return session
        }
        try await Self.holdBack(in: here)
        let router = try await kind.start(RouterSettings(sessions: sessions), in: there)
        var collisions = 0
        for round in Self.rounds {
            if round > 1 {
                try await Self.holdBack(in: here)
                try await router.start()
            }
            var logger = Logger(label: "bgp")
            logger.logLevel = .critical
            let quiet = logger
            let speaker = try await here.inside { Speaker(routerID: 1, logger: quiet) }
            let neighbors = try Self.pairs.map(Self.neighbor)
            speaker.configure(
                neighbors: neighbors, listeners: [Endpoint(address: .anyV4, port: 179)])
            collisions += try await Self.waitForCollisions(in: here)
            try await Program.output("nft", ["delete", "table", "inet", "mute"], in: here)
            try await eventually(
                "ten sessions", withinSeconds: 15, otherwise: "\(speaker.status())\n\(router.log)"
            ) {
                speaker.status().neighbors.count { $0.state == .established } == neighbors.count
            }
            for number in Self.pairs {
                try await router.waitUntilEstablished(Self.ours(number))
            }
            let shown = speaker.status().neighbors
            switch kind {
            case .frr:
                // FRR 8.4 at times reads what was left on its own connection, which it has given up,
                // as if it came over the one that it has just established, and closes that (its log:
                // `peer transfer`, then Cease 6/7). It comes back, and nothing else ends a session.
                for neighbor in shown where neighbor.establishedCount > 1 {
                    let peer = try #require(neighbor.peerIdentifier)
                    #expect(neighbor.localIdentifier > peer, "\(neighbor)")
                    #expect(
                        neighbor.lastError == "the peer closed the connection"
                            || neighbor.lastError?.contains("(6/7)") == true, "\(neighbor)")
                }
            default:
                // None was interrupted, and none is while the losers' connections end.
                #expect(shown.map(\.establishedCount).allSatisfy { $0 == 1 })
                #expect(shown.allSatisfy { $0.state == .established })
            }
            await router.crash()
            await speaker.shutdown(text: "", deadlineSeconds: 1)
        }
        #expect(collisions >= 40, "only \(collisions) of 50 pairs had two connections")
    }

    private static func ours(_ number: Int) -> String { "10.1.0.\(number)" }
    private static func theirs(_ number: Int) -> String { "10.1.1.\(number)" }

    private static func neighbor(_ number: Int) throws -> NeighborDeclaration {
        let address = try #require(IPAddress(theirs(number)))
        var neighbor = NeighborDeclaration(
            key: NeighborKey(endpoint: Endpoint(address: address, port: 179)), localAS: 65_001,
            peerAS: 65_002, location: SourceLocation(file: "test", line: 1))
        neighbor.localAddress = IPAddress(ours(number))
        neighbor.holdTimeSeconds = 9
        // The higher identifier's connection stays: the router's is 10.0.0.2.
        neighbor.routerID = number.isMultiple(of: 2) ? 0x0a00_0001 : 0x0a00_0003
        return neighbor
    }

    /// Lets connections come up and keeps the OPENs back, so that both ends have called when the first
    /// is read.
    private static func holdBack(in namespace: NetworkNamespace) async throws {
        for hook in ["input", "output"] {
            for rule in [
                "add table inet mute",
                "add chain inet mute \(hook) { type filter hook \(hook) priority 0; }",
                "add rule inet mute \(hook) tcp flags & psh == psh drop",
            ] {
                try await Program.output("nft", [rule], in: namespace)
            }
        }
    }

    /// Waits for two connections of each pair, at most four seconds; how many pairs have them.
    private static func waitForCollisions(in namespace: NetworkNamespace) async throws -> Int {
        var found = 0
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(4)
        while found < pairs.count, clock.now < deadline {
            try await Task.sleep(for: .milliseconds(10))
            found = try await namespace.connections(on: 179).filter { $0.value.count == 2 }.count
        }
        return found
    }
}
