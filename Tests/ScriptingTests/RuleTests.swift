// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import Testing

@testable import Scripting

/// Would catch: a rule whose mistake withdraws or announces, one that sees something else than it was
/// given, and attributes that replace instead of being merged.
@Suite struct RuleTests {
    static func evaluate(_ body: String) throws -> RuleResult {
        let generation = try Fixture.build(
            """
            newCheck{name='resolver', run=function() return true end}
            announce{prefix='192.0.2.53/32', med=100, communities='64500:1', when='resolver', rule=function(node)
            \(body)
            end}
            """)
        return generation.control.evaluateRule(0, node: view)
    }

    static var view: NodeView {
        var view = NodeView(name: "node1")
        view.checks = [
            "resolver": .init(
                isUp: true, state: "up", score: 0.5, detail: "ok", since: 1_000,
                targets: [
                    "192.0.2.1": .init(
                        isUp: true, state: "falling", score: 1, detail: "slow", since: 7)
                ])
        ]
        view.pools = [
            "": [
                .init(name: "a", order: 1, isUp: true), .init(name: "b", order: 1, isUp: false),
                .init(name: "c", order: 2, isUp: true),
            ]
        ]
        view.neighbors = ["192.0.2.1": .init(isEstablished: true, state: "Established", since: 5)]
        view.others = ["192.0.2.53/32": 2]
        return view
    }

    static var attributes: RouteAttributes {
        var attributes = RouteAttributes()
        attributes.med = 100
        attributes.communities = [Community(asn: 64_500, value: 1)]
        return attributes
    }

    @Test(arguments: [
        ("return true", RuleResult.announce(attributes)),
        ("return false", .withdraw(detail: "")),
        ("return false, 'too few'", .withdraw(detail: "too few")),
    ])
    func truthDecidesAlone(_ body: String, _ expected: RuleResult) throws {
        #expect(try Self.evaluate(body) == expected)
    }

    @Test func attributesAreMergedOntoTheStaticOnes() throws {
        var expected = Self.attributes
        expected.med = 500
        #expect(
            try Self.evaluate("return {med = node.pools[''].up >= 3 and 100 or 500}")
                == .announce(expected))
    }

    @Test func theNodeIsAsItWasGiven() throws {
        let body = """
            assert(node.name == 'node1' and node.drained == false)
            local check = node.checks.resolver
            assert(check.up and check.state == 'up' and check.score == 0.5)
            assert(check.detail == 'ok' and check.since == 1000)
            local target = check.targets['192.0.2.1']
            assert(target.up and target.state == 'falling' and target.score == 1)
            assert(target.detail == 'slow' and target.since == 7)
            local names = {}
            for name in pairs(check.targets) do names[#names + 1] = name end
            assert(#names == 1)
            local pool = node.pools['']
            assert(pool.up == 2 and pool.total == 3)
            assert(pool:count{order=1} == 1 and pool:count{order=2} == 1 and pool:count() == 2)
            assert(pool:count{name='b'} == 0)
            assert(node.neighbors['192.0.2.1'].established)
            assert(node.routes['192.0.2.53/32'].others == 2)
            return true
            """
        #expect(try Self.evaluate(body) == .announce(Self.attributes))
    }

    @Test(arguments: [
        ("", "test.lua:2: the rule returned nil; it must return true, false or attributes"),
        (
            "return 100",
            "test.lua:2: the rule returned the number 100; it must return true, false or attributes"
        ),
        (
            "return {mde = 1}",
            "test.lua:2: the rule's result: unknown key 'mde'; did you mean 'med'?"
        ),
        (
            "return {med = 'low'}",
            "test.lua:2: the rule's result: med must be a whole number, not 'low'"
        ),
        (
            "return {med = -1}",
            "test.lua:2: the rule's result: med must be from 0 to 4294967295, not the number -1"
        ),
        ("error('mine')", "test.lua:3: mine"),
        ("return node.check", "test.lua:3: node has no field 'check'; did you mean 'checks'?"),
        (
            "return node.checks.resolvr.up",
            "test.lua:3: there is no check 'resolvr'; did you mean 'resolver'?"
        ),
        (
            "return node.checks.resolver.targets['192.0.2.2'].up",
            "test.lua:3: there is no target '192.0.2.2'; did you mean '192.0.2.1'?"
        ),
        (
            "return node.checks.resolver.targets['192.0.2.1'].upp",
            "test.lua:3: target has no field 'upp'; did you mean 'up'?"
        ),
        (
            "local n = node.pools['']:count{ordre=1} return true",
            "test.lua:3: pool:count: unknown key 'ordre'; did you mean 'order'?"
        ),
        (
            "sleep(1) return true",
            "test.lua:3: sleep: not available in an announce rule"
        ),
    ])
    func aFaultLeavesTheLastDecision(_ body: String, _ expected: String) throws {
        guard case .failed(let fault) = try Self.evaluate(body) else {
            Issue.record("no fault")
            return
        }
        #expect(fault.description == expected)
    }

    @Test func aRuleThatLoopsIsCutOff() throws {
        guard case .failed = try Self.evaluate("while true do end") else {
            Issue.record("no fault")
            return
        }
    }

    @Test func withoutARuleTheStaticAttributesStand() throws {
        let generation = try Fixture.build(
            "announce{prefix='192.0.2.53/32', med=7, when='always'}")
        var expected = RouteAttributes()
        expected.med = 7
        #expect(generation.control.evaluateRule(0, node: Self.view) == .announce(expected))
    }
}
