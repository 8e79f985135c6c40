// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import Testing

@testable import Scripting

/// Would catch: a key that says what is offered to a neighbour, or a path attribute, that is read
/// wrongly, refused without saying why, or let pass though routers refuse it.
@Suite struct NeighborTests {
    private func neighbor(_ keys: String, peerAS: Int = 2) throws -> NeighborDeclaration {
        try #require(
            try Fixture.configuration(
                "newNeighbor{address='192.0.2.1', localAS=1, peerAS=\(peerAS), \(keys)}"
            ).neighbors.first)
    }

    @Test func nothingIsOfferedThatCouldBeMissed() throws {
        let plain = try neighbor("")
        #expect(plain.gracefulRestart == GracefulRestartDeclaration())
        #expect(plain.role == nil && !plain.isRoleStrict)
        #expect(plain.nextHopMode == .automatic)
        #expect(plain.extendedNextHop == nil && !plain.offersExtendedNextHop)
        #expect(plain.hostName == nil)
    }

    @Test func whatIsOfferedIsRead() throws {
        let neighbor = try neighbor(
            """
            gracefulRestart={restartTime='2m', notification=true}, role='rs-client', strict=true,
            nextHopMode='global+ll', extendedNextHop=true, hostName='ns1.example.org'
            """)
        #expect(neighbor.gracefulRestart?.restartSeconds == 120)
        #expect(neighbor.gracefulRestart?.isNotificationGraceful == true)
        #expect(neighbor.role == .routeServerClient && neighbor.isRoleStrict)
        #expect(neighbor.nextHopMode == .globalAndLinkLocal)
        #expect(neighbor.offersExtendedNextHop)
        #expect(neighbor.hostName == "ns1.example.org")
        #expect(try self.neighbor("gracefulRestart=10").gracefulRestart?.restartSeconds == 10)
        #expect(try self.neighbor("gracefulRestart=false").gracefulRestart == nil)
        #expect(try self.neighbor("hostName=true").hostName == "node1")
    }

    @Test func iPv4OverIPv6OffersANextHopOfItsOwnKind() throws {
        func offers(_ keys: String) throws -> Bool? {
            try Fixture.configuration(
                "newNeighbor{address='2001:db8::1', localAS=1, peerAS=2, \(keys)}"
            ).neighbors.first?.offersExtendedNextHop
        }
        #expect(try offers("families={'ipv4 unicast'}") == true)
        #expect(try offers("families={'ipv4 unicast'}, extendedNextHop=false") == false)
        #expect(try offers("") == false)
    }

    @Test(arguments: [
        (
            "gracefulRestart=0",
            "gracefulRestart must be true, false, from 1 to 4095 seconds or a table"
                + " of restartTime, not the number 0"
        ),
        ("gracefulRestart={}", "newNeighbor.gracefulRestart: restartTime is missing"),
        (
            "gracefulRestart={restartTime=4096}",
            "newNeighbor.gracefulRestart: restartTime must be from 1 to 4095 seconds, not the number"
                + " 4096"
        ),
        ("gracefulRestart={time=1}", "unknown key 'time'"),
        (
            "role='custommer'",
            "role must be one of \"provider\", \"customer\", \"peer\", \"rs\","
                + " \"rs-client\", not 'custommer'; did you mean 'customer'?"
        ),
        ("strict=true", "newNeighbor: strict needs role"),
        ("nextHopMode='local'", "nextHopMode must be one of"),
        (
            "families={'ipv6 unicast'}, extendedNextHop=true",
            "extendedNextHop is for IPv4 routes: families has no \"ipv4 unicast\""
        ),
        ("hostName=('x'):rep(65)", "neither its first label nor its domain may have more than 64"),
    ])
    func whatCannotBeOfferedSaysWhy(_ keys: String, _ message: String) {
        let refusal = Fixture.refusal(
            "newNeighbor{address='192.0.2.1', localAS=1, peerAS=2, \(keys)}")
        #expect(refusal.contains(message), "\(refusal)")
    }

    @Test func rolesAreForOthersAS() {
        #expect(
            Fixture.refusal("newNeighbor{address='192.0.2.1', localAS=1, peerAS=1, role='peer'}")
                .contains("role is for external BGP (RFC 9234); peerAS and localAS are equal"))
    }

    // MARK: Attributes

    private func attributes(_ keys: String) throws -> RouteAttributes {
        try #require(
            try Fixture.configuration(
                "announce{prefix='192.0.2.53/32', when='always', \(keys)}"
            ).announcements.first
        ).attributes
    }

    @Test func everyAttributeIsRead() throws {
        let found = try attributes(
            """
            asPath={64501, '64502', {64503, 64504}}, atomicAggregate=true,
            aggregator='64501:192.0.2.9', otherAttributes={'201:', '200:0A0b'},
            communities={'llgr-stale', 'no-llgr', 'blackhole', 'gshut', 'no_export_subconfed',
              'nopeer', 'no-advertise', 'no-export', 'graceful-shutdown'},
            extendedCommunities={'bandwidth:64500:125000000', 'rt:64500:1', 'ro:64500:1'}
            """)
        #expect(
            found.asPath == [.number(64501), .number(64502), .set([64503, 64504])])
        #expect(found.isAtomicAggregate)
        #expect(found.aggregator?.description == "64501:192.0.2.9")
        #expect(found.otherAttributes.map(\.description) == ["200:0a0b", "201:"])
        #expect(
            found.communities.map(\.description) == [
                "65535:0", "65535:6", "65535:7", "65535:666", "65535:65281", "65535:65282",
                "65535:65283", "65535:65284",
            ])
        #expect(found.extendedCommunities.contains(0x4004_fbf4_4cee_6b28))
    }

    @Test(arguments: [
        "rt:64500:7", "ro:192.0.2.1:5", "rt:4200000000:5", "bandwidth:64500:125000000",
        "0x4300000000000001",
    ])
    func extendedCommunitiesReadAsTheyAreWritten(_ text: String) throws {
        let value = try #require(ExtendedCommunityText.parse(text))
        #expect(ExtendedCommunityText.words(value) == text)
    }

    @Test(arguments: ["bandwidth:64500:fast", "bandwidth:x:1", "bandwidth:1:-1", "bandwidth:1:inf"])
    func aBandwidthIsANumberOfBytes(_ text: String) {
        #expect(ExtendedCommunityText.parse(text) == nil)
    }

    @Test(arguments: [
        ("asPath=64500", "asPath must be a list of AS numbers like {64500, 64501}"),
        ("asPath={0}", "asPath must hold AS numbers from 1 to 4294967295, not the number 0"),
        ("asPath={'x'}", "asPath must hold AS numbers from 1 to 4294967295, not 'x'"),
        ("asPath={{}}", "asPath: a set must be a list of 1 to 100 AS numbers"),
        ("aggregator='192.0.2.1'", "aggregator '192.0.2.1' is not like 64500:192.0.2.1"),
        ("otherAttributes={'8:00000001'}", "otherAttributes: '8:00000001' is not like 200:0a0b"),
        ("otherAttributes={'200:0'}", "otherAttributes: '200:0' is not like"),
        ("otherAttributes={'200:00', '200:01'}", "otherAttributes: type 200 is there twice"),
        ("extendedCommunities={'rt:1'}", "extendedCommunities: 'rt:1' is not like"),
    ])
    func aWrongAttributeSaysWhy(_ keys: String, _ message: String) {
        let refusal = Fixture.refusal(
            "announce{prefix='192.0.2.53/32', when='always', \(keys)}")
        #expect(refusal.contains(message), "\(refusal)")
    }

    private func warnings(_ keys: String, neighbors: String? = nil) throws -> [String] {
        try Fixture.configuration(
            """
            setRouterID('192.0.2.1')
            \(neighbors ?? "newNeighbor{address='192.0.2.9', localAS=64500, peerAS=64501}")
            announce{prefix='192.0.2.53/32', when='always', \(keys)}
            """
        ).warnings
    }

    @Test func aPathThatDoesNotBeginWithUsIsWarnedOf() throws {
        #expect(
            try warnings("asPath={64999}") == [
                "test.lua:3: announce: asPath does not begin with our AS 64500: 192.0.2.9 refuses it"
                    + " if it is FRR or IOS (enforce-first-as)"
            ])
        #expect(try warnings("asPath={64500, 64999}").isEmpty)
        #expect(try warnings("asPath={64999}, asPathPrepend=1").isEmpty)
        #expect(
            try warnings(
                "asPath={64999}",
                neighbors: "newNeighbor{address='192.0.2.9', localAS=64500, peerAS=64500}"
            ).isEmpty)
        #expect(try warnings("med=1, whenDown={asPath={64999}}").count == 1)
    }

    @Test func aSetIsWarnedOf() throws {
        #expect(
            try warnings("asPath={64500, {1, 2}}") == [
                "test.lua:3: announce: asPath has an AS_SET, which is out of use (RFC 9774): BIRD"
                    + " refuses the route"
            ])
    }

    @Test(arguments: [
        ("::", "no address"), ("::1", "loopback"), ("ff02::1", "multicast"),
        ("::ffff:192.0.2.1", "an IPv4-mapped IPv6 address"), ("127.0.0.1", "loopback"),
    ])
    func aNextHopThatNobodyReachesIsWarnedOf(_ hop: String, _ word: String) throws {
        #expect(
            try warnings("nextHop='\(hop)'") == [
                "test.lua:3: announce: nextHop \(hop) is \(word): a router cannot send there"
            ])
        #expect(try warnings("nextHop='fe80::1'").isEmpty)
    }
}
