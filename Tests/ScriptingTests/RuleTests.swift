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
        view.others = ["192.0.2.53/32": 2, "198.51.100.0/24": 0]
        view.paths = [
            "192.0.2.53/32": [
                .init(
                    neighbor: "192.0.2.1", nextHop: "192.0.2.9", asPath: [64_501, 64_502],
                    med: 7, communities: ["64500:1", "64500:1:2"]),
                .init(neighbor: "192.0.2.2", localPreference: 50),
            ]
        ]
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
            local route = node.routes['192.0.2.53/32']
            assert(route.others == 2 and #route.paths == 2)
            local path = route.paths[1]
            assert(path.neighbor == '192.0.2.1' and path.nextHop == '192.0.2.9' and path.med == 7)
            assert(#path.asPath == 2 and path.asPath[2] == 64502 and path.localPreference == nil)
            assert(path.communities[2] == '64500:1:2' and #path.communities == 2)
            assert(route.paths[2].localPreference == 50 and #route.paths[2].asPath == 0)
            -- Watched, and not announced by this node.
            local watched = node.routes['198.51.100.0/24']
            assert(watched.others == 0 and #watched.paths == 0)
            return true
            """
        #expect(try Self.evaluate(body) == .announce(Self.attributes))
    }

    /// Would catch: a rule that is asked once for each of its prefixes, or whose result is merged with
    /// another's attributes.
    @Test func aRuleOfSeveralPrefixesIsAskedOnce() throws {
        let generation = try Fixture.build(
            """
            local count = 0
            local function rule(node) count = count + 1; return {med = count} end
            announce{prefixes={'192.0.2.1/32', '192.0.2.2/32'}, localPreference=5, rule=rule}
            announce{prefix='192.0.2.3/32', when='always'}
            announce{prefix='192.0.2.4/32', rule=function(node) return false end}
            """)
        let results = generation.control.evaluateRules(node: Self.view)
        var expected = RouteAttributes()
        expected.localPreference = 5
        expected.med = 1
        #expect(
            results == [
                0: .announce(expected), 1: .announce(expected), 3: .withdraw(detail: ""),
            ])
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
