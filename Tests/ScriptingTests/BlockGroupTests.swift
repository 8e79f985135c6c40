// SPDX-License-Identifier: Apache-2.0

import Declarations
import Testing

@testable import Scripting

/// Would catch a method of dynBlockRulesGroup that measures, spares or blocks somebody else than
/// dnsdist's.
@Suite struct BlockGroupTests {
    /// A group with these calls, applied each second.
    private func bench(_ calls: String, before: String = "") throws -> BlockBench {
        try BlockBench(
            """
            \(before)
            local dbr = dynBlockRulesGroup()
            \(calls)
            function maintenance() dbr:apply() end
            """)
    }

    private func apply(_ bench: BlockBench) -> String {
        bench.generation.control.runTimer(0).map { "\($0)" } ?? ""
    }

    @Test func theRateOfQueriesBlocks() throws {
        let bench = try bench("dbr:setQueryRate(20, 10, 'too many', 60, DNSAction.Refused)")
        bench.query("192.0.2.1", times: 200)
        bench.query("192.0.2.2", times: 201)
        #expect(apply(bench) == "" && bench.blocks == ["192.0.2.2/32 refused 60"])
        #expect(bench.details == ["20.1 queries a second over 10 s, above 20"])
        bench.seconds += 5
        #expect(apply(bench) == "" && bench.blocks == ["192.0.2.2/32 refused 60"], "prolonged")
        bench.seconds += 20
        #expect(apply(bench) == "" && bench.blocks == ["192.0.2.2/32 refused 40"])
    }

    @Test func theOtherRatesAndShares() throws {
        let bench = try bench(
            """
            dbr:setQTypeRate(DNSQType.ANY, 5, 10, 'any', 60)
            dbr:setQTypeRate('TXT', 7, 10, 'txt', 60, nil)
            dbr:setRCodeRate(DNSRCode.NXDOMAIN, 5, 10, 'nx', 50, DNSAction.Truncate)
            dbr:setRCodeRate(DNSRCode.SERVFAIL, 5, 10, 'fail', 40, DNSAction.Nxdomain)
            dbr:setResponseByteRate(1000, 10, 'bytes', 30, DNSAction.NoRecurse)
            dbr:setRCodeRatio(DNSRCode.REFUSED, 0.5, 10, 'share', 20, 10)
            """)
        bench.query("192.0.2.1", type: 255, times: 51)
        bench.query("192.0.2.2", type: 16, times: 70)
        bench.query("192.0.2.12", type: 16, times: 71)
        bench.answer("192.0.2.3", code: 3, times: 51, size: 12)
        bench.answer("192.0.2.4", code: 2, times: 51, size: 12)
        bench.answer("192.0.2.5", times: 6, size: 2_000)
        bench.answer("192.0.2.6", code: 5, times: 6)
        bench.answer("192.0.2.6", times: 4)
        bench.answer("192.0.2.7", code: 5, times: 9)
        #expect(apply(bench) == "")
        #expect(
            bench.blocks == [
                "192.0.2.1/32 none 60", "192.0.2.12/32 none 60", "192.0.2.3/32 truncate 50",
                "192.0.2.4/32 nxdomain 40", "192.0.2.5/32 noRecurse 30", "192.0.2.6/32 none 20",
            ])
        #expect(bench.details.contains("0.6 of its answers with REFUSED over 10 s, above 0.5"))
    }

    @Test func aWarningRateWarns() throws {
        let bench = try bench("dbr:setQueryRate(20, 10, 'too many', 60, DNSAction.Drop, 10)")
        bench.query("192.0.2.1", times: 101)
        #expect(apply(bench) == "" && bench.blocks == ["192.0.2.1/32 noOp 60?"])
        bench.query("192.0.2.1", times: 100)
        #expect(apply(bench) == "" && bench.blocks == ["192.0.2.1/32 drop 60"])
    }

    @Test func cacheMissesCountWhileTheCachesAnswer() throws {
        let bench = try bench("dbr:setCacheMissRatio(0.5, 10, 'misses', 60, 10, 0)")
        bench.answer("192.0.2.1", times: 6)
        bench.answer("192.0.2.1", times: 4, isHit: true)
        bench.answer("192.0.2.2", times: 5)
        bench.answer("192.0.2.2", times: 5, isHit: true)
        #expect(apply(bench) == "" && bench.blocks == ["192.0.2.1/32 none 60"])
        // Nothing was looked up yet: a share of hits above 0 is not reached.
        let strict = try self.bench("dbr:setCacheMissRatio(0.5, 10, 'misses', 60, 10, 0.1)")
        strict.answer("192.0.2.1", times: 20)
        #expect(apply(strict) == "" && strict.blocks == [])
    }

    @Test func rangesSpareClients() throws {
        let bench = try bench(
            """
            dbr:setQueryRate(1, 10, 'too many', 60)
            dbr:excludeRange{'192.0.2.0/24', '2001:db8::/32'}
            dbr:includeRange('192.0.2.1/32')
            local nmg = newNMG()
            nmg:addMask('198.51.100.0/24')
            dbr:excludeRange(nmg)
            dbr:excludeRange('203.0.113.0/24')
            dbr:removeRange('203.0.113.0/24')
            """)
        let clients = [
            "192.0.2.1", "192.0.2.2", "[2001:db8::1]:53", "[2001:db9::1]:53", "198.51.100.1",
            "203.0.113.1",
        ]
        for client in clients { bench.query(client, times: 11) }
        #expect(apply(bench) == "")
        #expect(
            bench.blocks
                == ["192.0.2.1/32 none 60", "2001:db9::1/128 none 60", "203.0.113.1/32 none 60"])
    }

    @Test func masksBlockNetworks() throws {
        let bench = try bench(
            "dbr:setQueryRate(1, 10, 'too many', 60) dbr:setMasks(24, 64, 0) dbr:setQuiet(true)")
        bench.query("192.0.2.1", times: 6)
        bench.query("192.0.2.2", times: 6)
        bench.query("[2001:db8::1]:53", times: 11)
        #expect(apply(bench) == "")
        #expect(bench.blocks == ["192.0.2.0/24 none 60", "2001:db8::/64 none 60"])
        #expect(bench.details == [], "quiet")
    }

    @Test func portsTellClientsApart() throws {
        let bench = try bench("dbr:setQueryRate(1, 10, 'r', 60) dbr:setMasks(32, 128, 2)")
        bench.query("192.0.2.1:1000", times: 11)
        bench.query("192.0.2.1:40000", times: 11)
        #expect(apply(bench) == "")
        #expect(bench.blocks == ["192.0.2.1:0/2 none 60", "192.0.2.1:32768/2 none 60"])
    }

    @Test func aFunctionLooksAtNames() throws {
        let bench = try bench(
            """
            dbr:setSuffixMatchRule(10, 'many', 60, DNSAction.Refused, function(node, own, all)
                seen[#seen + 1] = node.fullname .. ' ' .. node.labelsCount .. ' ' .. node:numChildren()
                    .. ' ' .. own.queries .. ' ' .. all.queries .. ' ' .. all.nxdomains .. ' '
                    .. all.noerrors .. ' ' .. all.servfails .. ' ' .. all.drops .. ' ' .. all.bytes
                    .. ' ' .. all.hits
                if node.fullname == 'spared.example.' then return true end
                if node.labelsCount == 2 and all.nxdomains > 2 then return true end
                if node.fullname == 'c.example.' then
                    return true, 'its own', DNSAction.Nxdomain
                end
                return false
            end)
            dbr:excludeDomains{'spared.example'}
            """, before: "seen = {}")
        for label in ["x", "Y", "z"] {
            bench.answer("192.0.2.1", code: 3, name: "\(label).B.example", size: 50)
        }
        bench.answer("192.0.2.1", name: "b.example", size: 10)
        bench.answer("192.0.2.1", code: nil, name: "c.example", size: 0)
        bench.answer("192.0.2.1", code: 2, name: "spared.example", size: 20)
        bench.seconds += 11
        bench.answer("192.0.2.1", code: 2, name: "late.example", isHit: true)
        bench.seconds -= 2
        #expect(apply(bench) == "")
        #expect(
            bench.blocks == ["b.example. refused 60", "c.example. nxdomain 60"])
        let seen = bench.run("table.sort(seen) return table.concat(seen, '\\n')")
        #expect(
            seen == """
                b.example. 2 3 1 4 3 1 0 0 160 0
                c.example. 2 0 1 1 0 0 0 1 0 0
                example. 1 3 0 6 3 1 1 1 180 0
                spared.example. 2 0 1 1 0 0 1 0 20 0
                x.b.example. 3 0 1 1 1 0 0 0 50 0
                y.b.example. 3 0 1 1 1 0 0 0 50 0
                z.b.example. 3 0 1 1 1 0 0 0 50 0

                """)
        #expect(bench.run("getDynamicBlocksSMT()['c.example.'].reason") == "its own\n")
    }

    @Test func aFaultOfTheFunctionHasItsPlace() throws {
        let bench = try bench(
            """
            dbr:setSuffixMatchRule(10, 'r', 60, nil, function(node, own, all)
                return own.querys > 1
            end)
            """)
        bench.answer("192.0.2.1")
        let fault = apply(bench)
        #expect(
            fault.contains(
                "test.lua:4: statNodeStats has no field 'querys'; did you mean 'queries'"),
            "\(fault)")
        #expect(bench.blocks == [])
    }

    @Test func theHookHearsOfNewBlocks() throws {
        let bench = try bench(
            """
            dbr:setQueryRate(1, 10, 'rate', 60)
            dbr:setSuffixMatchRule(10, 'name', 30, DNSAction.NoOp, function(node)
                return node.labelsCount == 2
            end)
            dbr:setNewBlockInsertedHook(function(...)
                local parts = {...}
                for i = 1, select('#', ...) do parts[i] = tostring(parts[i]) end
                heard[#heard + 1] = table.concat(parts, ' ')
            end)
            """, before: "heard = {} setDynBlocksAction(DNSAction.Refused)")
        bench.query("192.0.2.1", times: 11)
        bench.answer("192.0.2.9", name: "example.org")
        #expect(apply(bench) == "" && apply(bench) == "")
        #expect(
            bench.run("table.concat(heard, ', ')")
                == "0 192.0.2.1/32 rate 2 60 false, 1 example.org. name 11 30 false\n")
    }

    @Test func tellsItsRules() throws {
        let bench = try bench(
            """
            dbr:setQueryRate(20, 10, 'too many', 60, DNSAction.Refused, 5)
            dbr:excludeRange('192.0.2.0/24') dbr:excludeDomains('example.org')
            text = dbr:toString()
            """)
        #expect(
            bench.run("text") == """
                Refused for 60 s above 20 queries a second over 10 s, a warning above 5, reason 'too many'
                excluded: 192.0.2.0/24
                excluded: example.org.


                """)
        #expect(bench.run("tostring(dynBlockRulesGroup())") == "no rules\n\n")
    }

    @Test func aGroupMadeInMaintenanceWorks() throws {
        let bench = try BlockBench(
            """
            function maintenance()
                local dbr = dynBlockRulesGroup()
                dbr:setQueryRate(1, 10, 'r', 60)
                dbr:apply()
            end
            """)
        bench.query("192.0.2.1", times: 11)
        for _ in 0..<50 { #expect(apply(bench) == "") }
        #expect(bench.blocks == ["192.0.2.1/32 none 60"])
    }

    @Test func besidePoliciesEveryVMHasTheSameGroups() throws {
        let generation = try Fixture.build(
            """
            newServer{address='192.0.2.1'}
            local dbr = dynBlockRulesGroup()
            dbr:setQueryRate(20, 10, 'r', 60)
            dbr:setSuffixMatchRule(10, 'r', 60, nil, function() return false end)
            setServerPolicyLua('first', function(servers) return servers[1] end)
            function maintenance() dbr:apply() end
            """, mode: .run)
        #expect(generation.plane != nil && generation.control.watchesTraffic)
        generation.plane?.close()
    }

    @Test(arguments: [
        ("dbr:setQueryRate(20)", "setQueryRate: seconds must be a whole number, not nil"),
        (
            "dbr:setQueryRate(20, 10, 'r', 60, DNSAction.Pool)",
            "setQueryRate: action must be one of"
        ),
        (
            "dbr:setQueryRate(20, 10, 'r', 60, DNSAction.Drop, 5, {tagKey='a'})",
            "setQueryRate: options (tagKey, tagValue) are not supported"
        ),
        ("dbr:setRCodeRatio(2, 20, 10, 'r', 60, 5)", "setRCodeRatio: ratio must be a share"),
        ("dbr:setQTypeRate('AAAAA', 1, 10, 'r', 60)", "setQTypeRate: qtype 'AAAAA' is not a type"),
        ("dbr:setMasks(24, 64, 2)", "setMasks: ports tell clients apart"),
        ("dbr:setMasks(33, 64, 0)", "setMasks: v4 must be from 0 to 32"),
        ("dbr:excludeRange('here')", "excludeRange: netmask"),
        (
            "dbr:setSuffixMatchRuleFFI(1, 'r', 1, 1, print)",
            "dnsdist's setSuffixMatchRuleFFI is not supported"
        ),
        ("dbr:setSuffixMatchRule(1, 'r', 1)", "setSuffixMatchRule: visitor must be a function"),
        ("dbr.apply()", "block rules group:apply must be called on its object, with a colon"),
        ("dbr:setQueryRat(1)", "a block rules group has no field 'setQueryRat'; did you mean"),
    ])
    func aWrongCallIsRefusedAtItsLine(_ call: String, _ expected: String) {
        let refusal = Fixture.refusal("local dbr = dynBlockRulesGroup()\n\(call)")
        #expect(refusal.hasPrefix("test.lua:2: \(expected)"), "\(refusal)")
    }
}
