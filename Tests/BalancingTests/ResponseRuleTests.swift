// SPDX-License-Identifier: Apache-2.0

import Declarations
import Testing

@testable import Balancing

/// Each action on an answer, and what ends the chain.
@Suite struct ResponseRuleTests {
    /// One A record of the question's name, TTL 60.
    private static let record: [UInt8] = [
        0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1,
    ]
    private static let answer = TestQuery(
        flags: 0x8180, rest: record + TestQuery.opt(), counts: [1, 0, 1], isResponse: true)

    private func fixture(
        _ rules: [(Selector, ResponseAction)], scripts: PolicyScripts? = nil
    ) throws -> RuleFixture {
        try RuleFixture(scripts: scripts) {
            $0.responseRules = rules.map { RuleFixture.rule($0.0, $0.1) }
        }
    }

    private func ttl(_ packet: [UInt8]) -> Int { Int(packet[33 + 8]) << 8 | Int(packet[33 + 9]) }

    @Test(arguments: [
        (ResponseAction.allow, true), (.drop, false), (.none, false), (.skipCache, false),
        (.delay(milliseconds: 5), false), (.setTag(name: "a", value: "b"), false),
        (.truncate, true), (.limitTTL(min: 0, max: 5, types: []), false),
        (.clearRecordTypes([1]), false), (.log(LogTarget(path: "/x")), false),
    ])
    func decidesOrGoesOn(action: ResponseAction, passes: Bool) throws {
        let fixture = try fixture([(.all, action), (.all, .drop)])
        #expect(fixture.passes(Self.answer) == passes)
    }

    @Test func stateAndTagsOfTheQueryAreSeenAndChanged() throws {
        let fixture = try fixture([
            (.responseCode(3), .setTag(name: "code", value: "nx")),
            (.tag(name: "code", value: "nx"), .delay(milliseconds: 40)),
            (.tag(name: "code", value: nil), .skipCache),
        ])
        var query = Self.answer
        query.flags = 0x8183
        #expect(fixture.passes(query))
        #expect(fixture.state.delayMilliseconds == 40 && fixture.state.flags == [.skipsCache])
        #expect(fixture.passes(Self.answer) && fixture.state.delayMilliseconds == 0)
        #expect((0..<3).map { fixture.hits($0) } == [1, 1, 1])
    }

    @Test(arguments: [
        (UInt32(0), UInt32(30), [UInt16](), 30), (100, .max, [], 100), (0, 300, [], 60),
        (0, 30, [28], 60), (0, 30, [1, 28], 30),
    ])
    func lifetimesAreLimitedByType(
        min: UInt32, max: UInt32, types: [UInt16], expected: Int
    ) throws {
        let fixture = try fixture([(.all, .limitTTL(min: min, max: max, types: Set(types)))])
        #expect(fixture.passes(Self.answer) && ttl(fixture.packet) == expected)
        #expect(fixture.packet.count == Self.answer.packet.count)
    }

    @Test func recordsOfATypeAreCleared() throws {
        let fixture = try fixture([(.queryType(1), .clearRecordTypes([1, 28]))])
        #expect(fixture.passes(Self.answer))
        #expect(fixture.packet.count == Self.answer.packet.count - Self.record.count)
        #expect(fixture.packet[7] == 0 && fixture.packet[11] == 1)
        let none = try self.fixture([(.all, .clearRecordTypes([]))])
        #expect(none.passes(Self.answer) && none.packet == Self.answer.packet)
    }

    @Test func truncationEmptiesTheAnswerOverUDPAlone() throws {
        let fixture = try fixture([(.all, .truncate)])
        #expect(fixture.passes(Self.answer))
        #expect(fixture.packet[2] & 2 != 0 && fixture.packet.count == 33 + 11)
        var overTCP = Self.answer
        overTCP.overTCP = true
        #expect(fixture.passes(overTCP) && fixture.packet == overTCP.packet)
    }

    @Test(arguments: [
        (ScriptResponseAction.allow, true, 0, 0), (.drop, false, 0, 0),
        (.headerModify, true, 0, 0), (.servFail, true, 2, 0), (.truncate, true, 0, 0),
        (.none, true, 0, 0), (.delay, true, 0, 1),
    ])
    func scriptsDecideByDnsdistsNumbers(
        action: ScriptResponseAction, passes: Bool, code: UInt8, errors: UInt64
    ) throws {
        let script = ScriptRuleTests.Script(action.rawValue)
        let fixture = try fixture(
            [(.all, .script(ScriptRuleTests.function))], scripts: script.scripts)
        #expect(fixture.passes(Self.answer) == passes)
        #expect(fixture.packet[3] & 0xf == code)
        #expect(fixture.fixture.snapshot.rules[0].statistics.total(.errors) == errors)
    }

    @Test func aScriptsFaultLeavesTheAnswerAsItIs() throws {
        for result in [PolicyResult.error, PolicyResult.timeout, 99] {
            let script = ScriptRuleTests.Script(result)
            let fixture = try fixture(
                [(.all, .script(ScriptRuleTests.function))], scripts: script.scripts)
            for _ in 0..<3 {
                #expect(fixture.passes(Self.answer) && fixture.packet == Self.answer.packet)
            }
            // A timeout trips the rule: the other two were not asked.
            let expected: UInt64 = result == PolicyResult.timeout ? 1 : 3
            #expect(fixture.fixture.snapshot.rules[0].statistics.total(.errors) == expected)
        }
    }
}
