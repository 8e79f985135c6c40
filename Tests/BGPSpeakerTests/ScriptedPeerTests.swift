// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPWire
import Declarations
import Glibc
import Testing

@testable import BGPSpeaker

/// Would catch a speaker that a rude peer can break, hammer us into, or keep from being closed.
@Suite(.serialized)
struct ScriptedPeerTests {
    private func declaration(_ peer: ScriptedPeer) -> NeighborDeclaration {
        NeighborDeclaration(
            key: NeighborKey(endpoint: Endpoint(address: .loopbackV4, port: peer.port)),
            localAS: 65001, peerAS: 65002, location: SpeakerPair.here)
    }

    private func speaker(_ peer: ScriptedPeer) -> (Speaker, NeighborKey, EventLog) {
        let log = EventLog()
        let speaker = Speaker(routerID: 1, logger: SpeakerPair.logger) { log.append($0) }
        let neighbor = declaration(peer)
        speaker.configure(neighbors: [neighbor])
        return (speaker, neighbor.key, log)
    }

    @Test func aPeerThatResetsMidOpenIsCalledAgainNotSoonerThanASecond() async throws {
        let peer = try ScriptedPeer()
        let (speaker, key, log) = speaker(peer)
        try peer.acceptConnection()
        _ = try peer.hear()
        let clock = ContinuousClock()
        let start = clock.now
        try peer.say(Array(OpenMessage.peer().encoded.prefix(25)))
        peer.hangUp(abruptly: true)
        try peer.establish()
        #expect(clock.now - start >= .seconds(1))
        try await eventually("a session") { speaker.status()[key]?.state == .established }
        #expect(log.reasons.first == "connection reset by peer")
        #expect(speaker.status()[key]?.lastError == "connection reset by peer")
        peer.hangUp()
        await speaker.shutdown(text: "", deadlineSeconds: 1)
    }

    @Test func garbageIsAnsweredAndEverythingElseGoesOn() async throws {
        let rude = try ScriptedPeer()
        let polite = try ScriptedPeer()
        let log = EventLog()
        let speaker = Speaker(routerID: 1, logger: SpeakerPair.logger) { log.append($0) }
        speaker.configure(neighbors: [declaration(rude), declaration(polite)])
        try polite.establish()
        try rude.acceptConnection()
        _ = try rude.hear()
        try rude.say([UInt8]("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))
        let answer = try rude.hearAll()
        #expect(answer == [.notification(NotificationMessage(.messageHeader, subcode: 1))])
        let key = declaration(rude).key
        try await eventually("the error in words") {
            speaker.status()[key]?.lastError?.hasPrefix(
                "sent Message Header Error: Connection Not Synchronized (1/1)") == true
        }
        #expect(speaker.status()[declaration(polite).key]?.state == .established)
        polite.hangUp()
        await speaker.shutdown(text: "", deadlineSeconds: 1)
    }

    @Test func aWrongASIsRefusedInWords() async throws {
        let peer = try ScriptedPeer()
        let (speaker, key, _) = speaker(peer)
        try peer.acceptConnection()
        _ = try peer.hear()
        try peer.say(OpenMessage.peer(number: 65003).encoded)
        #expect(
            try peer.hearAll() == [.notification(NotificationMessage(.openMessage, subcode: 2))])
        try await eventually("the error in words") {
            speaker.status()[key]?.lastError
                == "sent OPEN Message Error: Bad Peer AS (2/2): AS 65003, configured is 65002"
        }
        peer.hangUp()
        await speaker.shutdown(text: "", deadlineSeconds: 1)
    }

    @Test func silenceEndsWithHoldTimerExpired() async throws {
        let peer = try ScriptedPeer(secondsMax: 10)
        let (speaker, key, log) = speaker(peer)
        try peer.establish(.peer(hold: 3))
        let clock = ContinuousClock()
        let start = clock.now
        let heard = try peer.hearAll()
        #expect(heard.last == .notification(.holdTimerExpired))
        #expect((2.8...4.5).contains((clock.now - start) / .seconds(1)))
        // A third of 3 s, with jitter: it kept its side up.
        #expect(heard.filter { $0 == .keepalive }.count >= 2)
        try await eventually("the reason") {
            log.reasons.contains("sent Hold Timer Expired (4/0)")
        }
        #expect(speaker.status()[key]?.lastError == "sent Hold Timer Expired (4/0)")
        peer.hangUp()
        await speaker.shutdown(text: "", deadlineSeconds: 1)
    }

    /// A paused virtual machine wakes with all timers due and the peer's keepalives unread.
    @Test func aLoopThatSleptBlamesNobody() async throws {
        let peer = try ScriptedPeer(secondsMax: 10)
        let log = EventLog()
        let speaker = Speaker(routerID: 1, logger: SpeakerPair.logger) { event in
            log.append(event)
            if case .routesReceived = event { usleep(4_500_000) }
        }
        let neighbor = declaration(peer)
        let prefix = try #require(IPPrefix("192.0.2.53/32"))
        let wanted = [neighbor.key: [prefix: WantedRoute(attributes: attributes(med: 7))]]
        speaker.configure(neighbors: [neighbor])
        try peer.establish(.peer(hold: 3))
        speaker.publish(wanted, leaseSeconds: 2)
        try await eventually("the route") { await speaker.routes().first?.isAnnounced == true }
        let withdraw = UpdateEncoder(isFourOctetAS: true).withdraw([prefix]).flatMap { $0 }
        try peer.say(withdraw)
        for _ in 0..<6 {
            try await Task.sleep(for: .seconds(1))
            try peer.say(BGPMessage.keepaliveBytes)
        }
        #expect(speaker.status()[neighbor.key]?.state == .established)
        #expect(speaker.status()[neighbor.key]?.establishedCount == 1)
        #expect(log.reasons.isEmpty)
        // The lease slept as well. It began anew when the loop woke, 1.5 s ago.
        #expect(log.lapses == 0)
        speaker.renewLease()
        await speaker.shutdown(text: "", deadlineSeconds: 1)
    }

    @Test func anythingAfterShutdownIsHarmless() async throws {
        let peer = try ScriptedPeer()
        let (speaker, key, _) = speaker(peer)
        await speaker.shutdown(text: "", deadlineSeconds: 1)
        speaker.publish([key: [:]], leaseSeconds: 1)
        speaker.renewLease()
        speaker.configure(neighbors: [])
        #expect(await speaker.routes() == [])
        await speaker.shutdown(text: "", deadlineSeconds: 1)
        #expect(speaker.status().isShutDown)
    }

    @Test func aRefreshIsAnsweredFromState() async throws {
        let peer = try ScriptedPeer()
        let (speaker, key, _) = speaker(peer)
        let prefix = try #require(IPPrefix("192.0.2.53/32"))
        speaker.publish(
            [key: [prefix: WantedRoute(attributes: attributes(med: 7))]], leaseSeconds: nil)
        // The symptom: End-of-RIB before the route, one run in sixty on a busy machine. A loop that
        // wakes late reads its sockets before it runs what was posted: let it have the routes first.
        _ = await speaker.routes()
        try peer.establish()
        func nextUpdate() throws -> UpdateMessage? {
            while let message = try peer.hear() {
                if case .update(let update) = message { return update }
            }
            return nil
        }
        #expect(try nextUpdate()?.announced == [prefix])
        #expect(try nextUpdate()?.endOfRIB == .ipv4Unicast)
        try peer.say(RouteRefreshMessage(family: .ipv4Unicast).encoded)
        let again = try nextUpdate()
        #expect(again?.announced == [prefix])
        #expect(again?.attributes.med == 7)
        #expect(again?.attributes.nextHop == .loopbackV4)
        peer.hangUp()
        await speaker.shutdown(text: "", deadlineSeconds: 1)
    }

    @Test func aCeaseArrivesBehindWhatTheSocketStillHolds() async throws {
        let peer = try ScriptedPeer()
        let (speaker, key, _) = speaker(peer)
        try peer.acceptConnection()
        peer.readInPieces()
        _ = try peer.hear()
        try peer.say(OpenMessage.peer().encoded + BGPMessage.keepaliveBytes)
        _ = try peer.hear()
        var routes: [IPPrefix: WantedRoute] = [:]
        for number in UInt32(0)..<20_000 {
            routes[IPPrefix(host: IPAddress(v4: 0x0a00_0000 | number))] = WantedRoute(
                attributes: attributes(med: number))
        }
        speaker.publish([key: routes], leaseSeconds: nil)
        try await eventually("a window that is closed") {
            let status = speaker.status()[key]
            return (status?.routesAnnounced ?? 0) > 0
        }
        speaker.configure(neighbors: [])
        #expect(try peer.hearAll().last == .notification(.cease(.peerDeconfigured)))
        peer.hangUp()
        await speaker.shutdown(text: "", deadlineSeconds: 1)
    }

    @Test func shutdownEndsAtItsDeadlineWhenThePeerReadsNothing() async throws {
        let peer = try ScriptedPeer()
        let (speaker, key, _) = speaker(peer)
        try peer.acceptConnection()
        peer.stopReading()
        _ = try peer.hear()
        try peer.say(OpenMessage.peer().encoded + BGPMessage.keepaliveBytes)
        _ = try peer.hear()
        var routes: [IPPrefix: WantedRoute] = [:]
        for number in UInt32(0)..<20_000 {
            var route = attributes(med: number)
            route.communities = [Community(rawValue: number)]
            routes[IPPrefix(host: IPAddress(v4: 0x0a00_0000 | number))] = WantedRoute(
                attributes: route)
        }
        speaker.publish([key: routes], leaseSeconds: nil)
        try await Task.sleep(for: .milliseconds(500))
        let clock = ContinuousClock()
        let start = clock.now
        await speaker.shutdown(text: "", deadlineSeconds: 1)
        #expect((clock.now - start) < .seconds(3))
    }

    /// It sends KEEPALIVEs and reads nothing: only the send hold timer notices (RFC 9687).
    @Test func aPeerThatTakesNothingIsToldWhyInTheEnd() async throws {
        let peer = try ScriptedPeer()
        let speaker = Speaker(
            routerID: 1, sendHoldMilliseconds: 1_600, logger: SpeakerPair.logger,
            onEvent: { _ in })
        let neighbor = declaration(peer)
        let key = neighbor.key
        speaker.configure(neighbors: [neighbor])
        try peer.acceptConnection()
        peer.stopReading()
        _ = try peer.hear()
        try peer.say(OpenMessage.peer().encoded + BGPMessage.keepaliveBytes)
        _ = try peer.hear()
        var routes: [IPPrefix: WantedRoute] = [:]
        for number in UInt32(0)..<20_000 {
            var route = attributes(med: number)
            route.communities = [Community(rawValue: number)]
            routes[IPPrefix(host: IPAddress(v4: 0x0a00_0000 | number))] = WantedRoute(
                attributes: route)
        }
        speaker.publish([key: routes], leaseSeconds: nil)
        let start = ContinuousClock().now
        try await eventually("the send hold timer") {
            try peer.say(BGPMessage.keepaliveBytes)
            return speaker.status()[key]?.lastError == "sent Send Hold Timer Expired (8/0)"
        }
        #expect((1.5...4).contains((ContinuousClock().now - start) / .seconds(1)))
        // The NOTIFICATION waits behind what the window holds back, for five seconds; whether the
        // peer's kernel opens it in time is not ours to say (RFC 9687 §4 asks for an attempt).
        peer.hangUp()
        await speaker.shutdown(text: "", deadlineSeconds: 1)
    }
}
