// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import Testing

@testable import BGPSpeaker

/// Would catch a speaker that cannot talk to itself: sessions, routes, lease, shutdown.
@Suite(.serialized)
struct SpeakerPairTests {
    private let v4 = "192.0.2.53/32"
    private let v6 = "2001:db8:53::53/128"

    @Test(arguments: [IPAddress.loopbackV4, .loopbackV6])
    func aSessionCarriesBothFamilies(_ address: IPAddress) async throws {
        let pair = try await SpeakerPair(address: address)
        pair.publish([
            v4: attributes(med: 100, nextHop: "192.0.2.1"),
            v6: attributes(med: 200, nextHop: "2001:db8::1"),
        ])
        try await pair.connect()
        try await pair.hears(["+\(v4) med 100", "+\(v6) med 200"])
        let status = try #require(pair.announcer.status()[pair.toRouter.key])
        #expect(status.families == [.ipv4Unicast, .ipv6Unicast])
        #expect(status.establishedCount == 1)
        #expect(status.holdTimeSeconds == 10)
        #expect(status.peerIdentifier == IPAddress(v4: 2))
        #expect(status.localAddress == address)
        #expect(status.routesAnnounced == 2)
        // Two routes and two End-of-RIB.
        #expect(status.updatesSent == 4)
        let routes = await pair.announcer.routes()
        #expect(routes.map(\.prefix.description) == [v4, v6])
        #expect(routes.allSatisfy { $0.isAnnounced && $0.reason == nil })
        #expect(routes.first?.sent?.asPath == [65001])
        await pair.end()
    }

    @Test func changesGoOutOnceAndUnchangedRoutesNot() async throws {
        let pair = try await SpeakerPair()
        pair.publish([v4: attributes(med: 100)])
        try await pair.connect()
        try await pair.hears(["+\(v4) med 100"])
        let before = try #require(pair.announcer.status()[pair.toRouter.key]).updatesSent
        for _ in 0..<5 { pair.publish([v4: attributes(med: 100)]) }
        pair.publish([v4: attributes(med: 50)])
        try await pair.hears(["+\(v4) med 100", "+\(v4) med 50"])
        pair.publish([:] as [String: RouteAttributes])
        try await pair.hears(["+\(v4) med 100", "+\(v4) med 50", "-\(v4)"])
        #expect(pair.announcer.status()[pair.toRouter.key]?.updatesSent == before + 2)
        await pair.end()
    }

    @Test func insideAnASTheLocalPreferenceArrives() async throws {
        let pair = try await SpeakerPair(internalAS: true)
        pair.publish([v4: attributes(med: 1)])
        try await pair.connect()
        try await pair.hears(["+\(v4) med 1"])
        let sent = await pair.announcer.routes().first?.sent
        #expect(sent?.localPreference == 100)
        #expect(sent?.asPath == [])
        await pair.end()
    }

    @Test func aLapsedLeaseAppliesWhenDownAndAPublishEndsIt() async throws {
        let pair = try await SpeakerPair()
        let other = "198.51.100.1/32"
        let wanted = [
            v4: WantedRoute(attributes: attributes(med: 100)),
            other: WantedRoute(
                attributes: attributes(med: 100), whenDown: .attributes(attributes(med: 900))),
        ]
        try await pair.connect()
        pair.publish(wanted, leaseSeconds: 0.4)
        // Renewed, it holds well beyond its length.
        for _ in 0..<8 {
            try await Task.sleep(for: .milliseconds(100))
            pair.announcer.renewLease()
        }
        #expect(pair.heard.routes == ["+\(v4) med 100", "+\(other) med 100"])
        try await eventually("the lease lapses") { pair.told.lapses == 1 }
        try await pair.hears([
            "+\(v4) med 100", "+\(other) med 100", "-\(v4)", "+\(other) med 900",
        ])
        #expect(pair.announcer.status().leaseLapsedUnixSeconds != nil)
        let reason = await pair.announcer.routes().first { $0.prefix.description == v4 }?.reason
        #expect(reason == "control renews no lease")
        // A renewal alone neither brings old wishes back nor lets them lapse again.
        pair.announcer.renewLease()
        try await Task.sleep(for: .milliseconds(600))
        #expect(pair.heard.routes.count == 4)
        #expect(pair.told.lapses == 1)
        pair.publish(wanted, leaseSeconds: 60)
        try await eventually("the routes are back") {
            pair.heard.routes.suffix(2) == ["+\(v4) med 100", "+\(other) med 100"]
        }
        #expect(pair.announcer.status().leaseLapsedUnixSeconds == nil)
        await pair.end()
    }

    @Test func shutdownWithdrawsThenSaysWhy() async throws {
        let pair = try await SpeakerPair()
        pair.publish([v4: attributes(med: 100)])
        try await pair.connect()
        try await pair.hears(["+\(v4) med 100"])
        await pair.announcer.shutdown(text: "new kernel", deadlineSeconds: 5)
        try await eventually("the router knows why") { !pair.heard.reasons.isEmpty }
        #expect(pair.heard.routes == ["+\(v4) med 100", "-\(v4)"])
        #expect(
            pair.heard.reasons == [
                "received Cease: Administrative Shutdown (6/2) \"new kernel\""
            ])
        #expect(pair.announcer.status().isShutDown)
        await pair.router.shutdown(text: "", deadlineSeconds: 1)
    }

    @Test func aNewDescriptionOrHoldTimeKeepsTheSession() async throws {
        var pair = try await SpeakerPair()
        try await pair.connect()
        pair.toRouter.description = "upstream"
        pair.toRouter.holdTimeSeconds = 30
        pair.announcer.configure(neighbors: [pair.toRouter])
        try await eventually("the description") {
            pair.announcer.status()[pair.toRouter.key]?.description == "upstream"
        }
        #expect(pair.announcer.status()[pair.toRouter.key]?.state == .established)
        #expect(pair.announcer.status()[pair.toRouter.key]?.establishedCount == 1)
        await pair.end()
    }

    @Test func newFamiliesResetTheSessionAndSaySo() async throws {
        var pair = try await SpeakerPair()
        pair.publish([v4: attributes(med: 100)])
        try await pair.connect()
        try await pair.hears(["+\(v4) med 100"])
        pair.toRouter.families = [.ipv4Unicast]
        pair.announcer.configure(neighbors: [pair.toRouter])
        try await eventually("a second session") {
            pair.announcer.status()[pair.toRouter.key]?.establishedCount == 2
        }
        #expect(
            pair.heard.reasons.first == "received Cease: Other Configuration Change (6/6)")
        try await pair.hears(["+\(v4) med 100", "+\(v4) med 100"])
        await pair.end()
    }

    @Test func aResetIsSaidInWordsAndTheSessionComesBack() async throws {
        let pair = try await SpeakerPair()
        try await pair.connect()
        pair.announcer.reset(pair.toRouter.key, text: "new\u{7} policy")
        try await eventually("a second session", seconds: 5) {
            pair.announcer.status()[pair.toRouter.key]?.establishedCount == 2
        }
        #expect(
            pair.heard.reasons.first
                == "received Cease: Administrative Reset (6/4) \"new\\u{7} policy\"")
        await pair.end()
    }

    @Test func aRemovedNeighborIsToldSo() async throws {
        let pair = try await SpeakerPair()
        try await pair.connect()
        pair.announcer.configure(neighbors: [])
        try await eventually("the router is told") {
            pair.heard.reasons == ["received Cease: Peer De-configured (6/3)"]
        }
        #expect(pair.announcer.status().neighbors.isEmpty)
        await pair.end()
    }

    @Test func aStrangerIsRefusedWithACease() async throws {
        let pair = try await SpeakerPair()
        pair.router.configure(
            neighbors: [], listeners: [Endpoint(address: .loopbackV4, port: pair.port)])
        pair.announcer.configure(neighbors: [pair.toRouter])
        try await eventually("the refusal") {
            pair.told.reasons.first == "received Cease: Connection Rejected (6/5)"
        }
        await pair.end()
    }

    @Test func aListenerThatCannotBeBoundIsReported() async throws {
        let pair = try await SpeakerPair()
        let failures = await withCheckedContinuation { continuation in
            pair.announcer.configure(
                neighbors: [], listeners: [Endpoint(address: .loopbackV4, port: pair.port)],
                done: { continuation.resume(returning: $0) })
        }
        #expect(
            failures.map(\.description) == [
                "BGP listener 127.0.0.1:\(pair.port): address already in use"
            ])
        await pair.end()
    }
}
