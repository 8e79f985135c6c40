// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPSpeaker
import Declarations
import TestPeers
import Testing

/// Would catch: a next hop that this host has no longer, or one that it has by now and that waits for
/// the next session.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct AddressTests {
    /// An IPv6 route over an IPv4 session, whose next hop "self" is an address of the interface.
    @Test(arguments: [RouterKind.bird, .openBGPD])
    func theNextHopFollowsTheInterfaceWithoutANewSession(_ kind: RouterKind) async throws {
        try await PeerLab.run(kind, [.v4]) { lab in
            let prefix = PeerLab.Transport.v6.prefix
            let first = PeerLab.Transport.v6.ours
            let second = "2001:db8:0:1::7"
            let key = try #require(lab.neighbors[.v4]).key
            let route = WantedRoute(attributes: RouteAttributes())
            lab.speaker.publish(
                [key: [try #require(IPPrefix(prefix)): route]], leaseSeconds: nil)
            try await lab.establish()
            try await lab.router.waitForRoute(prefix) { $0.nextHop == first }

            // Renumbered: one change, and no withdraw between the two.
            let before = try #require(lab.status(.v4)).updatesSent
            try await lab.here.remove("\(first)/64", from: "bgp0")
            try await lab.here.add("\(second)/64", to: "bgp0")
            try await lab.router.waitForRoute(prefix) { $0.nextHop == second }
            #expect(lab.status(.v4)?.updatesSent == before + 1)

            try await lab.here.remove("\(second)/64", from: "bgp0")
            try await lab.router.waitForNoRoute(prefix)
            let reason = await lab.speaker.routes(to: key).first?.reason
            #expect(reason?.contains("has no global IPv6 address") == true, "\(reason ?? "")")

            // One that changes nothing says nothing.
            let silent = try #require(lab.status(.v4)).updatesSent
            try await lab.here.add("192.0.2.200/32", to: "bgp0")
            try await lab.here.add("\(first)/64", to: "bgp0")
            try await lab.router.waitForRoute(prefix) { $0.nextHop == first }
            #expect(lab.status(.v4)?.updatesSent == silent + 1)
            #expect(lab.status(.v4)?.establishedCount == 1)
        }
    }
}
