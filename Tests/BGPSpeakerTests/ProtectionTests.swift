// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import Glibc
import NIOCore
import Testing

@testable import BGPSpeaker

/// Would catch a session without the protection that its configuration names: TCP-MD5, GTSM.
@Suite(.serialized) struct ProtectionTests {
    /// A pair whose router knows one key and whose announcer has another, or none.
    private func pair(_ router: String?, _ announcer: String?) async throws -> SpeakerPair {
        var pair = try await SpeakerPair()
        pair.toAnnouncer.md5Password = router
        pair.toRouter.md5Password = announcer
        await configure(pair)
        return pair
    }

    private func configure(_ pair: SpeakerPair) async {
        let listener = Endpoint(address: pair.toRouter.key.endpoint.address, port: pair.port)
        await withCheckedContinuation { done in
            pair.router.configure(neighbors: [pair.toAnnouncer], listeners: [listener]) { _ in
                done.resume()
            }
        }
    }

    @Test(arguments: [IPAddress.loopbackV4, .loopbackV6])
    func equalKeysMakeASession(_ address: IPAddress) async throws {
        var pair = try await SpeakerPair(address: address)
        pair.toAnnouncer.md5Password = "a secret"
        pair.toRouter.md5Password = "a secret"
        await configure(pair)
        try await pair.connect()
        await pair.end()
    }

    /// The kernel drops the first segment, and says why.
    @Test(
        arguments: [
            ("one", "other", "TCPMD5Failure"), ("one", nil, "TCPMD5NotFound"),
            (nil, "one", "TCPMD5Unexpected"),
        ] as [(String?, String?, String)])
    func otherwiseThereIsNone(router: String?, announcer: String?, counter: String) async throws {
        let pair = try await pair(router, announcer)
        let before = KernelCounters.current()
        pair.announcer.configure(neighbors: [pair.toRouter])
        try await KernelCounters.waitForDrop(counter, since: before)
        #expect(pair.announcer.status()[pair.toRouter.key]?.state != .established)
        #expect(pair.router.status()[pair.toAnnouncer.key]?.state != .established)
        #expect(pair.router.status()[pair.toAnnouncer.key]?.messagesReceived == 0)
        await pair.end()
    }

    @Test func aNewKeyIsSetOnTheLiveSession() async throws {
        var pair = try await pair("first", "first")
        pair.toRouter.holdTimeSeconds = 3
        try await pair.connect()
        pair.toAnnouncer.md5Password = "second"
        pair.toRouter.md5Password = "second"
        await configure(pair)
        pair.announcer.configure(neighbors: [pair.toRouter])
        let before = try #require(pair.router.status()[pair.toAnnouncer.key]).messagesReceived
        // Keepalives go on, signed with it.
        try await eventually("three more messages", seconds: 20) {
            (pair.router.status()[pair.toAnnouncer.key]?.messagesReceived ?? 0) >= before + 3
        }
        #expect(pair.announcer.status()[pair.toRouter.key]?.establishedCount == 1)
        #expect(pair.router.status()[pair.toAnnouncer.key]?.establishedCount == 1)
        await pair.end()
    }

    @Test(arguments: [IPAddress.loopbackV4, .loopbackV6])
    func withinItsHopsASessionComesUp(_ address: IPAddress) async throws {
        var pair = try await SpeakerPair(address: address)
        pair.toAnnouncer.ttlSecurityHops = 1
        pair.toRouter.ttlSecurityHops = 1
        await configure(pair)
        try await pair.connect()
        await pair.end()
    }

    @Test(arguments: [IPAddress.loopbackV4, .loopbackV6])
    func whatComesFromFurtherAwayIsNotHeard(_ address: IPAddress) async throws {
        var pair = try await SpeakerPair(address: address)
        // The router sends with TTL 1, as if from 254 hops away.
        pair.toRouter.ttlSecurityHops = 1
        let before = KernelCounters.current()
        pair.announcer.configure(neighbors: [pair.toRouter])
        try await KernelCounters.waitForDrop("TCPMinTTLDrop", since: before)
        #expect(pair.announcer.status()[pair.toRouter.key]?.messagesReceived == 0)
        #expect(pair.announcer.status()[pair.toRouter.key]?.state != .established)
        await pair.end()
    }

    @Test func theKernelHasTheMinimum() async throws {
        var neighbor = NeighborDeclaration(
            key: NeighborKey(endpoint: Endpoint(address: .loopbackV4, port: 179)), localAS: 1,
            peerAS: 2, location: SpeakerPair.here)
        neighbor.ttlSecurityHops = 3
        let settings = SocketSettings(neighbor)
        #expect(settings.timeToLive == 255 && settings.timeToLiveMin == 253)
    }
}
