// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPSpeaker
import BGPWire
import Declarations
import Testing

/// Would catch a message by which a neighbour breaks us, or costs another neighbour its session: the
/// hostile fixtures of BGPWireTests, said to a running speaker.
@Suite(.serialized)
struct HostilePeerTests {
    private func declaration(_ peer: ScriptedPeer) -> NeighborDeclaration {
        var neighbor = NeighborDeclaration(
            key: NeighborKey(endpoint: Endpoint(address: .loopbackV4, port: peer.port)),
            localAS: 65001, peerAS: 65002, location: SpeakerPair.here)
        neighbor.families = [.ipv4Unicast, .ipv6Unicast]
        // The polite one says nothing while the others are rude.
        neighbor.holdTimeSeconds = 90
        return neighbor
    }

    private static let prefix = "192.0.2.53/32"

    /// A speaker with a route for all of them, and a polite neighbour that has it.
    private func started(
        _ rude: [ScriptedPeer], _ polite: ScriptedPeer
    ) async throws -> Speaker {
        let speaker = Speaker(routerID: 1, logger: SpeakerPair.logger) { _ in }
        let neighbors = (rude + [polite]).map(declaration)
        speaker.configure(neighbors: neighbors)
        let prefix = try #require(IPPrefix(Self.prefix))
        let route = WantedRoute(attributes: RouteAttributes())
        speaker.publish(
            Dictionary(uniqueKeysWithValues: neighbors.map { ($0.key, [prefix: route]) }),
            leaseSeconds: nil)
        try polite.establish()
        return speaker
    }

    /// Hears until the route is there, and nothing that ends a session.
    private func hearsTheRoute(_ peer: ScriptedPeer) throws {
        let prefix = try #require(IPPrefix(Self.prefix))
        while true {
            switch try peer.hear() {
            case .update(let update) where update.announced == [prefix]: return
            case .update, .keepalive, .routeRefresh: continue
            case let other:
                throw ScriptedPeer.Failure(what: "\(other.map { "\($0)" } ?? "the end") was heard")
            }
        }
    }

    /// Asks for the route again: who answers is alive, and has read all before it.
    private func answersTo(_ peer: ScriptedPeer) throws {
        try peer.say(RouteRefreshMessage(family: .ipv4Unicast).encoded)
        try hearsTheRoute(peer)
    }

    /// In words of the RFC, what is not there is not negotiated: 4-octet numbers, external.
    private static func updates(isError: Bool) throws -> [HostileFixture] {
        try HostileFixture.all("update-hostile").filter { $0.isError == isError }
            + (isError ? [] : try HostileFixture.all("update"))
    }

    @Test func everyMalformedAttributeLeavesTheSessionUp() async throws {
        let rude = try ScriptedPeer()
        let polite = try ScriptedPeer()
        let speaker = try await started([rude], polite)
        try rude.establish()
        try hearsTheRoute(rude)
        let messages = try Self.updates(isError: false)
        #expect(messages.count > 50)
        for fixture in messages {
            try rude.say(fixture.bytes)
            do {
                try answersTo(rude)
            } catch {
                Issue.record("\(fixture.comment): \(error)")
                break
            }
        }
        let key = declaration(rude).key
        #expect(speaker.status()[key]?.establishedCount == 1)
        #expect(speaker.status()[key]?.attributeFaultsReceived ?? 0 > 30)
        try answersTo(polite)
        rude.hangUp()
        polite.hangUp()
        await speaker.shutdown(text: "", deadlineSeconds: 1)
    }

    @Test func whatCannotBeReadCostsItsSenderTheSessionAndNobodyElse() async throws {
        let messages =
            try Self.updates(isError: true) + HostileFixture.all("header").filter(\.isError)
        #expect(messages.count > 8)
        let rude = try messages.map { _ in try ScriptedPeer() }
        let polite = try ScriptedPeer()
        let speaker = try await started(rude, polite)
        for (peer, fixture) in zip(rude, messages) {
            try peer.establish()
            try peer.say(fixture.bytes)
            guard case .notification(let last) = try peer.hearAll().last else {
                Issue.record("\(fixture.comment): no NOTIFICATION")
                continue
            }
            #expect(fixture.meaning.hasPrefix(last.words), "\(fixture.comment): \(last)")
            peer.hangUp()
        }
        try answersTo(polite)
        #expect(speaker.status()[declaration(polite).key]?.establishedCount == 1)
        polite.hangUp()
        await speaker.shutdown(text: "", deadlineSeconds: 1)
    }

    /// CVE-2022-40302, -40318, -43681 and their kin.
    @Test func aHostileOpenIsRefusedAndNobodyElseNotices() async throws {
        let messages = try HostileFixture.all("open").filter(\.isError)
        #expect(messages.count > 10)
        let rude = try messages.map { _ in try ScriptedPeer() }
        let polite = try ScriptedPeer()
        let speaker = try await started(rude, polite)
        for (peer, fixture) in zip(rude, messages) {
            try peer.acceptConnection()
            try peer.say(fixture.bytes)
            guard case .notification(let last) = try peer.hearAll().last else {
                Issue.record("\(fixture.comment): no NOTIFICATION")
                continue
            }
            #expect(last.code == 2 && fixture.meaning.hasPrefix(last.words), "\(fixture.comment)")
            peer.hangUp()
        }
        try answersTo(polite)
        #expect(speaker.status()[declaration(polite).key]?.establishedCount == 1)
        polite.hangUp()
        await speaker.shutdown(text: "", deadlineSeconds: 1)
    }

    @Test func oneOctetPerSegmentIsReadAsWell() async throws {
        let slow = try ScriptedPeer()
        let polite = try ScriptedPeer()
        let speaker = try await started([slow], polite)
        try slow.acceptConnection()
        slow.sendAtOnce()
        let messages = try Self.updates(isError: false).prefix(12).flatMap(\.bytes)
        let stream =
            OpenMessage.peer().encoded + BGPMessage.keepaliveBytes + messages
            + RouteRefreshMessage(family: .ipv4Unicast).encoded
        for octet in stream { try slow.say([octet]) }
        #expect(try slow.hear().map { if case .open = $0 { true } else { false } } == true)
        try hearsTheRoute(slow)
        try answersTo(slow)
        #expect(speaker.status()[declaration(slow).key]?.establishedCount == 1)
        slow.hangUp()
        polite.hangUp()
        await speaker.shutdown(text: "", deadlineSeconds: 1)
    }

    @Test func fourThousandMessagesAtOnceAreReadAsWell() async throws {
        let loud = try ScriptedPeer()
        let polite = try ScriptedPeer()
        let speaker = try await started([loud], polite)
        try loud.establish()
        try hearsTheRoute(loud)
        let some = try Self.updates(isError: false).map(\.bytes)
        try loud.say((0..<4096).flatMap { some[$0 % some.count] })
        try answersTo(loud)
        let key = declaration(loud).key
        try await eventually("all of them") {
            speaker.status()[key]?.messagesReceived ?? 0 >= 4096
        }
        #expect(speaker.status()[key]?.establishedCount == 1)
        try answersTo(polite)
        loud.hangUp()
        polite.hangUp()
        await speaker.shutdown(text: "", deadlineSeconds: 1)
    }

    /// RFC 8654: longer than 4096 octets, once both sides have offered that, and not before.
    @Test func aLongMessageIsReadOnceItIsAgreedOn() async throws {
        let modern = try ScriptedPeer()
        let old = try ScriptedPeer()
        let polite = try ScriptedPeer()
        let speaker = try await started([modern, old], polite)
        let long = try #require(
            try HostileFixture.all("update", .extended).max { $0.bytes.count < $1.bytes.count })
        #expect(long.bytes.count > 5000)
        var open = OpenMessage.peer()
        open.capabilities.append(.extendedMessages)
        try modern.establish(open)
        try modern.say(long.bytes)
        try hearsTheRoute(modern)
        try answersTo(modern)
        try old.establish()
        try old.say(long.bytes)
        let heard = try old.hearAll().last
        let length = UInt16(long.bytes.count)
        #expect(heard == .notification(BGPWireError.messageLength(length).notification))
        modern.hangUp()
        polite.hangUp()
        await speaker.shutdown(text: "", deadlineSeconds: 1)
    }
}
