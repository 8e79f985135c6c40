// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import Testing

@testable import Balancing

/// Catches chains that end too early or too late, and selectors that combine wrongly.
@Suite struct RuleProgramTests {
    private func verdict(
        _ rules: [(Selector, Action)], type: UInt16 = 1, overTCP: Bool = false,
        from: String = "192.0.2.1"
    ) throws -> String {
        let fixture = try RuleFixture(rules)
        return fixture.verdict(TestQuery(type: type, from: from, overTCP: overTCP))
    }

    private func prefixes(_ texts: [String]) -> [IPPrefix] { texts.compactMap { IPPrefix($0) } }

    @Test func withoutRulesTheDefaultPoolAnswers() throws {
        #expect(try verdict([]) == "forward 0")
    }

    @Test(arguments: [
        (UInt16(255), false, "truncate"), (255, true, "forward 0"), (1, false, "forward 0"),
    ])
    func anyQueriesAreTruncatedOverUDPAlone(
        type: UInt16, overTCP: Bool, expected: String
    ) throws {
        let rule = Selector.and([.queryType(255), .overTCP(false)])
        #expect(try verdict([(rule, .truncate)], type: type, overTCP: overTCP) == expected)
        // TCAction alone does nothing over TCP either.
        #expect(
            try verdict([(.queryType(255), .truncate)], type: type, overTCP: overTCP) == expected)
    }

    @Test func theFirstRuleThatDecidesWins() throws {
        let inside = Selector.source(prefixes(["192.0.2.0/24"]))
        // Pool 1 is the fixture's own.
        #expect(
            try verdict([(.all, .none), (inside, .pool("x")), (.all, .drop)]) == "forward 2")
        #expect(
            try verdict([(inside, .allow), (.all, .drop)], from: "198.51.100.1") == "drop")
        #expect(try verdict([(inside, .allow), (.all, .drop)]) == "forward 0")
        #expect(try verdict([(.all, .responseCode(5))]) == "answer 5")
    }

    @Test func nestedSelectorsMatchAsTheyRead() throws {
        let selector = Selector.or([
            .and([.queryType(16), .not(.overTCP(true))]),
            .and([.not(.or([.queryType(1), .queryType(16)])), .overTCP(true)]),
        ])
        func isSelected(_ type: UInt16, _ overTCP: Bool) throws -> Bool {
            try verdict([(selector, .drop)], type: type, overTCP: overTCP) == "drop"
        }
        #expect(try isSelected(16, false))
        #expect(try !isSelected(16, true))
        #expect(try isSelected(28, true))
        #expect(try !isSelected(28, false))
        #expect(try !isSelected(1, true))
    }

    @Test func emptyPartsMatchAsLogicSays() throws {
        #expect(try verdict([(.and([]), .drop)]) == "drop")
        #expect(try verdict([(.or([]), .drop)]) == "forward 0")
    }

    @Test func selectorsBeyondTheBoundAreRefused() {
        func nest(_ depth: Int) -> Selector {
            (1..<depth).reduce(Selector.all) { inner, _ in .not(inner) }
        }
        #expect(throws: Never.self) { try verdict([(nest(RuleProgram.depthMax), .drop)]) }
        #expect(throws: BalancingError.self) {
            try verdict([(nest(RuleProgram.depthMax + 1), .drop)])
        }
    }

    @Test func everyRuleCountsWhatItSelectsUnderItsName() throws {
        let fixture = try RuleFixture([
            (.all, .none), (.queryType(28), .drop), (.all, .none), (.all, .allow), (.all, .drop),
        ])
        for type: UInt16 in [1, 28, 1] { _ = fixture.verdict(TestQuery(type: type)) }
        #expect((0..<5).map { fixture.hits($0) } == [3, 1, 2, 2, 0])
        #expect(fixture.fixture.snapshot.rules.map(\.name) == ["r0", "r1", "r2", "r3", "r4"])
    }

    @Test func countersOfAKeptRuleGoOnAcrossSnapshots() throws {
        let fixture = try RuleFixture { configuration in
            configuration.rules = [RuleFixture.rule(.all, Action.none, "kept")]
        }
        _ = fixture.verdict()
        var next = fixture.fixture.configuration
        next.rules = [
            RuleFixture.rule(.all, Action.none, "new"), RuleFixture.rule(.all, .drop, "kept"),
            RuleFixture.rule(.all, .drop, "kept"),
        ]
        let snapshot = try PlaneSnapshot(
            next, generation: 2, handles: [], slab: fixture.fixture.slab,
            statistics: fixture.fixture.statistics)
        #expect(snapshot.rules.map { $0.statistics.total(.hits) } == [0, 1, 0])
    }

    @Test func theTypesThatThePlaneWalksHoldNoReferences() {
        #expect(_isPOD(RuleNode.self) && _isPOD(RuleEffect.self))
        #expect(_isPOD(ResponseRuleEffect.self) && _isPOD(RuleVerdict.self))
        #expect(_isPOD(PlaneView.self) && _isPOD(PolicyQuery.self) && _isPOD(QueryState.self))
    }
}
