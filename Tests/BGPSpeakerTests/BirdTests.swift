// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPSpeaker
import Declarations
import Testing

/// Would catch what only another implementation notices. It needs BIRD 2: without one it fails.
@Suite(.serialized)
struct BirdTests {
    private let v4 = "192.0.2.53/32"
    private let v6 = "2001:db8:53::53/128"

    private let told = EventLog()

    private func speaker(_ bird: Bird) async throws -> Speaker {
        let speaker = Speaker(routerID: 0x0a00_0001, logger: SpeakerPair.logger) { [told] in
            told.append($0)
        }
        speaker.configure(neighbors: bird.declarations)
        return speaker
    }

    private func establish(_ speaker: Speaker) async throws {
        try await eventually("both sessions, not \(speaker.status())", seconds: 20) {
            let states = speaker.status().neighbors.map(\.state)
            return states == [.established, .established]
        }
    }

    private func decorated(_ nextHop: String) throws -> RouteAttributes {
        var route = attributes(med: 120, nextHop: nextHop)
        route.communities = [try #require(Community("65001:53")), .gracefulShutdown]
        route.largeCommunities = [try #require(LargeCommunity("65001:2:3"))]
        route.extendedCommunities = [0x0002_fde9_0000_0007]
        route.asPathPrepend = 1
        return route
    }

    private func publish(_ speaker: Speaker, _ bird: Bird, med: UInt32? = nil) throws {
        let keys = bird.declarations.map(\.key)
        var four = try decorated("10.9.9.9")
        var six = try decorated("2001:db8::9")
        if let med {
            four.med = med
            six.med = med
        }
        speaker.publish(
            [
                keys[0]: [try #require(IPPrefix(v4)): WantedRoute(attributes: four)],
                keys[1]: [try #require(IPPrefix(v6)): WantedRoute(attributes: six)],
            ], leaseSeconds: nil)
    }

    @Test func routesOfBothFamiliesArriveWithTheirAttributes() async throws {
        let bird = try await Bird()
        let speaker = try await speaker(bird)
        try await establish(speaker)
        try publish(speaker, bird)
        try await eventually("both routes") {
            let routes = try await bird.routes()
            return routes.contains(v4) && routes.contains(v6)
        }
        let routes = try await bird.routes()
        for line in [
            "BGP.origin: IGP", "BGP.as_path: 65001 65001", "BGP.next_hop: 10.9.9.9",
            "BGP.next_hop: 2001:db8::9", "BGP.med: 120",
            "BGP.community: (65001,53) (65535,0)", "BGP.large_community: (65001, 2, 3)",
            "BGP.ext_community: (rt, 65001, 7)",
        ] {
            #expect(routes.contains(line), "\(line) in:\n\(routes)")
        }

        // A changed MED is one UPDATE, and the route is replaced, not withdrawn first.
        let before = speaker.status().neighbors.map(\.updatesSent)
        try publish(speaker, bird, med: 500)
        try await eventually("the new MED twice") {
            try await bird.routes().split(separator: "BGP.med: 500").count == 3
        }
        #expect(speaker.status().neighbors.map(\.updatesSent) == before.map { $0 + 1 })

        speaker.publish([:], leaseSeconds: nil)
        try await eventually("no route") {
            let routes = try await bird.routes()
            return !routes.contains(v4) && !routes.contains(v6)
        }
        #expect(speaker.status().neighbors.map(\.establishedCount) == [1, 1])
        await speaker.shutdown(text: "", deadlineSeconds: 2)
    }

    @Test func selfOfEachSessionIsAcceptedAsNextHop() async throws {
        let bird = try await Bird()
        let speaker = try await speaker(bird)
        let keys = bird.declarations.map(\.key)
        speaker.publish(
            [
                keys[0]: [try #require(IPPrefix(v4)): WantedRoute(attributes: attributes(med: 1))],
                keys[1]: [try #require(IPPrefix(v6)): WantedRoute(attributes: attributes(med: 1))],
            ], leaseSeconds: nil)
        try await establish(speaker)
        try await eventually("both next hops") {
            let routes = try await bird.routes()
            return routes.contains("BGP.next_hop: 127.0.0.1")
                && routes.contains("BGP.next_hop: ::1")
        }
        await speaker.shutdown(text: "", deadlineSeconds: 2)
    }

    @Test func shutdownIsAnAdministrativeCeaseInBirdsLog() async throws {
        let bird = try await Bird()
        let speaker = try await speaker(bird)
        try publish(speaker, bird)
        try await establish(speaker)
        try await eventually("both routes") {
            let routes = try await bird.routes()
            return routes.contains(v4) && routes.contains(v6)
        }
        await speaker.shutdown(text: "pharos maintenance", deadlineSeconds: 5)
        try await eventually("the Cease of both sessions") {
            let shutdowns = bird.log.split(separator: "\n").filter {
                $0.contains("Received: Administrative shutdown")
                    && $0.contains("\"pharos maintenance\"")
            }
            return shutdowns.count == 2
        }
        #expect(!bird.log.contains("Connection lost"))
        #expect(try await !bird.routes().contains(v4))
    }

    @Test func birdsOwnRefreshAndRestartGetTheRoutesAgain() async throws {
        let bird = try await Bird()
        let speaker = try await speaker(bird)
        try publish(speaker, bird)
        try await establish(speaker)
        try await eventually("the route") { try await bird.routes().contains(v4) }
        let before = try #require(speaker.status().neighbors.first).updatesSent
        _ = try await bird.command("reload in four")
        try await eventually("a route sent again") {
            speaker.status().neighbors.first?.updatesSent == before + 1
        }
        await bird.stop()
        try await eventually("a reason for each session, not \(told.reasons)") {
            told.reasons.filter { $0.hasPrefix("received Cease") }.count == 2
        }
        try await bird.start()
        try await establish(speaker)
        try await eventually("both routes again") {
            let routes = try await bird.routes()
            return routes.contains(v4) && routes.contains(v6)
        }
        await speaker.shutdown(text: "", deadlineSeconds: 2)
    }
}
