// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import DNSWire
import Declarations
import LuaRuntime
import Testing

@testable import Scripting

/// Would catch: a match node, name set, netmask group or limiter that answers something else than
/// dnsdist's, and one whose change in maintenance() the plane's scripts do not see.
@Suite struct MatchObjectTests {
    /// What the file leaves in the global `result`.
    private static func result(_ text: String) throws -> [LuaValue] {
        let generation = try Fixture.build(text)
        defer { generation.close() }
        guard case .table(let table) = try generation.control.vm.get("result") else { return [] }
        return table.array
    }

    @Test func aSuffixNodeMatchesNamesAndAllBelow() throws {
        let result = try Self.result(
            """
            local set = newDNSNameSet()
            set:add("Set.example")
            local n = newSuffixMatchNode()
            n:add("Example.org")  n:add(newDNSName("sub.example.net"))
            n:add{"list.one", "list.two"}  n:add{newDNSName("names.one")}  n:add(set)
            local function check(name) return n:check(newDNSName(name)) end
            result = {
                check("www.example.ORG"), check("example.org."), check("anexample.org"), check("org"),
                n:check("a.b.sub.example.net"), check("example.net"), check("x.list.two"),
                check("names.one"), check("a.set.example"),
                n:getBestMatch(newDNSName("a.sub.example.net")), n:getBestMatch("nowhere.test") == nil,
                n:size(),
            }
            n:add("deep.example.org")
            result[13] = n:getBestMatch("x.deep.example.org"):toString()
            n:remove("example.org")  n:remove{"list.one", newDNSName("list.two")}
            result[14], result[15], result[16] = check("example.org"), check("list.two"), check("deep.example.org")
            n:add(".")
            result[17] = check("anything")
            n:clear()
            result[18] = check("anything")
            """)
        let t = LuaValue.boolean(true)
        let f = LuaValue.boolean(false)
        #expect(
            result == [
                t, t, f, f, t, f, t, t, t, .name(Array("\u{3}sub\u{7}example\u{3}net\u{0}".utf8)),
                t, 6,
                "deep.example.org.", f, f, t, t, f,
            ])
    }

    @Test func aNameSetMatchesNamesOnly() throws {
        let result = try Self.result(
            """
            local s = newDNSNameSet()
            local empty = s:empty()
            s:add("B.example")  s:add(newDNSName("a.example"))  s:add("b.EXAMPLE.")
            result = {
                empty, s:empty(), s:size(), s:check(newDNSName("A.example")), s:check("x.a.example"),
                s:toString(), tostring(s), s:delete(newDNSName("a.example")), s:delete("a.example"), s:size(),
            }
            s:clear()
            result[11] = s:size()
            """)
        #expect(
            result == [
                .boolean(true), .boolean(false), 2, .boolean(true), .boolean(false),
                "a.example.\nb.example.\n", "a.example.\nb.example.\n", 1, 0, 1, 0,
            ])
    }

    @Test func theLongestNetmaskDecides() throws {
        let result = try Self.result(
            """
            local other = newNMG()
            other:addMask("2001:db8::/32")
            local g = newNMG()
            g:addMask("10.0.0.0/8")  g:addMask("!10.1.0.0/16")  g:addMask("10.1.2.3")
            g:addMasks{"192.0.2.0/24", newNetmask("198.51.100.0/24")}
            g:addMasks{[newCA("203.0.113.7:53")] = 17}
            g:addNMG(other)
            local function match(text) return g:match(newCA(text)) end
            result = {
                match("10.2.0.1"), match("10.1.0.1"), match("10.1.2.3"), match("11.0.0.1"),
                g:match("192.0.2.9"), match("198.51.100.1"), match("203.0.113.7"), match("203.0.113.8"),
                match("2001:db8::1"), match("2001:db9::1"), match("::ffff:10.2.0.1"), g:size(), tostring(g),
            }
            g:remove("!10.1.0.0/16")
            result[14] = match("10.1.0.1")
            g:clear()
            result[15], result[16] = match("10.2.0.1"), g:size()
            """)
        let t = LuaValue.boolean(true)
        let f = LuaValue.boolean(false)
        #expect(
            result == [
                t, f, t, f, t, t, t, f, t, f, t, 7,
                .text(
                    "NetmaskGroup 10.0.0.0/8, !10.1.0.0/16, 10.1.2.3/32, 192.0.2.0/24,"
                        + " 198.51.100.0/24, 203.0.113.7/32, 2001:db8::/32"), t, f, 0,
            ])
    }

    @Test func negatedMasksLeaveTheirAddressesOutOfRules() throws {
        let configuration = try Fixture.configuration(
            """
            local g = newNMG()
            g:addMask{"192.0.2.0/24", "!192.0.2.64/26", "192.0.2.65", "2001:db8::/127", "!2001:db8::1"}
            addAction(NetmaskGroupRule(g), DropAction())
            g:addMask("198.51.100.0/24")
            """)
        guard case .source(let prefixes)? = configuration.rules.first?.selector else {
            Issue.record("no rule on sources")
            return
        }
        // The group as it was when the rule was made, as dnsdist copies it.
        #expect(
            prefixes.map(\.description) == [
                "192.0.2.0/26", "192.0.2.65/32", "192.0.2.128/25", "2001:db8::/128",
            ])
    }

    @Test func rulesTakeWhatAnObjectHolds() throws {
        let configuration = try Fixture.configuration(
            """
            local node, set = newSuffixMatchNode(), newDNSNameSet()
            node:add("One.example")  set:add("set.example")
            addAction(SuffixMatchNodeRule(node), DropAction())
            addAction(QNameSetRule(set), DropAction())
            addAction(QNameRule(newDNSName("Two.example")), DropAction())
            node:add("later.example")  set:add("later.example")
            """)
        let one = Array("\u{3}one\u{7}example\u{0}".utf8)
        let set = Array("\u{3}set\u{7}example\u{0}".utf8)
        let two = Array("\u{3}two\u{7}example\u{0}".utf8)
        #expect(
            configuration.rules.map(\.selector) == [
                .suffixes([one]), .queryNames([set]), .queryName(two),
            ])
    }

    @Test func aLimiterGivesItsBurstThenItsRate() throws {
        #expect(
            try Self.result(
                """
                local l = newQPSLimiter(1, 3)
                result = {l:check(), l:check(), l:check(), l:check()}
                """) == [.boolean(true), .boolean(true), .boolean(true), .boolean(false)])
        let limiter = QueryRateLimiter(perSecond: 10, burst: 2, nowNanoseconds: 0)
        #expect(limiter.check(nowNanoseconds: 0) && limiter.check(nowNanoseconds: 0))
        #expect(!limiter.check(nowNanoseconds: 50_000_000))
        #expect(limiter.check(nowNanoseconds: 100_000_000))
        #expect(!limiter.check(nowNanoseconds: 90_000_000))
        // No more than the burst, however long nobody asked.
        #expect(limiter.check(nowNanoseconds: 9_000_000_000))
        #expect(limiter.check(nowNanoseconds: 9_000_000_000))
        #expect(!limiter.check(nowNanoseconds: 9_000_000_000))
    }

    @Test(arguments: [
        ("newSuffixMatchNode():add(5)", "add: give a name, not the number 5"),
        ("newSuffixMatchNode():add('a..b')", "add: name \"a..b\": empty label"),
        ("newSuffixMatchNode():check()", "check: give a name, not nil"),
        (
            "newSuffixMatchNode():ad('x')",
            "a suffix match node has no field 'ad'; did you mean 'add'?"
        ),
        ("newDNSNameSet().add('x')", "name set:add must be called on its object, with a colon"),
        ("newNMG():addMask('10.0.0.0/33')", "addMask: netmask '10.0.0.0/33' is not a prefix"),
        ("newNMG():addMask{true}", "addMask: netmask must be a netmask, not true"),
        ("newNMG():match(5)", "match: address must be an address, not the number 5"),
        ("newNMG():match('x')", "match: address 'x' is not an address"),
        ("newQPSLimiter(0, 1)", "newQPSLimiter: rate must be from 1 to 2147483647"),
    ])
    func aMistakeSaysWhatIsWrong(_ statement: String, _ words: String) {
        let refusal = Fixture.refusal("\nlocal x = \(statement)")
        #expect(refusal.hasPrefix("test.lua:2: \(words)"), "\(refusal)")
    }

    /// Policies hold handles to control's objects: what maintenance() changes, they see.
    @Test func changesInControlAreSeenInThePlane() throws {
        let bench = try PlaneBench(
            PlaneBench.threeServers + """
                local node, group, set = newSuffixMatchNode(), newNMG(), newDNSNameSet()
                local limiter = newQPSLimiter(1, 2)
                node:add("one.example")
                function maintenance()
                    node:remove("one.example")  node:add("two.example")
                    group:addMask("192.0.2.0/24")  set:add("set.example")
                end
                function exhaust() limiter:check() limiter:check() end
                setServerPolicyLua("mine", function(servers, dq)
                    if dq.qtype == DNSQType.TXT then return limiter:check() and 1 or 2 end
                    if set:check(dq.qname) then return 2 end
                    if node:check(dq.qname) then return group:match(dq.remoteaddr) and 2 or 1 end
                    return 3
                end)
                """)
        // Counted from 0 in the answers, from 1 in the policy.
        #expect(bench.call(name: "www.one.example") == 0)
        #expect(bench.call(name: "www.two.example") == 2)
        #expect(bench.call(name: "set.example") == 2)
        try Self.callControl(bench.generation, "maintenance")
        for thread in 0...1 {
            #expect(bench.call(name: "www.one.example", thread: thread) == 2)
            #expect(bench.call(name: "www.two.example", thread: thread) == 1)
            #expect(bench.call(name: "set.example", thread: thread) == 1)
        }
        // One bucket for all of them: spent in control's VM, it is empty in the plane's.
        try Self.callControl(bench.generation, "exhaust")
        #expect(bench.call(type: .txt) == 1)
    }

    @Test func aQueryCannotMakeOneButMaintenanceCan() throws {
        let bench = try PlaneBench(
            PlaneBench.threeServers + """
                function maintenance()
                    local node = newSuffixMatchNode()
                    node:add("kept.example")
                    kept = kept or node
                    assert(kept:check("kept.example") and node:check("kept.example"))
                end
                setServerPolicyLua("mine", function(servers, dq)
                    if dq.qtype == DNSQType.TXT then newSuffixMatchNode() end
                    return 1
                end)
                """)
        #expect(bench.call(type: .txt) == PolicyResult.error)
        #expect(
            bench.plane.lastFaults["mine"]?.message
                == "newSuffixMatchNode: only while the configuration is read, and in maintenance()")
        // What no script holds any more gives up its place.
        for round in 1...500 {
            try Self.callControl(bench.generation, "maintenance")
            if round.isMultiple(of: 50) { bench.generation.control.vm.collect() }
        }
        #expect(bench.generation.control.matchObjects.suffixNodes.count < 200)
    }

    @Test func evaluationsThatMakeOtherObjectsAreRefused() {
        let refusal = Fixture.refusal(
            PlaneBench.threeServers + """
                setServerPolicyLua("mine", function(servers, dq) return 1 end)
                -- A server is a table in the plane's VMs only.
                if type(getServer(0)) == "table" then newNMG() end
                """)
        #expect(refusal.contains("makes other match nodes"), "\(refusal)")
    }

    private static func callControl(_ generation: Generation, _ name: String) throws {
        let vm = generation.control.vm
        guard let function = try vm.get(name).asFunction else {
            Issue.record("there is no function \(name)")
            return
        }
        defer { vm.release(function) }
        _ = try vm.call(function)
    }
}
