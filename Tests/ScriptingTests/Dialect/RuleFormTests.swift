// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import Testing

@testable import Scripting

/// Would catch: a form of `addAction`'s first argument, an option, a chain or a way of moving rules
/// that published files use and that means something else here.
@Suite struct RuleFormTests {
    private static func wire(_ labels: String...) -> WireName {
        labels.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }

    private static let prefix = IPPrefix("192.0.2.0/24").map { [$0] } ?? []
    private static let host = IPPrefix("192.0.2.1").map { [$0] } ?? []

    @Test(arguments: [
        ("'192.0.2.0/24'", Selector.source(prefix)),
        ("'192.0.2.1'", .source(host)),
        ("'example.com'", .suffixes([wire("example", "com")])),
        ("'Example.COM.'", .suffixes([wire("example", "com")])),
        ("{'a.example', 'b.example'}", .suffixes([wire("a", "example"), wire("b", "example")])),
        ("{'192.0.2.0/24'}", .source(prefix)),
        (
            "{'192.0.2.0/24', 'a.example'}",
            .or([
                .source(prefix), .suffixes([wire("a", "example")]),
            ])
        ),
        ("{}", .suffixes([])),
        ("makeRule('a.example')", .suffixes([wire("a", "example")])),
        ("makeRule({'192.0.2.0/24'})", .source(prefix)),
        ("'.'", .suffixes([[0]])),
    ])
    func textSelectsByNetmaskOrName(_ text: String, _ expected: Selector) throws {
        let rules = try Fixture.configuration("addAction(\(text), DropAction())").rules
        #expect(rules.map(\.selector) == [expected])
    }

    @Test(arguments: [
        ("nil", "addAction: rule must be a rule selector, a netmask, a name, or a list"),
        ("DropAction()", "not an action"),
        ("{'a..b'}", "addAction: rule 'a..b' is not a name"),
        ("{name = 'x'}", "rule must be a list without names or holes"),
    ])
    func whatSelectsNothingIsRefused(_ text: String, _ message: String) {
        let refusal = Fixture.refusal("addAction(\(text), DropAction())")
        #expect(refusal.contains(message), "\(refusal)")
    }

    @Test func optionsNameARule() throws {
        let configuration = try Fixture.configuration(
            """
            addAction(AllRule(), NoneAction(), {name="a", uuid="u-1"})
            addAction(AllRule(), NoneAction(), {nmae="b"})
            addResponseAction(AllRule(), AllowResponseAction(), {name="r"})
            """)
        #expect(configuration.rules.map(\.name) == ["a", "rule #1"])
        #expect(configuration.rules.map(\.uuid) == ["u-1", ""])
        #expect(configuration.responseRules.map(\.name) == ["r"])
        #expect(
            configuration.warnings == [
                "test.lua:2: addAction: unknown key 'nmae'; did you mean 'name'?"
            ])
    }

    @Test func eachChainOnAnswersIsItsOwn() throws {
        let configuration = try Fixture.configuration(
            """
            addResponseAction(RCodeRule(2), DropResponseAction())
            addCacheHitResponseAction("a.example", DelayResponseAction(5))
            addSelfAnsweredResponseAction(AllRule(), SetTagResponseAction("a", "b"))
            addLuaResponseAction(AllRule(), function(dr) return DNSAction.None end)
            """)
        #expect(configuration.responseRules.map(\.selector) == [.responseCode(2), .all])
        #expect(configuration.responseRules.first?.action == .drop)
        #expect(configuration.functions.map(\.kind) == [.responseRule])
        #expect(
            configuration.responseRules.last?.action
                == configuration.functions.first.map { .script($0) })
        #expect(configuration.cacheHitResponseRules.map(\.action) == [.delay(milliseconds: 5)])
        #expect(
            configuration.selfAnsweredResponseRules.map(\.action) == [
                .setTag(name: "a", value: "b")
            ])
    }

    @Test(arguments: [
        ("AllowResponseAction()", ResponseAction.allow),
        ("DropResponseAction()", .drop),
        ("TCResponseAction()", .truncate),
        ("DelayResponseAction(10)", .delay(milliseconds: 10)),
        ("SetTagResponseAction('a', 'b')", .setTag(name: "a", value: "b")),
        ("TagResponseAction('a', 'b')", .setTag(name: "a", value: "b")),
        ("SetSkipCacheResponseAction()", .skipCache),
        ("ClearRecordTypesResponseAction(DNSQType.HTTPS)", .clearRecordTypes([65])),
        ("ClearRecordTypesResponseAction({1, 'AAAA'})", .clearRecordTypes([1, 28])),
        ("LimitTTLResponseAction(60, 300)", .limitTTL(min: 60, max: 300, types: [])),
        (
            "LimitTTLResponseAction(60, 300, {DNSQType.A})",
            .limitTTL(
                min: 60, max: 300, types: [1])
        ),
        ("LimitTTLResponseAction(60)", .limitTTL(min: 60, max: UInt32(Int32.max), types: [])),
        ("SetMaxTTLResponseAction(60)", .limitTTL(min: 0, max: 60, types: [])),
        ("SetMinTTLResponseAction(60)", .limitTTL(min: 60, max: UInt32(Int32.max), types: [])),
        (
            "LogResponseAction('', false, true, false)",
            .log(
                {
                    var target = LogTarget(path: "")
                    target.isVerboseOnly = false
                    return target
                }())
        ),
    ])
    func responseActionsDoWhatDnsdistsDo(_ text: String, _ expected: ResponseAction) throws {
        let configuration = try Fixture.configuration("addResponseAction(AllRule(), \(text))")
        #expect(configuration.responseRules.map(\.action) == [expected])
        #expect(configuration.warnings.isEmpty)
    }

    @Test(arguments: [
        "DnstapLogResponseAction('me', newFrameStreamTcpLogger('192.0.2.1:6000'))",
        "RemoteLogResponseAction(newRemoteLogger('192.0.2.1:6000'))",
        "SetReducedTTLResponseAction(50)",
    ])
    func responseActionsWeHaveNotAreWarnedOf(_ text: String) throws {
        let configuration = try Fixture.configuration("addResponseAction(AllRule(), \(text))")
        #expect(configuration.responseRules.map(\.action) == [.none])
        #expect(configuration.warnings.contains { $0.contains("accepted without effect") })
    }

    @Test func queryActionsDoNotActOnAnswers() {
        #expect(
            Fixture.refusal("addResponseAction(AllRule(), DropAction())")
                .contains("an action acts on queries"))
        #expect(
            Fixture.refusal("addResponseAction(AllRule(), LimitTTLResponseAction(9, 3))")
                .contains("min 9 is more than max 3"))
    }

    private static let three = """
        addAction(AllRule(), NoneAction(), {name="a", uuid="u"})
        addAction(AllRule(), NoneAction(), {name="b"})
        addAction(AllRule(), NoneAction(), {name="c"})

        """

    @Test(arguments: [
        ("topRule()", ["c", "a", "b"]),
        ("mvRuleToTop()", ["c", "a", "b"]),
        ("mvRule(0, 3)", ["b", "c", "a"]),
        ("mvRule(0, 2)", ["b", "a", "c"]),
        ("mvRule(2, 0)", ["c", "a", "b"]),
        ("mvRule(1, 1)", ["a", "b", "c"]),
        ("rmRule(1)", ["a", "c"]),
        ("rmRule('c')", ["a", "b"]),
        ("rmRule('u')", ["b", "c"]),
        ("clearRules()", []),
        ("setRules({newRuleAction(RDRule(), DropAction(), {name='x'})})", ["x"]),
    ])
    func rulesCanBeMovedAndRemoved(_ call: String, _ names: [String]) throws {
        #expect(try Fixture.configuration(Self.three + call).rules.map(\.name) == names)
    }

    @Test(arguments: [
        (
            "addResponseAction",
            "mvResponseRuleToTop() rmResponseRule('b') mvResponseRule(1, 0) topResponseRule()"
        ),
        (
            "addCacheHitResponseAction",
            "mvCacheHitResponseRuleToTop() rmCacheHitResponseRule('b')"
                + " mvCacheHitResponseRule(1, 0) topCacheHitResponseRule()"
        ),
        (
            "addSelfAnsweredResponseAction",
            "mvSelfAnsweredResponseRuleToTop() rmSelfAnsweredResponseRule('b')"
                + " mvSelfAnsweredResponseRule(1, 0) topSelfAnsweredResponseRule()"
        ),
    ])
    func rulesOnAnswersCanBeMovedAndRemoved(_ add: String, _ calls: String) throws {
        let configuration = try Fixture.configuration(
            """
            for _, name in ipairs{"a", "b", "c"} do
              \(add)(AllRule(), AllowResponseAction(), {name=name})
            end
            \(calls)
            """)
        let chains = [
            "addResponseAction": configuration.responseRules,
            "addCacheHitResponseAction": configuration.cacheHitResponseRules,
            "addSelfAnsweredResponseAction": configuration.selfAnsweredResponseRules,
        ]
        #expect(chains[add]?.map(\.name) == ["c", "a"])
        #expect(chains.values.count { !$0.isEmpty } == 1)
    }

    @Test(arguments: [
        ("rmRule(9)", "rmRule: there is no rule 9 (they are counted from 0 to 2)"),
        ("rmRule('aa')", "rmRule: there is no rule 'aa'; did you mean 'a'?"),
        ("mvRule(0, 9)", "mvRule: there is no rule 9"),
        ("setRules({DropAction()})", "setRules: an action is not what newRuleAction returns"),
    ])
    func whatIsNotThereIsNamed(_ call: String, _ message: String) {
        let refusal = Fixture.refusal(Self.three + call)
        #expect(refusal.hasPrefix("test.lua:4: "))
        #expect(refusal.contains(message), "\(refusal)")
    }

    @Test(arguments: [
        ("addAnyTCRule()", Selector.and([.queryType(255), .overTCP(false)]), Action.truncate),
        ("addPoolRule('192.0.2.0/24', 'x')", .source(prefix), .pool("x")),
        ("addDomainBlock('a.example')", .suffixes([wire("a", "example")]), .drop),
        (
            "addDomainSpoof('a.example', '192.0.2.1')", .suffixes([wire("a", "example")]),
            .spoofAddresses(host.map(\.address))
        ),
        (
            "addDomainCNAMESpoof('a.example', 'b.example')", .suffixes([wire("a", "example")]),
            .spoofAlias(wire("b", "example"))
        ),
        (
            "addQPSLimit('192.0.2.0/24', 5)", .source(prefix),
            .dropAbove(QueryRateLimit(perSecond: 5, burst: 5))
        ),
        (
            "addQPSPoolRule({'a.example'}, 5, 'x')", .suffixes([wire("a", "example")]),
            .poolWithin(QueryRateLimit(perSecond: 5, burst: 5), pool: "x")
        ),
        (
            "addDelay('a.example', 100)", .suffixes([wire("a", "example")]),
            .delay(milliseconds: 100)
        ),
        ("addNoRecurseRule('192.0.2.0/24')", .source(prefix), .noRecurse),
        (
            "addDisableValidationRule('a.example')", .suffixes([wire("a", "example")]),
            .disableValidation
        ),
    ])
    func namesRemovedFromDnsdistWork(
        _ call: String, _ selector: Selector, _ action: Action
    ) throws {
        let configuration = try Fixture.configuration(call)
        #expect(configuration.rules.map(\.selector) == [selector])
        #expect(configuration.rules.map(\.action) == [action])
        #expect(configuration.warnings.isEmpty)
    }

    @Test func bothFamiliesMayBeSpoofedInTheOldForm() throws {
        let rules = try Fixture.configuration(
            "addDomainSpoof('a.example', '192.0.2.1', '2001:db8::1')"
        ).rules
        #expect(
            rules.map(\.action) == [
                .spoofAddresses(["192.0.2.1", "2001:db8::1"].compactMap { IPAddress($0) })
            ])
    }
}
