// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import Testing

@testable import Scripting

/// Would catch: a check that our own ACL or cache deceives and nobody is told, a warning that is not
/// true, and a dry run that does something.
@Suite struct SelfCheckTests {
    static let host = IPAddress("198.51.100.7").map { Set([$0]) } ?? []

    private func warnings(_ text: String) -> [String] {
        ScriptBuilder.survey(
            path: "test.lua", text: text, nodeName: "node1", localAddresses: Self.host
        ).checkWarnings
    }

    private func warnings(asking call: String, _ rest: String) -> [String] {
        warnings(
            """
            newCheck{name = "self", run = function(ctx) return \(call).ok end}
            newServer{address = "203.0.113.1"}
            \(rest)
            """)
    }

    static let cached = """
        setLocal("127.0.0.1:5300")
        getPool(""):setCache(newPacketCache(1000, {maxTTL = 300}))

        """
    static let query = #"dns.query{server = "127.0.0.1:5300", name = "www.example.org"}"#

    static let dropped =
        "test.lua:1: check 'self' asks 198.51.100.7:53, which this daemon itself answers; its queries"
        + " come from 198.51.100.7, which the ACL drops, so it never gets an answer:"
        + " addACL(\"198.51.100.7/32\")"

    @Test(arguments: [
        (#"setLocal("198.51.100.7")"#, true), (#"setLocal("0.0.0.0")"#, true),
        (#"setLocal("198.51.100.7") addACL("198.51.100.0/24")"#, false),
        (#"setLocal("198.51.100.7:5300")"#, false), (#"setLocal("198.51.100.8")"#, false),
        (#"setLocal("[::]")"#, false),
    ])
    func theACLThatDropsItIsNamed(_ rest: String, _ isWarned: Bool) {
        let found = warnings(
            asking: #"dns.query{server = "198.51.100.7", name = "example.org"}"#, rest)
        #expect(found == (isWarned ? [Self.dropped] : []))
    }

    @Test func theSourceThatItChoosesCounts() {
        let call =
            #"dns.query{server = "198.51.100.7", source = "10.0.0.1", name = "example.org"}"#
        #expect(warnings(asking: call, #"setLocal("198.51.100.7")"#).isEmpty)
    }

    @Test func theAddressThatARouteRequiresIsOurs() {
        let found = warnings(
            """
            newCheck{name = "self", run = checks.dns{server = "192.0.2.53", name = "example.org"}}
            newServer{address = "203.0.113.1"}
            setLocal("0.0.0.0")
            announce{prefix = "192.0.2.53/32", when = "self"}
            newNeighbor{address = "192.0.2.1", peerAS = 1, localAS = 2, routerID = "192.0.2.2"}
            """)
        #expect(found.count == 1 && found[0].contains("which the ACL drops"), "\(found)")
    }

    @Test func theCacheThatAnswersItIsNamed() {
        #expect(
            warnings(asking: Self.query, Self.cached) == [
                "test.lua:1: check 'self' asks 127.0.0.1:5300, which this daemon itself answers; the"
                    + " packet cache may answer it for up to 300 s, in which it sees no server die:"
                    + " addAction(QNameRule(\"www.example.org.\"), SetSkipCacheAction())"
            ])
    }

    @Test(arguments: [
        (#"addAction(QNameRule("www.example.org"), SetSkipCacheAction())"#, false),
        (#"addAction("example.org", SetSkipCacheAction())"#, false),
        (#"addAction("example.com", SetSkipCacheAction())"#, true),
        (#"addAction(NotRule(QTypeRule(DNSQType.A)), SetSkipCacheAction())"#, true),
        (#"addAction(AndRule{QTypeRule("A"), TCPRule(false)}, SetSkipCacheAction())"#, false),
        // It is not known whether this one applies.
        (#"addAction(ProbaRule(0.5), SetSkipCacheAction())"#, false),
        (#"addAction(OrRule{ProbaRule(0.5), AllRule()}, SetSkipCacheAction())"#, false),
        (#"addAction(AndRule{ProbaRule(0.5), TCPRule(true)}, SetSkipCacheAction())"#, true),
        (#"addAction(AllRule(), LogAction())"#, true),
        (#"addAction("127.0.0.0/8", PoolAction("uncached"))"#, false),
        (#"addAction("192.0.2.0/24", PoolAction("uncached"))"#, true),
        (#"addAction(AllRule(), RCodeAction(DNSRCode.REFUSED))"#, false),
        (#"addAction(AllRule(), AllowAction()) addAction(AllRule(), SetSkipCacheAction())"#, true),
    ])
    func rulesDecideWhetherItGetsToTheCache(_ rule: String, _ isWarned: Bool) {
        #expect(warnings(asking: Self.query, Self.cached + rule).isEmpty != isWarned)
    }

    @Test func aCacheOfAnotherPoolIsNoMatter() {
        #expect(
            warnings(
                asking: Self.query,
                """
                setLocal("127.0.0.1:5300")
                newServer{address = "203.0.113.2", pool = "other"}
                getPool("other"):setCache(newPacketCache(1000))
                """
            ).isEmpty)
    }

    @Test func aServersOwnHealthCheckIsJudgedToo() {
        let found = warnings(
            Self.cached + #"newServer{address = "127.0.0.1:5300", name = "loop"}"#)
        #expect(found.count == 1, "\(found)")
        #expect(
            found.first?.hasPrefix("the health check of server loop asks 127.0.0.1:5300") == true)
        #expect(
            warnings(
                Self.cached
                    + #"newServer{address = "127.0.0.1:5300", healthCheckMode = "up"}"#
            ).isEmpty)
    }

    @Test func everyWayOfACheckIsTried() {
        let found = warnings(
            """
            setLocal("127.0.0.1:5300") setACL("192.0.2.0/24")
            newServer{address = "203.0.113.1"}
            newCheck{name = "self", targets = {"203.0.113.1:53", "127.0.0.1:5300"}, timeout = 0.2,
                run = function(ctx)
                    pcall(dns.query, {server = "203.0.113.9", name = "a", timeout = 0.1})
                    sleep(0.05)
                    return dns.query{server = ctx.target, name = "b", timeout = 0.04}.ok
                end}
            newCheck{name = "port", run = function()
                return tcp.connect("127.0.0.1:5300") ~= nil
            end}
            """)
        #expect(found.map { $0.contains("'self'") } == [true, false], "\(found)")
    }

    @Test func aDryRunChangesNothing() throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let survey = ScriptBuilder.survey(
            path: "test.lua",
            text: """
                newCheck{name = "a", interval = 2, timeout = 1, run = function()
                    exec.run{"/usr/bin/touch", "\(scratch.path)/touched"}
                    return true
                end}
                newCheck{name = "endless", run = function() while true do end end}
                newCheck{name = "late", run = function() sleep(100) return true end}
                """, nodeName: "node1")
        #expect(survey.faults.isEmpty && survey.checkWarnings.isEmpty, "\(survey.checkWarnings)")
        #expect(Fixture.bytes(of: "\(scratch.path)/touched").isEmpty)
    }

    @Test func aMisspeltNameInACheckIsToldBeforeItRuns() {
        #expect(
            warnings(
                """
                newCheck{name = "a", run = function()
                    local reply = dns.query{server = "192.0.2.1", name = "example.org"}
                    return reply.okk, reply.rcodeName
                end}
                newCheck{name = "night", run = function()
                    local reply = dns.query{server = "192.0.2.53", name = "night.test"}
                    if not reply.ok then return false, reply.rcodName end
                    return true
                end}
                newCheck{name = "b", run = function()
                    return dns.query{server = "192.0.2.1", name = "x.org"}.answers[7].address == "x"
                end}
                """) == [
                    "test.lua:3: reply has no field 'okk'; did you mean 'ok'? (check 'a', tried with made-up"
                        + " answers)",
                    "test.lua:7: reply has no field 'rcodName'; did you mean 'rcodeName'? (check 'night',"
                        + " tried with made-up answers)",
                ])
    }
}
