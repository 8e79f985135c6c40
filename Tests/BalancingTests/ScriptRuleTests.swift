// SPDX-License-Identifier: Apache-2.0

import Declarations
import Testing

@testable import Balancing

/// Scripts in rules: what their numbers do, and what their faults cost.
///
/// The script is a C function. It takes its result from the context, an array of `Int32` by slot, and
/// its text from the memory behind.
@Suite struct ScriptRuleTests {
    /// What the script returns and says: one for each plane thread of the fixture.
    final class Script {
        let result = UnsafeMutablePointer<Int32>.allocate(capacity: 2)
        private(set) var text = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 64)

        init(_ result: Int32, _ words: String = "") {
            self.result[0] = result
            // Calls, then the text's length.
            self.result[1] = Int32(words.utf8.count)
            _ = text.initialize(from: words.utf8)
            cell.initialize(to: Cell(result: self.result, text: text.baseAddress!))
        }

        struct Cell {
            let result: UnsafeMutablePointer<Int32>
            let text: UnsafeMutablePointer<UInt8>
            var calls = 0
            var setsAnswer = false
        }

        let cell = UnsafeMutablePointer<Cell>.allocate(capacity: 1)

        deinit {
            cell.deallocate()
            result.deallocate()
            text.deallocate()
        }

        var scripts: PolicyScripts {
            let function: ScriptFunction = { context, _, kind, query in
                let cell = context.assumingMemoryBound(to: Cell.self)
                cell.pointee.calls += 1
                let query = query.assumingMemoryBound(to: PolicyQuery.self)
                let length = Int(cell.pointee.result[1])
                query.pointee.scriptText = UnsafeBufferPointer(
                    start: cell.pointee.text, count: length)
                if cell.pointee.setsAnswer {
                    let packet = UnsafeMutablePointer(mutating: query.pointee.packet)
                    packet[2] |= 0x80
                }
                return cell.pointee.result[0]
            }
            return PolicyScripts(
                function: { _, _, _, _ in PolicyResult.none }, script: function,
                contexts: [UnsafeMutableRawPointer(cell), UnsafeMutableRawPointer(cell)])
        }
    }

    static let function = FunctionReference(
        kind: .queryRule, name: "f", location: SourceLocation(file: "r.lua", line: 1), ordinal: 0)

    private func verdict(
        _ result: Int32, _ text: String = "", overTCP: Bool = false
    ) throws -> (words: String, fixture: RuleFixture) {
        let script = Script(result, text)
        let fixture = try RuleFixture(scripts: script.scripts) {
            $0.pools.append(PoolDeclaration(name: "abuse"))
            $0.rules = [
                RuleFixture.rule(.all, .script(Self.function), "script"),
                RuleFixture.rule(.all, .responseCode(9), "next"),
            ]
        }
        let words = fixture.verdict(TestQuery(overTCP: overTCP))
        withExtendedLifetime(script) {}
        return (words, fixture)
    }

    @Test(arguments: [
        (ScriptAction.drop, "drop"), (.nxdomain, "answer 3"), (.refused, "answer 5"),
        (.spoof, "text spoof"), (.allow, "forward 0"), (.headerModify, "forward 0"),
        (.truncate, "truncate"), (.servFail, "answer 2"), (.none, "answer 9"),
        (.noOp, "answer 9"), (.noRecurse, "forward 0"), (.spoofRaw, "text spoofRaw"),
        (.spoofPacket, "text spoofPacket"),
    ])
    func everyNumberDoesWhatDnsdistsDoes(action: ScriptAction, expected: String) throws {
        let (words, fixture) = try verdict(action.rawValue)
        #expect(words == expected)
        #expect(fixture.fixture.snapshot.rules[0].statistics.total(.errors) == 0)
        if action == .noRecurse { #expect(fixture.packet[2] == 0) }
    }

    @Test func numbersWithTextReadIt() throws {
        #expect(try verdict(ScriptAction.pool.rawValue, "abuse").words == "forward 2")
        let delayed = try verdict(ScriptAction.delay.rawValue, "1500")
        #expect(delayed.words == "answer 9" && delayed.fixture.state.delayMilliseconds == 1_500)
        for text in ["k v w", "k=v w"] {
            let tagged = try verdict(ScriptAction.setTag.rawValue, text)
            #expect(tagged.words == "answer 9" && tagged.fixture.tag("k") == "v w")
        }
        #expect(try verdict(ScriptAction.truncate.rawValue, overTCP: true).words == "answer 9")
    }

    @Test(arguments: [
        (Int32(99), ""), (ScriptAction.pool.rawValue, "nowhere"),
        (ScriptAction.delay.rawValue, "soon"), (ScriptAction.delay.rawValue, "99999999999"),
        (ScriptAction.setTag.rawValue, "word"),
    ])
    func nonsenseIsCountedAndTheNextRuleAsked(result: Int32, text: String) throws {
        let (words, fixture) = try verdict(result, text)
        #expect(words == "answer 9")
        #expect(fixture.fixture.snapshot.rules[0].statistics.total(.errors) == 1)
    }

    @Test(arguments: [PolicyResult.error, PolicyResult.nonsense])
    func anErrorIsServFailAndCounted(result: Int32) throws {
        let (words, fixture) = try verdict(result)
        #expect(words == "answer 2")
        #expect(fixture.fixture.snapshot.rules[0].statistics.total(.errors) == 1)
        #expect(fixture.fixture.snapshot.rules[0].statistics.total(.timeouts) == 0)
    }

    @Test func aTimeoutTripsTheRuleOnItsThreadForASecond() throws {
        let script = Script(PolicyResult.timeout)
        let fixture = try RuleFixture(scripts: script.scripts) {
            $0.rules = [RuleFixture.rule(.all, .script(Self.function))]
        }
        #expect(fixture.verdict(TestQuery(now: 5_000_000)) == "answer 2")
        #expect(fixture.verdict(TestQuery(now: 5_000_000)) == "answer 2")
        #expect(fixture.verdict(TestQuery(now: 5_900_000)) == "answer 2")
        #expect(script.cell.pointee.calls == 1)
        #expect(fixture.verdict(TestQuery(now: 5_900_000, thread: 1)) == "answer 2")
        #expect(script.cell.pointee.calls == 2)
        script.result[0] = ScriptAction.allow.rawValue
        #expect(fixture.verdict(TestQuery(now: 6_100_000)) == "forward 0")
        #expect(fixture.fixture.snapshot.rules[0].statistics.total(.timeouts) == 2)
    }

    @Test func aScriptThatSetsQRHasAnsweredWhateverItReturns() throws {
        for action in [ScriptAction.headerModify, .none, .allow] {
            let script = Script(action.rawValue)
            script.cell.pointee.setsAnswer = true
            let fixture = try RuleFixture(scripts: script.scripts) {
                $0.rules = [RuleFixture.rule(.all, .script(Self.function))]
            }
            #expect(fixture.verdict() == "answered")
        }
    }

    @Test(arguments: [
        (Int32(1), "drop"), (0, "forward 0"), (PolicyResult.error, "forward 0"),
        (PolicyResult.timeout, "forward 0"),
    ])
    func aSelectorScriptSelectsOnTrueAlone(result: Int32, expected: String) throws {
        let script = Script(result)
        let fixture = try RuleFixture(scripts: script.scripts) {
            $0.rules = [RuleFixture.rule(.script(Self.function), .drop)]
        }
        #expect(fixture.verdict() == expected)
        // What failed is not selected by its opposite either.
        let opposite = try RuleFixture(scripts: script.scripts) {
            $0.rules = [RuleFixture.rule(.not(.script(Self.function)), .drop)]
        }
        #expect(opposite.verdict() == (result == 0 ? "drop" : "forward 0"))
        #expect(
            opposite.fixture.snapshot.rules[0].statistics.total(.errors) == (result < 0 ? 1 : 0))
    }

    @Test func rulesWithScriptsNeedThePlanesScripts() {
        #expect(throws: BalancingError.ruleWithoutScripts("r0")) {
            try RuleFixture([(.all, .script(Self.function))])
        }
        #expect(throws: BalancingError.ruleWithoutScripts("r0")) {
            try RuleFixture([(.not(.script(Self.function)), .drop)])
        }
    }
}
