// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPSpeaker
import Declarations
import Testing

/// Would catch a range of neighbours that takes whom it should not, or whose sessions are not
/// neighbours like others.
@Suite(.serialized)
struct RangeTests {
    private struct Scene {
        let speaker = Speaker(routerID: 1, logger: SpeakerPair.logger)
        let callers: Speaker
        let told = EventLog()
        let port = freePort()
        var range: NeighborDeclaration

        init(_ change: (inout NeighborDeclaration) -> Void = { _ in }) {
            range = NeighborDeclaration(
                key: NeighborKey(
                    endpoint: Endpoint(address: IPAddress(v4: 0x7f00_0a00), port: 179),
                    rangeLength: 24),
                localAS: 65001, peerAS: 65002, location: SpeakerPair.here)
            range.passive = true
            change(&range)
            callers = Speaker(routerID: 2, logger: SpeakerPair.logger) { [told] in
                told.append($0)
            }
        }

        func configure() async {
            let listener = Endpoint(address: .anyV4, port: port)
            await withCheckedContinuation { done in
                speaker.configure(neighbors: [range], listeners: [listener]) { _ in
                    done.resume()
                }
            }
        }

        /// Has callers from 127.0.10.NUMBER, each to an address of its own.
        func call(_ numbers: [UInt32], password: String? = nil, network: UInt32 = 0x7f00_0a00) {
            callers.configure(
                neighbors: numbers.map { number in
                    var neighbor = NeighborDeclaration(
                        key: key(number), localAS: 65002, peerAS: 65001,
                        location: SpeakerPair.here)
                    neighbor.localAddress = IPAddress(v4: network | number)
                    neighbor.md5Password = password
                    return neighbor
                })
        }

        func key(_ number: UInt32) -> NeighborKey {
            NeighborKey(
                endpoint: Endpoint(address: IPAddress(v4: 0x7f00_0000 | number), port: port))
        }

        func has(_ count: Int) async throws {
            try await eventually("\(count) sessions") {
                speaker.status().neighbors.filter { $0.state == .established }.count == count
                    && callers.status().neighbors.filter { $0.state == .established }.count == count
            }
        }

        var shown: [String] { speaker.status().neighbors.map { "\($0.key) \($0.state.rawValue)" } }

        func end() async {
            await callers.shutdown(text: "", deadlineSeconds: 1)
            await speaker.shutdown(text: "", deadlineSeconds: 1)
        }
    }

    @Test func eachCallerHasASessionAndTheRoutesAndIsForgottenWhenItLeaves() async throws {
        let scene = Scene()
        await scene.configure()
        let prefix = try #require(IPPrefix("192.0.2.53/32"))
        scene.speaker.publish(
            [scene.range.key: [prefix: WantedRoute(attributes: attributes(med: 7))]],
            leaseSeconds: nil)
        #expect(scene.shown == ["127.0.10.0/24 Active"])
        scene.call([2, 3])
        try await scene.has(2)
        #expect(
            scene.shown == [
                "127.0.10.0/24 Active", "127.0.10.2 Established", "127.0.10.3 Established",
            ])
        try await eventually("the route twice") {
            scene.told.routes == ["+192.0.2.53/32 med 7", "+192.0.2.53/32 med 7"]
        }
        let routes = await scene.speaker.routes()
        #expect(
            routes.map { "\($0.neighbor) \($0.isAnnounced)" } == [
                "127.0.10.0/24 true", "127.0.10.2 true", "127.0.10.3 true",
            ])
        scene.call([3])
        try await eventually("one of them") {
            scene.shown == ["127.0.10.0/24 Active", "127.0.10.3 Established"]
        }
        #expect(scene.speaker.status().neighbors.last?.establishedCount == 1)
        // A reload without the range ends what came of it.
        scene.speaker.configure(
            neighbors: [], listeners: [Endpoint(address: .anyV4, port: scene.port)])
        try await eventually("the Cease") {
            scene.told.reasons.contains("received Cease: Peer De-configured (6/3)")
        }
        #expect(scene.shown == [])
        await scene.end()
    }

    @Test func aFullRangeIsOutOfResourcesAndAStrangerIsRejected() async throws {
        let scene = Scene { $0.rangePeersMax = 2 }
        await scene.configure()
        scene.call([2, 3])
        try await scene.has(2)
        scene.call([2, 3, 4])
        try await eventually("the refusal") {
            scene.callers.status()[scene.key(4)]?.lastError
                == "received Cease: Out of Resources (6/8)"
        }
        #expect(scene.speaker.status().neighbors.count == 3)
        scene.call([5], network: 0x7f00_0b00)
        try await eventually("the other refusal") {
            scene.callers.status()[scene.key(5)]?.lastError
                == "received Cease: Connection Rejected (6/5)"
        }
        await scene.end()
    }

    @Test func aRangesKeyIsAskedOfEachCaller() async throws {
        let scene = Scene { $0.md5Password = "for all" }
        await scene.configure()
        scene.call([2, 3], password: "for all")
        try await scene.has(2)
        scene.call([4])
        try await Task.sleep(for: .seconds(1))
        #expect(scene.callers.status()[scene.key(4)]?.messagesReceived == 0)
        await scene.end()
    }

    @Test func anInterfaceThatIsNotThereIsSaidAndOneThatIsHoldsTheSession() async throws {
        var pair = try await SpeakerPair()
        pair.toRouter.key.endpoint.interface = "nowhere0"
        pair.announcer.configure(neighbors: [pair.toRouter])
        try await eventually("the error") {
            pair.announcer.status()[pair.toRouter.key]?.lastError == "no such device"
        }
        pair.toRouter.key.endpoint.interface = "lo"
        try await pair.connect()
        await pair.end()
    }
}
