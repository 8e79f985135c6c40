// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPSpeaker
import BGPWire
import Declarations
import Glibc
import Testing

/// Would catch a neighbour that can disturb another's session by what it sends and how it leaves.
@Suite(.serialized)
struct RudeNeighborTests {
    private static let rounds = 300
    private static let address = IPAddress(v4: 0x7f00_0802)

    /// Something that a peer might send, or would not.
    private func noise(_ generator: inout SeededGenerator) -> [UInt8] {
        let open = OpenMessage.peer().encoded
        let garbage = (0..<Int.random(in: 0...300, using: &generator)).map { _ in
            UInt8.random(in: 0...255, using: &generator)
        }
        var update = MessageFramer.frame(.update, Array(garbage.prefix(200)))
        if Bool.random(using: &generator) { update.removeLast() }
        var flipped = open + BGPMessage.keepaliveBytes
        flipped[Int.random(in: 0..<flipped.count, using: &generator)] ^= 1
        let all = [
            garbage, open, Array(open.dropLast(7)), open + garbage, flipped,
            open + BGPMessage.keepaliveBytes + update, BGPMessage.keepaliveBytes,
            open + BGPMessage.keepaliveBytes + garbage,
            open + BGPMessage.keepaliveBytes + NotificationMessage.holdTimerExpired.encoded, [],
        ]
        return all.randomElement(using: &generator) ?? []
    }

    @Test func garbageAndResetsOfOneNeighborDisturbNoOther() async throws {
        let port = freePort()
        let polite = try ScriptedPeer()
        let log = EventLog()
        let speaker = Speaker(routerID: 1, logger: SpeakerPair.logger) { log.append($0) }
        var first = NeighborDeclaration(
            key: NeighborKey(endpoint: Endpoint(address: .loopbackV4, port: polite.port)),
            localAS: 65001, peerAS: 65002, location: SpeakerPair.here)
        first.holdTimeSeconds = 3
        var rude = NeighborDeclaration(
            key: NeighborKey(endpoint: Endpoint(address: Self.address, port: 179)),
            localAS: 65001, peerAS: 65002, location: SpeakerPair.here)
        rude.passive = true
        await withCheckedContinuation { done in
            speaker.configure(
                neighbors: [first, rude],
                listeners: [Endpoint(address: .anyV4, port: port)],
                done: { _ in done.resume() })
        }
        try polite.establish()
        try await eventually("the polite one's session") {
            speaker.status()[first.key]?.state == .established
        }
        var generator = SeededGenerator.announced()
        let clock = ContinuousClock()
        var next = clock.now
        for _ in 0..<Self.rounds {
            if clock.now >= next {
                try polite.say(BGPMessage.keepaliveBytes)
                next = clock.now + .milliseconds(500)
            }
            let caller = try CallingPeer(from: Self.address, port: port)
            caller.say(noise(&generator))
            // Sometimes it waits for what is said to it, and sometimes it does not.
            if Bool.random(using: &generator) { caller.hearSomething() }
            caller.hangUp(abruptly: Bool.random(using: &generator))
        }
        let status = try #require(speaker.status()[first.key])
        #expect(status.state == .established && status.establishedCount == 1)
        #expect(status.lastError == nil)
        // The kernel drops what it has of a peer that is reset: not every round is heard.
        let heard = log.events.count
        #expect(heard > Self.rounds, "\(heard)")
        // And the rude one, once it behaves, is as welcome as ever.
        try await eventually("a session of the rude one's") {
            let caller = try CallingPeer(from: Self.address, port: port)
            caller.say(OpenMessage.peer().encoded + BGPMessage.keepaliveBytes)
            try await Task.sleep(for: .milliseconds(50))
            try polite.say(BGPMessage.keepaliveBytes)
            return speaker.status()[rude.key]?.state == .established
        }
        #expect(speaker.status()[first.key]?.establishedCount == 1)
        polite.hangUp()
        await speaker.shutdown(text: "", deadlineSeconds: 1)
    }
}
