// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPSpeaker
import Declarations
import Testing

/// Would catch what is offered and not meant, as BIRD 2 sees it: roles, old AS numbers, long
/// messages.
@Suite(.serialized)
struct BirdNegotiationTests {
    private let v4 = "192.0.2.53/32"

    /// A speaker that announces a route to BIRD over the session of IPv4.
    private func speaker(
        _ bird: Bird, role: NeighborRole? = nil,
        _ change: (inout RouteAttributes) -> Void = { _ in }
    ) throws -> (Speaker, NeighborKey) {
        let speaker = Speaker(routerID: 0x0a00_0001, logger: SpeakerPair.logger) { _ in }
        var neighbor = try #require(bird.declarations.first)
        neighbor.role = role
        speaker.configure(neighbors: [neighbor])
        var wanted = attributes(med: 7, nextHop: "10.9.9.9")
        change(&wanted)
        let prefix = try #require(IPPrefix(v4))
        speaker.publish(
            [neighbor.key: [prefix: WantedRoute(attributes: wanted)]], leaseSeconds: nil)
        return (speaker, neighbor.key)
    }

    private func route(_ bird: Bird) async throws -> String {
        try await eventually("the route", seconds: 20) { try await bird.routes().contains(v4) }
        return try await bird.routes()
    }

    @Test func aCustomerOfOursIsToldThatTheRouteGoesDown() async throws {
        let bird = try await Bird(options: "local role customer;")
        let (speaker, key) = try speaker(bird, role: .provider)
        #expect(try await route(bird).contains("BGP.otc: 65001"))
        #expect(speaker.status()[key]?.peerCapabilities.contains("role customer") == true)
        await speaker.shutdown(text: "", deadlineSeconds: 2)
    }

    @Test func aProviderOfOursIsNot() async throws {
        let bird = try await Bird(options: "local role provider; require roles on;")
        let (speaker, _) = try speaker(bird, role: .customer)
        #expect(!(try await route(bird).contains("BGP.otc")))
        await speaker.shutdown(text: "", deadlineSeconds: 2)
    }

    @Test func rolesThatDoNotFitEndTheSession() async throws {
        let bird = try await Bird(options: "local role peer;")
        let (speaker, key) = try speaker(bird, role: .customer)
        try await eventually("the mismatch", seconds: 20) {
            speaker.status()[key]?.lastError?.contains("Role Mismatch (2/11)") == true
        }
        #expect(speaker.status()[key]?.establishedCount == 0)
        await speaker.shutdown(text: "", deadlineSeconds: 2)
    }

    @Test func anOldPeerPutsTheLongNumbersTogether() async throws {
        let bird = try await Bird(options: "enable as4 off;")
        let (speaker, key) = try speaker(bird) {
            $0.asPath = [.number(Bird.ourAS), .number(4_200_000_000)]
            $0.aggregator = RouteAggregator("4200000000:192.0.2.9")
        }
        let routes = try await route(bird)
        #expect(routes.contains("BGP.as_path: 65001 4200000000"), "\(routes)")
        #expect(routes.contains("BGP.aggregator: 192.0.2.9 AS4200000000"), "\(routes)")
        let offered = try #require(speaker.status()[key]?.peerCapabilities)
        #expect(!offered.contains { $0.hasPrefix("4-octet AS") })
        await speaker.shutdown(text: "", deadlineSeconds: 2)
    }

    @Test func attributesBeyondFourThousandOctetsArrive() async throws {
        let bird = try await Bird(options: "enable extended messages on;")
        let many = (0..<1500).compactMap { Community("64999:\($0)") }
        let (speaker, key) = try speaker(bird) { $0.communities = many }
        #expect(try await route(bird).contains("(64999,1499)"))
        #expect(speaker.status()[key]?.establishedCount == 1)
        await speaker.shutdown(text: "", deadlineSeconds: 2)
    }

    @Test func whoDoesNotReadThemIsNotSentThem() async throws {
        let bird = try await Bird()
        let many = (0..<1500).compactMap { Community("64999:\($0)") }
        let (speaker, key) = try speaker(bird) { $0.communities = many }
        try await eventually("the reason", seconds: 20) {
            await speaker.routes().first?.reason == "its attributes do not fit a message"
        }
        try await eventually("the session all the same") {
            speaker.status()[key]?.state == .established
        }
        await speaker.shutdown(text: "", deadlineSeconds: 2)
    }

    /// Every further attribute, as BIRD prints it.
    @Test func whatIsTypedArrives() async throws {
        let bird = try await Bird()
        let (speaker, _) = try speaker(bird) {
            $0.isAtomicAggregate = true
            $0.aggregator = RouteAggregator("65001:192.0.2.9")
            $0.asPath = [.number(65001), .number(65009)]
            $0.origin = .incomplete
            $0.otherAttributes = [TypedAttribute("200:0a0b")].compactMap { $0 }
            $0.communities = ["blackhole", "no-llgr"].compactMap { Community($0) }
        }
        let routes = try await route(bird)
        for line in [
            "BGP.origin: Incomplete", "BGP.as_path: 65001 65009", "BGP.atomic_aggr:",
            "BGP.aggregator: 192.0.2.9 AS65001", "BGP.community: (65535,7) (65535,666)",
            "c8 [t]: 0a 0b",
        ] {
            #expect(routes.contains(line), "\(line) in:\n\(routes)")
        }
        await speaker.shutdown(text: "", deadlineSeconds: 2)
    }
}
