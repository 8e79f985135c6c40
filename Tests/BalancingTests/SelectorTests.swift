// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import Testing

@testable import Balancing

/// Each selector: what it selects, and what it does not.
@Suite struct SelectorTests {
    private func isSelected(_ selector: Selector, _ query: TestQuery = TestQuery()) throws -> Bool {
        try RuleFixture([(selector, .drop)]).verdict(query) == "drop"
    }

    private func wire(_ name: String) -> WireName { BalancingFixture.wire(name) }

    private func prefixes(_ texts: String...) -> [IPPrefix] { texts.compactMap { IPPrefix($0) } }

    @Test func typeClassAndTransportAreCompared() throws {
        #expect(try isSelected(.all))
        #expect(try isSelected(.queryType(28), TestQuery(type: 28)))
        #expect(try !isSelected(.queryType(28)))
        #expect(try isSelected(.queryClass(3), TestQuery(class: 3)))
        #expect(try !isSelected(.queryClass(3)))
        #expect(try isSelected(.overTCP(true), TestQuery(overTCP: true)))
        #expect(try !isSelected(.overTCP(true)))
    }

    @Test func headerBitsAreRead() throws {
        #expect(try isSelected(.opcode(4), TestQuery(flags: 0x2100)))
        #expect(try !isSelected(.opcode(4)))
        #expect(try isSelected(.recursionDesired))
        #expect(try !isSelected(.recursionDesired, TestQuery(flags: 0)))
        #expect(try isSelected(.responseCode(3), TestQuery(flags: 0x8183)))
        #expect(try !isSelected(.responseCode(3), TestQuery(flags: 0x8182)))
    }

    @Test(arguments: [
        ("www.example.org", true), ("WWW.Example.ORG", true), ("example.org", false),
        ("a.www.example.org", false), ("www.example.com", false), ("", false),
    ])
    func aNameIsOneNameInAnyCase(name: String, isSelected expected: Bool) throws {
        let query = TestQuery(name: name)
        #expect(try isSelected(.queryName(wire("www.example.org")), query) == expected)
        let set: Set = [wire("other.test"), wire("www.example.org")]
        #expect(try isSelected(.queryNames(set), query) == expected)
    }

    @Test(arguments: [
        ("example.org", true), ("www.EXAMPLE.org", true), ("a.b.c.example.org", true),
        ("badexample.org", false), ("org", false), ("example.org.evil.test", false), ("", false),
    ])
    func aSuffixEndsAtALabel(name: String, isSelected expected: Bool) throws {
        let set: Set = [wire("example.org"), wire("other.test")]
        #expect(try isSelected(.suffixes(set), TestQuery(name: name)) == expected)
    }

    @Test func theRootAsSuffixSelectsEverythingAndNoSuffixNothing() throws {
        #expect(try isSelected(.suffixes([[0]])))
        #expect(try isSelected(.suffixes([[0]]), TestQuery(name: "")))
        #expect(try !isSelected(.suffixes([])))
        #expect(try !isSelected(.queryNames([])))
    }

    @Test(arguments: [
        ("^www[0-9]+\\.", "www12.example.org", true), ("^www[0-9]+\\.", "WWW3.example.org", true),
        ("^www[0-9]+\\.", "www.example.org", false), ("\\.org$", "example.org", true),
        ("^$", "", true), ("a\\\\\\.b", "x", false), ("(ads|track)\\.", "a.track.test", true),
    ])
    func anExpressionSeesTheNameWithoutItsLastDot(
        text: String, name: String, isSelected expected: Bool
    ) throws {
        #expect(
            try isSelected(.regularExpression(text), TestQuery(name: name)) == expected)
    }

    @Test func aBadExpressionNamesItselfAndItsPlace() throws {
        do {
            _ = try isSelected(.regularExpression("("))
            Issue.record("( was taken")
        } catch let error as BalancingError {
            #expect("\(error)".hasPrefix("r.lua:1: the regular expression \"(\" of rule \"r0\""))
        }
    }

    @Test func lengthsAreOutsideTheirBounds() throws {
        // Three labels, 17 octets with the root's.
        for (min, max, expected) in [(0, 2, true), (4, 9, true), (3, 3, false), (1, 5, false)] {
            #expect(try isSelected(.labelCountOutside(min: min, max: max)) == expected)
        }
        for (min, max, expected) in [(0, 16, true), (18, 255, true), (17, 17, false)] {
            #expect(try isSelected(.nameLengthOutside(min: min, max: max)) == expected)
        }
    }

    @Test func ednsIsReadFromTheOPT() throws {
        let plain = TestQuery()
        let cookie = TestQuery(
            rest: TestQuery.opt(dnssecOK: true, version: 1, options: [0, 10, 0, 1, 7]),
            counts: [0, 0, 1])
        let bare = TestQuery(rest: TestQuery.opt(), counts: [0, 0, 1])
        #expect(try isSelected(.dnssecOK, cookie))
        #expect(try !isSelected(.dnssecOK, bare))
        #expect(try !isSelected(.dnssecOK, plain))
        #expect(try isSelected(.ednsOption(10), cookie))
        #expect(try !isSelected(.ednsOption(8), cookie))
        #expect(try !isSelected(.ednsOption(10), bare))
        #expect(try isSelected(.ednsVersionAbove(0), cookie))
        #expect(try !isSelected(.ednsVersionAbove(1), cookie))
        #expect(try !isSelected(.ednsVersionAbove(0), plain))
        // BADVERS, 16: the OPT's upper bits are 1, the header's four are 0.
        var badVersion = TestQuery(
            flags: 0x8180, rest: TestQuery.opt(), counts: [0, 0, 1], isResponse: true)
        badVersion.rest[5] = 1
        #expect(try isSelected(.extendedResponseCode(16), badVersion))
        #expect(try !isSelected(.extendedResponseCode(0), badVersion))
        #expect(try isSelected(.responseCode(0), badVersion))
        // Without an OPT there is no extended code, not even 0: as dnsdist.
        #expect(try !isSelected(.extendedResponseCode(0), plain))
        #expect(try isSelected(.extendedResponseCode(0), bare))
    }

    @Test func trailingDataIsWhatFollowsTheLastRecord() throws {
        #expect(try !isSelected(.trailingData))
        #expect(try isSelected(.trailingData, TestQuery(rest: [1])))
        let withOPT = TestQuery(rest: TestQuery.opt(), counts: [0, 0, 1])
        #expect(try !isSelected(.trailingData, withOPT))
        var both = withOPT
        both.rest += [1, 2]
        #expect(try isSelected(.trailingData, both))
        // A message that is cut short has no end to trail.
        #expect(try !isSelected(.trailingData, TestQuery(rest: [0, 0], counts: [0, 0, 1])))
    }

    @Test func recordsAreCountedBySectionAndType() throws {
        let opt = TestQuery(rest: TestQuery.opt(), counts: [0, 0, 1])
        #expect(try isSelected(.recordCount(section: 3, 1...1), opt))
        #expect(try !isSelected(.recordCount(section: 3, 1...1)))
        #expect(try isSelected(.recordCount(section: 0, 1...1)))
        #expect(try isSelected(.recordTypeCount(section: 3, type: 41, 1...65_535), opt))
        #expect(try !isSelected(.recordTypeCount(section: 3, type: 1, 1...65_535), opt))
        #expect(try isSelected(.recordTypeCount(section: 0, type: 1, 1...1), opt))
        #expect(try isSelected(.recordTypeCount(section: 1, type: 1, 0...0), opt))
    }

    @Test func addressesAndPortsAreMatched() throws {
        #expect(try isSelected(.source(prefixes("192.0.2.0/24"))))
        #expect(try !isSelected(.source(prefixes("192.0.3.0/24"))))
        #expect(
            try isSelected(.source(prefixes("2001:db8::/32")), TestQuery(from: "2001:db8::1")))
        #expect(try isSelected(.destination(prefixes("198.51.100.53/32"))))
        #expect(try !isSelected(.destination(prefixes("192.0.2.0/24"))))
        #expect(try isSelected(.destinationPort(5_353), TestQuery(port: 5_353)))
        #expect(try !isSelected(.destinationPort(5_353)))
    }

    @Test func tagsSetByEarlierRulesAreSeen() throws {
        let fixture = try RuleFixture([
            (.queryType(28), .setTag(name: "six", value: "yes")),
            (.tag(name: "six", value: "no"), .responseCode(1)),
            (.tag(name: "six", value: "yes"), .responseCode(2)),
            (.tag(name: "other", value: nil), .responseCode(3)),
            (.tag(name: "six", value: nil), .responseCode(4)),
        ])
        #expect(fixture.verdict(TestQuery(type: 28)) == "answer 2")
        #expect(fixture.verdict() == "forward 0")
        let any = try RuleFixture([
            (.all, .setTag(name: "a", value: "")), (.tag(name: "a", value: nil), .drop),
        ])
        #expect(any.verdict() == "drop")
    }

    @Test(arguments: [(0.0, 0...0), (0.25, 2_200...2_800), (1.0, 10_000...10_000)])
    func probabilityIsAShare(share: Double, expected: ClosedRange<Int>) throws {
        let fixture = try RuleFixture([(.probability(share), .drop)])
        let hits = (0..<10_000).count { _ in fixture.verdict() == "drop" }
        #expect(expected.contains(hits), "\(hits) of 10000")
    }

    @Test func poolsAreAvailableWhileAServerIsUp() throws {
        let fixture = try RuleFixture(
            [server("one", pools: ["p"]), server("two", pools: ["p"])]
        ) {
            $0.rules = [
                RuleFixture.rule(.poolAvailable("nobody"), .responseCode(1)),
                RuleFixture.rule(.poolOutstandingAbove("p", 1), .responseCode(2)),
                RuleFixture.rule(.poolAvailable("p"), .allow),
                RuleFixture.rule(.all, .responseCode(3)),
            ]
        }
        let handles = fixture.fixture.handles
        #expect(fixture.verdict() == "forward 0")
        handles[0].setUpStatus(false)
        #expect(fixture.verdict() == "forward 0")
        handles[1].setUpStatus(false)
        #expect(fixture.verdict() == "answer 3")
        handles[0].noteStarted()
        #expect(fixture.verdict() == "answer 3")
        handles[1].noteStarted()
        #expect(fixture.verdict() == "answer 2")
        for handle in handles { handle.noteFinished() }
    }

    @Test func aRateSelectsWhatExceedsIt() throws {
        let limit = QueryRateLimit(perSecond: 10, burst: 3)
        let fixture = try RuleFixture([(.queryRateAbove(limit), .drop)])
        func verdicts(at now: UInt64) -> [String] {
            (0..<5).map { _ in fixture.verdict(TestQuery(now: now)) }
        }
        let three = Array(repeating: "forward 0", count: 3) + ["drop", "drop"]
        #expect(verdicts(at: 10_000_000) == three)
        // A tenth of a second is one token more.
        #expect(verdicts(at: 10_100_000).filter { $0 == "forward 0" }.count == 1)
        #expect(verdicts(at: 60_000_000) == three)
    }

    @Test func rulesThatAskTheSourcesRateSeeEachSource() throws {
        var limit = SourceQueryRateLimit(rate: QueryRateLimit(perSecond: 2, burst: 2))
        limit.lengthV4 = 24
        let fixture = try RuleFixture([(.sourceQueryRateAbove(limit), .drop)])
        let verdicts = ["192.0.2.1", "192.0.2.9", "192.0.2.1", "198.51.100.1"].map {
            fixture.verdict(TestQuery(from: $0))
        }
        #expect(verdicts == ["forward 0", "forward 0", "drop", "forward 0"])
    }

    @Test func tenThousandSuffixesAreAskedByLabelsNotOneByOne() throws {
        let names = Set((0..<10_000).map { wire("host\($0).block\($0 % 97).test") })
        let set = NameSet(names)
        defer { set.deallocate() }
        #expect(set.count == 10_000)
        func isIn(_ name: String) -> Bool {
            wire(name).withUnsafeBytes { set.containsSuffix(of: $0) }
        }
        for index in 0..<10_000 {
            #expect(isIn("www.host\(index).BLOCK\(index % 97).test"))
            #expect(!isIn("host\(index).block97.test"))
        }
        let deep = Array(repeating: "a", count: 100).joined(separator: ".")
        #expect(isIn(deep + ".host1.block1.test"))
        #expect(!isIn(deep + ".test"))
    }
}
