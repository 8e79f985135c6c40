// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import Testing

@testable import Balancing

/// Each action on a query: what it changes, and whether the next rule is asked.
@Suite struct ActionTests {
    /// The action, then a rule that says whether it was asked.
    private func chain(_ action: Action) throws -> RuleFixture {
        try RuleFixture([(.all, action), (.all, .responseCode(9))])
    }

    private static let goesOn = "answer 9"

    @Test(arguments: [
        (Action.none, "answer 9"), (.allow, "forward 0"), (.drop, "drop"),
        (.truncate, "truncate"), (.responseCode(3), "answer 3"),
        (.extendedResponseCode(23), "answer 23"), (.pool("x"), "forward 2"),
        (.pool("x", endsChain: false), "answer 9"),
        (.spoofAddresses([.loopbackV4]), "spoof 5"), (.spoofAlias([1, 0x61, 0]), "spoof 3"),
        (.spoofRaw([[1, 2], []], type: nil), "spoof 6"),
        (
            .negative(
                isNameError: true,
                StartOfAuthority(zone: [0], data: [0, 0], isInAuthoritySection: false)), "spoof 3"
        ),
    ])
    func decidesOrGoesOn(action: Action, expected: String) throws {
        #expect(try chain(action).verdict() == expected)
    }

    @Test func aPoolThatGoesOnStays() throws {
        let fixture = try RuleFixture([
            (.all, .pool("x", endsChain: false)), (.queryType(28), .pool("y")),
        ])
        #expect(fixture.verdict() == "forward 2")
        #expect(fixture.verdict(TestQuery(type: 28)) == "forward 3")
    }

    @Test func truncationLeavesTCPAlone() throws {
        #expect(try chain(.truncate).verdict(TestQuery(overTCP: true)) == Self.goesOn)
    }

    @Test(arguments: [
        (UInt16(1), "spoof"), (28, "answer"), (255, "spoof"), (16, "answer"),
    ])
    func addressesAnswerTheirOwnTypeAndAny(type: UInt16, beginning: String) throws {
        let fixture = try chain(.spoofAddresses([.loopbackV4]))
        #expect(fixture.verdict(TestQuery(type: type)).hasPrefix(beginning))
    }

    @Test func tagsAndStateTravelWithTheQuery() throws {
        let fixture = try RuleFixture([
            (.all, .setTag(name: "a", value: "1")), (.all, .setTag(name: "a", value: "two")),
            (.all, .delay(milliseconds: 250)), (.all, .skipCache),
            (.all, .temporaryFailureTTL(7)), (.all, .clientSubnet(.override(true))),
            (.all, .clientSubnet(.override(false))), (.all, .clientSubnet(.disable)),
            (.all, .clientSubnet(.prefixLengths(v4: 24, v6: 56))),
        ])
        #expect(fixture.verdict() == "forward 0")
        #expect(fixture.tag("a") == "two" && fixture.tag("b") == nil)
        #expect(fixture.state.delayMilliseconds == 250 && fixture.state.temporaryFailureTTL == 7)
        #expect(
            fixture.state.flags
                == [.skipsCache, .clientSubnetKeeps, .clientSubnetDisabled])
    }

    @Test func headerBitsChangeInTheMessage() throws {
        let fixture = try RuleFixture([
            (.all, .noRecurse), (.all, .disableValidation), (.recursionDesired, .drop),
        ])
        #expect(fixture.verdict() == "forward 0")
        #expect(fixture.packet[2] == 0 && fixture.packet[3] == 0x10)
    }

    @Test func ratesDropOrChooseAPool() throws {
        let limit = QueryRateLimit(perSecond: 2, burst: 2)
        let dropping = try chain(.dropAbove(limit))
        #expect((0..<3).map { _ in dropping.verdict() } == [Self.goesOn, Self.goesOn, "drop"])
        let choosing = try chain(.poolWithin(limit, pool: "x"))
        #expect(
            (0..<3).map { _ in choosing.verdict() } == ["forward 2", "forward 2", Self.goesOn])
    }

    @Test func logNotesAndGoesOn() throws {
        var target = LogTarget(path: "/tmp/none")
        target.includesTime = true
        let fixture = try chain(.log(target))
        #expect(fixture.verdict(TestQuery(from: "2001:db8::7")) == Self.goesOn)
        var entries: [RuleLogEntry] = []
        let log = fixture.fixture.statistics.log
        log.take { entries.append($0) }
        #expect(entries.count == 1 && log.targets == [target] && log.dropped == 0)
        #expect(entries.first?.client == IPAddress("2001:db8::7"))
        #expect(entries.first?.port == 4_000 && entries.first?.id == 0x1234)
        #expect(entries.first?.queryType == 1 && entries.first?.responseCode == nil)
        #expect(entries.first?.name == BalancingFixture.wire("www.example.org"))
        log.take { _ in Issue.record("taken twice") }
    }

    @Test func aFullLogDropsAndCounts() throws {
        let fixture = try chain(.log(LogTarget(path: "")))
        let log = fixture.fixture.statistics.log
        for _ in 0..<20_000 { _ = fixture.verdict() }
        var taken: UInt64 = 0
        log.take { entry in
            taken += 1
            #expect(entry.name.count == 17)
        }
        #expect(log.dropped > 0 && taken + log.dropped == 20_000)
        // There is room again, and entries lie around the ring's end.
        for _ in 0..<4_000 { _ = fixture.verdict() }
        var again = 0
        log.take { again += $0.name.count == 17 ? 1 : 0 }
        #expect(again == 4_000)
    }
}
