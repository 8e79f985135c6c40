// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPSpeaker
import Declarations
import Logging
import TestPeers
import Testing

/// Would catch a session that is lost, doubled or interrupted when both ends call at once and the
/// router has its own way with that. Each calls fifty neighbours, which have called it as well before
/// an OPEN is read:
///
/// - GoBGP 3.10 and OpenBGPD 7.7 cannot have two connections: whatever arrives once they have one is
///   closed at once, whoever has the higher identifier. So RFC 4271 §6.8 is never applied by them; what
///   must be shown is that we go on with the one that is left.
/// - ExaBGP 4.2 has both for a while; which of them stays is not the same in every run.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct CrossingCallsTests {
    private static let pairs = 1...50

    @Test(arguments: [RouterKind.goBGP, .openBGPD, .exaBGP])
    func fiftyCallsThatCrossLeaveOneSessionEach(_ kind: RouterKind) async throws {
        let here = try await NetworkNamespace()
        let there = try await NetworkNamespace()
        try await here.connect(
            to: there, device: "bgp0", addresses: Self.pairs.map { "\(Self.ours($0))/16" },
            otherAddresses: Self.pairs.map { "\(Self.theirs($0))/16" })
        try await Self.holdBack(in: here)
        var logger = Logger(label: "bgp")
        logger.logLevel = .critical
        let quiet = logger
        let speaker = try await here.inside { Speaker(routerID: 1, logger: quiet) }
        let neighbors = try Self.pairs.map(Self.neighbor)
        // Listening, before the router calls: OpenBGPD tries again after two minutes.
        let failures = await withCheckedContinuation { continuation in
            speaker.configure(
                neighbors: neighbors, listeners: [Endpoint(address: .anyV4, port: 179)]
            ) { continuation.resume(returning: $0) }
        }
        #expect(failures.isEmpty)
        let router = try await kind.start(
            RouterSettings(sessions: Self.pairs.map(Self.session)), in: there)
        // The router calls first: it would not call a neighbour that has called it.
        try await eventually("calls of the router", withinSeconds: 20, otherwise: router.log) {
            try await Self.members(of: "theirs", in: here) == Self.pairs.count ? true : nil
        }
        try await Self.nft("flush chain inet mute calls", in: here)
        try await eventually("calls of ours", withinSeconds: 20, otherwise: router.log) {
            try await Self.members(of: "ours", in: here) == Self.pairs.count ? true : nil
        }
        let both = try await here.connections(on: 179).values.filter { $0.count == 2 }.count
        #expect(both == (kind == .exaBGP ? Self.pairs.count : 0))
        try await Self.nft("flush chain inet mute output", in: here)
        try await Self.nft("flush chain inet mute input", in: here)
        try await eventually(
            "fifty sessions", withinSeconds: 20, otherwise: "\(speaker.status())\n\(router.log)"
        ) {
            speaker.status().neighbors.count { $0.state == .established } == neighbors.count
        }
        for number in Self.pairs {
            try await router.waitUntilEstablished(Self.ours(number))
        }
        for neighbor in speaker.status().neighbors {
            #expect(neighbor.state == .established && neighbor.establishedCount == 1, "\(neighbor)")
        }
        let left = try await here.connections(on: 179).values
        #expect(left.count == Self.pairs.count && left.allSatisfy { $0.count == 1 })
        if kind != .exaBGP {
            #expect(left.joined().allSatisfy { $0.wasAccepted }, "the first is the router's own")
        }
        await router.stop()
        await speaker.shutdown(text: "", deadlineSeconds: 1)
    }

    private static func ours(_ number: Int) -> String { "10.1.0.\(number)" }
    private static func theirs(_ number: Int) -> String { "10.1.1.\(number)" }

    private static func session(_ number: Int) -> RouterSession {
        var session = RouterSession(neighbor: ours(number), address: theirs(number))
        session.isPassive = false
        session.holdTimeSeconds = 30
        return session
    }

    private static func neighbor(_ number: Int) throws -> NeighborDeclaration {
        let address = try #require(IPAddress(theirs(number)))
        var neighbor = NeighborDeclaration(
            key: NeighborKey(endpoint: Endpoint(address: address, port: 179)), localAS: 65_001,
            peerAS: 65_002, location: SourceLocation(file: "test", line: 1))
        neighbor.localAddress = IPAddress(ours(number))
        neighbor.holdTimeSeconds = 30
        // The router's is 10.0.0.2.
        neighbor.routerID = number.isMultiple(of: 2) ? 0x0a00_0001 : 0x0a00_0003
        return neighbor
    }

    /// Keeps our calls back, and of both ends' calls everything but their beginning; counts, by the
    /// router's address, the calls that were answered.
    private static func holdBack(in namespace: NetworkNamespace) async throws {
        for line in [
            "add table inet mute",
            "add set inet mute ours { type ipv4_addr; flags dynamic; }",
            "add set inet mute theirs { type ipv4_addr; flags dynamic; }",
            "add chain inet mute calls { type filter hook output priority 1; }",
            "add rule inet mute calls tcp dport 179 tcp flags & (syn | ack) == syn drop",
            "add chain inet mute output { type filter hook output priority 0; }",
            "add rule inet mute output tcp flags & psh == psh drop",
            "add rule inet mute output tcp sport 179 tcp flags & (syn | ack) == syn | ack "
                + "add @theirs { ip daddr }",
            "add chain inet mute input { type filter hook input priority 0; }",
            "add rule inet mute input tcp flags & psh == psh drop",
            "add rule inet mute input tcp sport 179 tcp flags & (syn | ack) == syn | ack "
                + "add @ours { ip saddr }",
        ] { try await nft(line, in: namespace) }
    }

    private static func nft(_ line: String, in namespace: NetworkNamespace) async throws {
        try await Program.output("nft", [line], in: namespace)
    }

    private static func members(of set: String, in namespace: NetworkNamespace) async throws -> Int
    {
        let text = try await Program.output("nft", ["list set inet mute \(set)"], in: namespace)
        return text.split(separator: "10.1.1.").count - 1
    }
}
