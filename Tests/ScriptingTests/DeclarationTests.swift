// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import Testing

@testable import Scripting

/// Would catch: a key of newCheck, newNeighbor or announce with another default or unit than the
/// table in DESIGN §3.5.
@Suite struct DeclarationTests {
    static let run = "run = function() return true end"

    @Test func aCheckHasTheDocumentedDefaults() throws {
        let check = try #require(
            try Fixture.configuration("newCheck{name='a', \(Self.run)}").checks.first)
        #expect(check.intervalMilliseconds == 1_000)
        #expect(check.fastIntervalMilliseconds == 200)
        #expect(check.timeoutMilliseconds == 200)
        #expect((check.rise, check.fall) == (3, 3))
        #expect(check.hardFail == .count)
        #expect(check.restartGraceMilliseconds == 0)
        #expect(check.errorGraceMilliseconds == 60_000)
        #expect(check.splayMilliseconds == 0)
        #expect(check.disableFile == "./disable/a")
        #expect(check.run.kind == .check)
        #expect(check.run.location == SourceLocation(file: "test.lua", line: 1))
    }

    @Test(arguments: [
        ("interval=10, fastInterval=5", 10_000, 5_000, 500),
        ("interval=10", 10_000, 200, 200),
        ("interval='300ms'", 300, 200, 200),
        ("interval=0.1", 100, 100, 100),
        ("interval='2', timeout='1.5s'", 2_000, 200, 1_500),
        ("interval='1m', fastInterval='30s', timeout=10", 60_000, 30_000, 10_000),
    ])
    func timesAreSecondsOrTextWithAUnit(
        _ keys: String, _ interval: Int, _ fast: Int, _ timeout: Int
    ) throws {
        let check = try #require(
            try Fixture.configuration("newCheck{name='a', \(Self.run), \(keys)}").checks.first)
        #expect(check.intervalMilliseconds == interval)
        #expect(check.fastIntervalMilliseconds == fast)
        #expect(check.timeoutMilliseconds == timeout)
    }

    @Test func targetsAreAListOrATableByName() throws {
        let checks = try Fixture.configuration(
            """
            local server = newServer{address='192.0.2.7'}
            newCheck{name='a', \(Self.run), targets={'192.0.2.1', '192.0.2.2:5353', server}}
            newCheck{name='b', \(Self.run), targets={west='192.0.2.1', east='https://e/'},
              targetsUp='any'}
            newCheck{name='c', \(Self.run), targets={'1', '2', '3'}, targetsUp=2}
            newCheck{name='d', \(Self.run)}
            """
        ).checks
        #expect(checks[0].targets.map(\.name) == ["192.0.2.1", "192.0.2.2:5353", "192.0.2.7:53"])
        #expect(checks[0].targets.map(\.text) == checks[0].targets.map(\.name))
        #expect(checks[0].targetsUp == .all)
        #expect(
            checks[1].targets == [
                CheckTarget(name: "east", text: "https://e/"),
                CheckTarget(name: "west", text: "192.0.2.1"),
            ])
        #expect(checks[1].targetsUp == .any)
        #expect(checks[2].targetsUp == .count(2))
        #expect(checks[3].targets.isEmpty)
    }

    @Test(arguments: [
        ("targets='192.0.2.1'", "targets must be a list of texts"),
        ("targets={}", "targets must be 1 to 1000 texts"),
        ("targets={'a', 'b', 'a'}", "targets: 'a' is there twice"),
        ("targets={{}}", "targets must hold texts of 1 to 200 bytes, or servers, not"),
        ("targetsUp='any'", "targetsUp says something about targets only"),
        (
            "targets={'a', 'b'}, targetsUp=3",
            "targetsUp must be \"all\", \"any\" or a number from 1 to 2"
        ),
        ("targets={'a'}, targetsUp='most'", "targetsUp must be \"all\", \"any\" or a number"),
        ("tragets={'a'}", "unknown key 'tragets'; did you mean 'targets'?"),
    ])
    func wrongTargetsAreRefusedAtTheirLine(_ keys: String, _ expected: String) {
        let refusal = Fixture.refusal("\nnewCheck{name='a', \(Self.run), \(keys)}")
        #expect(refusal.hasPrefix("test.lua:2: newCheck: "), "\(refusal)")
        #expect(refusal.contains(expected), "\(refusal)")
    }

    @Test func aServerHasTheVerdictOfTheTargetThatIsItsAddress() throws {
        let configuration = try Fixture.configuration(
            """
            newServer{address='192.0.2.1', name='exact', check='c'}
            newServer{address='192.0.2.2:5353', name='by address', check='c'}
            newServer{address='192.0.2.3:5353', name='by port', check='c'}
            newServer{address='192.0.2.4', name='none', check='c'}
            newServer{address='[2001:db8::1]:53', name='six', check='c'}
            newServer{address='192.0.2.1', name='plain', check='d'}
            newCheck{name='c', \(Self.run), targets={'192.0.2.1', two='192.0.2.2',
              '192.0.2.3:5353', '192.0.2.3', '2001:db8::1'}}
            newCheck{name='d', \(Self.run)}
            """)
        #expect(
            configuration.servers.map(\.checkTarget)
                == ["192.0.2.1", "two", "192.0.2.3:5353", nil, "2001:db8::1", nil])
        #expect(
            configuration.warnings == [
                "test.lua:4: newServer: no target of check 'c' is 192.0.2.4:53: the server has the"
                    + " verdict of the check as a whole"
            ])
    }

    @Test func everyOtherKeyOfACheckIsRead() throws {
        let check = try #require(
            try Fixture.configuration(
                """
                newCheck{name='a', \(Self.run), rise='2', fall=1, hardFail='confirm',
                  restartGrace='5s', errorGrace=30, splay=0.5, disableFile='/run/a'}
                """
            ).checks.first)
        #expect((check.rise, check.fall) == (2, 1))
        #expect(check.hardFail == .confirm)
        #expect(check.restartGraceMilliseconds == 5_000)
        #expect(check.errorGraceMilliseconds == 30_000)
        #expect(check.splayMilliseconds == 500)
        #expect(check.disableFile == "/run/a")
    }

    @Test func aNeighborHasTheDocumentedDefaults() throws {
        let neighbor = try #require(
            try Fixture.configuration(
                "newNeighbor{address='192.0.2.1', localAS=64600, peerAS=64601}"
            ).neighbors.first)
        #expect(neighbor.key.endpoint.port == 179)
        #expect(neighbor.holdTimeSeconds == 10)
        #expect(neighbor.localAddress == nil)
        #expect(neighbor.routerID == nil)
        #expect(neighbor.families == [.ipv4Unicast])
        #expect(!neighbor.passive && !neighbor.shutdown)
        #expect(neighbor.ttlSecurityHops == nil && neighbor.multihop == nil)
    }

    @Test func aNeighborIsWatchedForWhatItNamesOrForAllThatIsAnnounced() throws {
        let neighbors = try Fixture.configuration(
            """
            newNeighbor{address='192.0.2.1', localAS=1, peerAS=2, watchPrefixes=true}
            newNeighbor{address='192.0.2.2', localAS=1, peerAS=2,
              watchPrefixes={'198.51.100.0/24', '2001:db8::1'}}
            newNeighbor{address='192.0.2.3', localAS=1, peerAS=2}
            announce{prefixes={'192.0.2.53/32', '192.0.2.54/32'}, when='always'}
            """
        ).neighbors
        let watched = neighbors.map { $0.watchPrefixes.sorted().map(\.description) }
        #expect(
            watched == [
                ["192.0.2.53/32", "192.0.2.54/32"], ["198.51.100.0/24", "2001:db8::1/128"], [],
            ])
        let fault = Fixture.refusal(
            "newNeighbor{address='192.0.2.1', localAS=1, peerAS=2, watchPrefixes={'nonsense'}}")
        #expect(
            fault == "test.lua:1: newNeighbor: watchPrefixes: 'nonsense' is not a prefix"
                + " (like 192.0.2.0/24)")
    }

    @Test func aNeighborOverIPv6TakesIPv6UnlessToldOtherwise() throws {
        let neighbors = try Fixture.configuration(
            """
            newNeighbor{address='2001:db8::1', localAS=1, peerAS=1}
            newNeighbor{address='fe80::1%eth0', localAS=1, peerAS=2, port=1179,
              families={'ipv4 unicast', 'ipv6 unicast'}}
            """
        ).neighbors
        #expect(neighbors.map(\.families) == [[.ipv6Unicast], [.ipv4Unicast, .ipv6Unicast]])
        #expect(neighbors[0].isInternal)
        #expect(neighbors[1].key.endpoint.interface == "eth0")
        #expect(neighbors[1].key.endpoint.port == 1179)
    }

    @Test func everyOtherKeyOfANeighborIsRead() throws {
        let neighbor = try #require(
            try Fixture.configuration(
                """
                newNeighbor{address='192.0.2.1', port='1790', localAS='64600', peerAS=4200000000,
                  localAddress='192.0.2.2', routerID='192.0.2.3', holdTime='30s', passive=true,
                  shutdown=true, md5Password='secret', ttlSecurity=1, description='rack'}
                """
            ).neighbors.first)
        #expect(neighbor.peerAS == 4_200_000_000)
        #expect(neighbor.localAddress == IPAddress("192.0.2.2"))
        #expect(neighbor.routerID == 0xc000_0203)
        #expect(neighbor.holdTimeSeconds == 30)
        #expect(neighbor.passive && neighbor.shutdown)
        #expect(neighbor.md5Password == "secret")
        #expect(neighbor.ttlSecurityHops == 1)
        #expect(neighbor.description == "rack")
    }

    @Test func anAnnouncementHasTheDocumentedDefaults() throws {
        let configuration = try Fixture.configuration(
            """
            local check = newCheck{name='resolver', \(Self.run)}
            announce{prefix='192.0.2.53/32', when=check}
            """)
        let announcement = try #require(configuration.announcements.first)
        #expect(announcement.condition == .checks(["resolver"]))
        #expect(announcement.attributes == RouteAttributes())
        #expect(announcement.neighbors == nil)
        #expect(announcement.whenDown == .withdraw)
        #expect(announcement.reannounceDelay == ReannounceDelay())
        #expect(announcement.requiredAddress == IPAddress("192.0.2.53"))
        #expect(announcement.name == "192.0.2.53/32")
        #expect(announcement.rule == nil)
    }

    @Test func everyKeyOfAnAnnouncementIsRead() throws {
        let configuration = try Fixture.configuration(
            """
            local a = newCheck{name='a', \(Self.run)}
            local rack = newNeighbor{address='192.0.2.1', localAS=1, peerAS=2}
            announce{prefixes={'198.51.100.0/24', '2001:db8::53'}, when={a, 'b'}, name='service',
              nextHop='192.0.2.9', med='100', localPreference=200, origin='incomplete',
              asPathPrepend=3, communities={'no-export', '64500:53', '64500:53'},
              largeCommunities='4200000000:1:2', extendedCommunities={'rt:64500:7'},
              neighbors={rack, '192.0.2.1'}, whenDown={med=500, communities={}},
              reannounceDelay={first=1, step='2s', max=3, halfLife='1m'},
              address='198.51.100.1', rule=function(node) return true end}
            newCheck{name='b', \(Self.run)}
            """)
        #expect(configuration.announcements.count == 2)
        let announcement = configuration.announcements[0]
        #expect(announcement.condition == .checks(["a", "b"]))
        #expect(announcement.name == "service")
        #expect(announcement.rule?.kind == .rule)
        #expect(announcement.attributes.nextHop == .address(IPAddress(v4: 0xc000_0209)))
        #expect(announcement.attributes.med == 100)
        #expect(announcement.attributes.localPreference == 200)
        #expect(announcement.attributes.origin == .incomplete)
        #expect(announcement.attributes.asPathPrepend == 3)
        #expect(
            announcement.attributes.communities.map(\.description) == ["64500:53", "65535:65281"])
        #expect(announcement.attributes.largeCommunities.map(\.description) == ["4200000000:1:2"])
        #expect(announcement.attributes.extendedCommunities == [0x0002_fbf4_0000_0007])
        #expect(announcement.neighbors?.first == configuration.neighbors[0].key)
        var down = announcement.attributes
        down.med = 500
        down.communities = []
        #expect(announcement.whenDown == .attributes(down))
        #expect(announcement.reannounceDelay.firstSeconds == 1)
        #expect(announcement.reannounceDelay.halfLifeSeconds == 60)
        #expect(announcement.requiredAddress == IPAddress("198.51.100.1"))
        #expect(configuration.announcements[1].prefix.description == "2001:db8::53/128")
    }

    @Test(arguments: [
        ("when='always'", AnnounceCondition.always),
        ("rule=function() return true end", .ruleAlone),
    ])
    func aRouteMayFollowNoCheck(_ keys: String, _ condition: AnnounceCondition) throws {
        let configuration = try Fixture.configuration(
            "announce{prefix='192.0.2.53/32', requireAddress=false, \(keys)}")
        #expect(configuration.announcements.first?.condition == condition)
        #expect(configuration.announcements.first?.requiredAddress == nil)
    }

    @Test func aPrefixThatNoNeighborTakesIsWarnedOf() throws {
        let warnings = try Fixture.configuration(
            """
            setRouterID("192.0.2.1")
            newNeighbor{address='192.0.2.1', localAS=1, peerAS=2}
            announce{prefix='2001:db8::53/128', when='always'}
            """
        ).warnings
        #expect(
            warnings == [
                "test.lua:3: announce: no neighbor takes 2001:db8::53/128"
                    + " (families has no \"ipv6 unicast\")"
            ])
    }

    @Test func aServerMayFollowACheck() throws {
        let servers = try Fixture.configuration(
            """
            local c = newCheck{name='c', \(Self.run)}
            newServer{address='192.0.2.1', check=c}
            newServer{address='192.0.2.2', check='d'}
            newCheck{name='d', \(Self.run)}
            """
        ).servers
        #expect(servers.map(\.check) == ["c", "d"])
    }

    @Test(arguments: [
        ("rt:64500:7", 0x0002_fbf4_0000_0007 as UInt64?),
        ("ro:192.0.2.1:5", 0x0103_c000_0201_0005),
        ("rt:4200000000:5", 0x0202_fa56_ea00_0005),
        ("0x0002fbf400000007", 0x0002_fbf4_0000_0007),
        ("rt:64500", nil), ("xx:1:2", nil), ("rt:4200000000:70000", nil), ("0x12", nil),
    ])
    func extendedCommunitiesAreEightOctets(_ text: String, _ value: UInt64?) {
        #expect(ExtendedCommunityText.parse(text) == value)
    }

    @Test(arguments: [
        ("intervall", "interval" as String?), ("Timeout", "timeout"), ("nmae", "name"),
        ("fastintervall", "fastInterval"), ("xyz", nil), ("", nil),
    ])
    func theNearestNameIsFound(_ name: String, _ nearest: String?) {
        #expect(NearestName.of(name, among: Evaluation.checkKeys) == nearest)
    }

    @Test(arguments: [
        ("500ms", 0.5 as Double?), ("2s", 2), ("1.5 s", 1.5), ("3m", 180), ("2min", 120),
        ("1h", 3_600), ("7", 7), ("abc", nil), ("5x", nil), ("", nil), ("inf", nil),
    ])
    func timesAreParsed(_ text: String, _ seconds: Double?) {
        #expect(TimeText.seconds(text) == seconds)
    }
}
