// SPDX-License-Identifier: Apache-2.0

import LuaRuntime
import Testing

@testable import Scripting

/// Would catch: a mistake that loads silently, or whose message has no line, no name or no remedy.
@Suite struct BadInputTests {
    static let check = #"run = function() return true end"#

    @Test(arguments: [
        ("newServer{", "test.lua:1: "),
        ("\nlocal x = nil\nx.y = 1", "test.lua:3: attempt to index a nil value (local 'x')"),
        ("error('mine')", "test.lua:1: mine"),
        // Functions
        ("TimedIPSetRule()", "test.lua:1: dnsdist's TimedIPSetRule is not supported yet"),
        ("\ngetBind(1)", "test.lua:2: dnsdist's getBind is not supported yet"),
        (
            "newSever{address='192.0.2.1'}",
            "test.lua:1: there is no function 'newSever'; did you mean 'newServer'?"
        ),
        (
            "announcee{}", "test.lua:1: there is no function 'announcee'; did you mean 'announce'?"
        ),
        ("frobnicate()", "test.lua:1: there is no function 'frobnicate'"),
        (
            "dns.qurey{}", "test.lua:1: there is no function 'qurey'; did you mean 'dns.query'?"
        ),
        (
            "dns.query{server='192.0.2.1', name='a'}",
            "test.lua:1: dns.query: only in a check's run, not while loading"
        ),
        ("dofile('nowhere.lua')", "test.lua:1: dofile: nowhere.lua: No such file or directory"),
        ("includeDirectory(nil)", "test.lua:1: includeDirectory: give a folder's path"),
        // Listeners, servers, policies
        (
            "setLocal('192.0.2.300')",
            "test.lua:1: setLocal: address '192.0.2.300' is not an address"
                + " (like 192.0.2.1, 192.0.2.1:53 or [2001:db8::1]:53)"
        ),
        (
            "addACL('10.0.0.0/33')",
            "test.lua:1: addACL: netmask '10.0.0.0/33' is not a prefix"
                + " (like 192.0.2.0/24 or 2001:db8::/32)"
        ),
        ("newServer{name='a'}", "test.lua:1: newServer: address is missing"),
        (
            "newServer{address='192.0.2.1:x'}",
            "test.lua:1: newServer: address '192.0.2.1:x' is not an address"
                + " (like 192.0.2.1, 192.0.2.1:53 or [2001:db8::1]:53)"
        ),
        (
            "newServer{address='192.0.2.1', weight=0}",
            "test.lua:1: newServer: weight must be from 1 to 2147483647, not the number 0"
        ),
        (
            "newServer{address='192.0.2.1', order='first'}",
            "test.lua:1: newServer: order must be a whole number, not 'first'"
        ),
        (
            "newServer{address='192.0.2.1', tls=true}",
            "test.lua:1: newServer: tls must be text, not true"
        ),
        (
            "newServer{address='192.0.2.1', check='none'}",
            "test.lua:1: newServer: check: there is no check 'none'"
        ),
        (
            "newServer{address='192.0.2.1', checkType='AAAAA'}",
            "test.lua:1: newServer: checkType 'AAAAA' is not a type of record; did you mean 'AAAA'?"
        ),
        (
            "setServerPolicyLua('p', misspelt)",
            "test.lua:1: setServerPolicyLua: policy must be a function (is it spelt right?), not nil"
        ),
        (
            "setServerPolicy(leastOutstandin)",
            "test.lua:1: setServerPolicy: policy must be one of leastOutstanding, firstAvailable,"
                + " wrandom, whashed, chashed, roundrobin, orderedWrandUntag, or what newServerPolicy"
                + " or newPlannedPolicy returned, not nil"
        ),
        (
            "wrandom.policy({}, nil)",
            "test.lua:1: wrandom.policy: only inside a balancing policy"
        ),
        (
            "addAction('example..com', DropAction())",
            "test.lua:1: addAction: rule 'example..com' is not a name"
        ),
        (
            "addAction(AllRule(), AllRule())",
            "test.lua:1: addAction: action must be an action, not a rule selector"
        ),
        (
            "RCodeAction(16)",
            "test.lua:1: RCodeAction: rcode must be from 0 to 15, not the number 16"
        ),
        (
            "setUDPTimeout(0)",
            "test.lua:1: setUDPTimeout: timeout must be from 0.001 to 30 seconds, not the number 0"
        ),
        // Checks
        ("newCheck{\(check)}", "test.lua:1: newCheck: name is missing"),
        ("newCheck{name='a'}", "test.lua:1: newCheck: run is missing"),
        (
            "newCheck{name='a', run=true}",
            "test.lua:1: newCheck: run must be a function, not true"
        ),
        (
            "newCheck{name='a', intervall=2, \(check)}",
            "test.lua:1: newCheck: unknown key 'intervall'; did you mean 'interval'?"
        ),
        (
            "newCheck{name='a', \(check)}\nnewCheck{name='a', \(check)}",
            "test.lua:2: newCheck: there is a check 'a' already, at test.lua:1"
        ),
        (
            "newCheck{name='a', timeout=200, \(check)}",
            "test.lua:1: newCheck: timeout (200 s) is longer than interval (1 s); times are"
                + " seconds, milliseconds are written \"500ms\""
        ),
        (
            "newCheck{name='a', fastInterval=5, \(check)}",
            "test.lua:1: newCheck: fastInterval (5 s) is longer than interval (1 s); times are"
                + " seconds, milliseconds are written \"500ms\""
        ),
        (
            "newCheck{name='a', interval='soon', \(check)}",
            "test.lua:1: newCheck: interval must be seconds, as a number or as text like"
                + " \"500ms\", not 'soon'"
        ),
        (
            "newCheck{name='a', hardFail='confrim', \(check)}",
            "test.lua:1: newCheck: hardFail must be one of \"count\", \"confirm\", not 'confrim';"
                + " did you mean 'confirm'?"
        ),
        (
            "newCheck{name='a/b', \(check)}",
            "test.lua:1: newCheck: 'a/b' cannot be a name: at most 100 bytes, no '/', not 'always'"
        ),
        // Neighbours
        (
            "newNeighbor{address='192.0.2.1', localAS=1}",
            "test.lua:1: newNeighbor: peerAS is missing"
        ),
        (
            "newNeighbor{address='192.0.2.1', localAS=1, peerAs=2}",
            "test.lua:1: newNeighbor: unknown key 'peerAs'; did you mean 'peerAS'?"
        ),
        (
            "newNeighbor{address='192.0.2', localAS=1, peerAS=2}",
            "test.lua:1: newNeighbor: address '192.0.2' is not an address"
                + " (like 192.0.2.1, 2001:db8::1 or fe80::1%eth0)"
        ),
        (
            "newNeighbor{address='fe80::1', localAS=1, peerAS=2}",
            "test.lua:1: newNeighbor: fe80::1 is link-local: say on which interface (fe80::1%eth0)"
        ),
        (
            "newNeighbor{address='192.0.2.1', localAS=1, peerAS=2, holdTime=2}",
            "test.lua:1: newNeighbor: holdTime must be 0 or from 3 to 65535 whole seconds, not the"
                + " number 2"
        ),
        (
            "newNeighbor{address='192.0.2.1', localAS=1, peerAS=2, families='ipv4'}",
            "test.lua:1: newNeighbor: families: 'ipv4' is not one of \"ipv4 unicast\","
                + " \"ipv6 unicast\""
        ),
        (
            "for i = 1, 2 do newNeighbor{address='192.0.2.1', localAS=1, peerAS=2} end",
            "test.lua:1: newNeighbor: 192.0.2.1 was declared already, at test.lua:1"
        ),
        (
            "setRouterID('0.0.0.0')",
            "test.lua:1: setRouterID: router ID '0.0.0.0' is not an IPv4 address other than 0.0.0.0"
        ),
        // Announcements
        ("announce{when='always'}", "test.lua:1: announce: prefix is missing"),
        (
            "announce{prefix='192.0.2.1/32'}",
            "test.lua:1: announce: say when: a check, a list of checks, the word \"always\", or a"
                + " rule"
        ),
        (
            "announce{prefix='192.0.2.1/32', when='resovler'}\nnewCheck{name='resolver', \(check)}",
            "test.lua:1: announce: when: there is no check 'resovler'; did you mean 'resolver'?"
        ),
        (
            "announce{prefix='0.0.0.0/0', when='always'}",
            "test.lua:1: announce: 0.0.0.0/0 is the default route; it is announced only if"
                + " setAllowedPrefixes names it"
        ),
        (
            "announce{prefix='::/0', when='always'}",
            "test.lua:1: announce: ::/0 is the default route; it is announced only if"
                + " setAllowedPrefixes names it"
        ),
        (
            "announce{prefix='192.0.2.1/24', when='always'}",
            "test.lua:1: announce: 192.0.2.1/24 has host bits set; write 192.0.2.0/24, or"
                + " 192.0.2.1/32 for the one address"
        ),
        (
            "announce{prefix='192.0.2.0/24', when='always'}",
            "test.lua:1: announce: 192.0.2.0/24 is not one host's: say with address = … which"
                + " address must be on this host, or requireAddress = false"
        ),
        (
            "announce{prefix='192.0.2.1/32', when='always', mde=1}",
            "test.lua:1: announce: unknown key 'mde'; did you mean 'med'?"
        ),
        (
            "announce{prefix='192.0.2.1/32', when='always', whenDown={med=9}}",
            "test.lua:1: announce: whenDown has a med, so med must be set for up as well"
                + " (no MED counts as 0, the best)"
        ),
        (
            "announce{prefix='192.0.2.1/32', when='always', communities={'a:b'}}",
            "test.lua:1: announce: communities: 'a:b' is not like 65000:1 or no-export"
        ),
        (
            "announce{prefix='192.0.2.1/32', when='always', neighbors='192.0.2.9'}",
            "test.lua:1: announce: neighbors: '192.0.2.9' is not a neighbor declared above"
        ),
        (
            """
            newNeighbor{address='192.0.2.9', localAS=1, peerAS=2}
            announce{prefix='192.0.2.1/32', when='always'}
            announce{prefix='192.0.2.1', when='always'}
            """,
            "test.lua:3: announce: 192.0.2.1/32 is announced to 192.0.2.9 already, at test.lua:2"
        ),
    ])
    func eachMistakeIsOneClearLine(_ source: String, _ expected: String) {
        let refusal = Fixture.refusal(source)
        if expected.hasSuffix(" ") {
            #expect(refusal.hasPrefix(expected))
        } else {
            #expect(refusal == expected)
        }
        #expect(!refusal.contains("\n"))
    }

    @Test func allProblemsOfTheWholeFileAreToldAtOnce() {
        let refusal = Fixture.refusal(
            """
            announce{prefix='192.0.2.1/32', when='a'}
            announce{prefix='192.0.2.2/32', when='b'}
            """)
        #expect(refusal.split(separator: "\n").count == 2)
    }

    @Test func aLoopThatNeverEndsIsCutOff() {
        var limits = LuaLimits()
        limits.loadBudgetMilliseconds = 20
        #expect {
            _ = try Fixture.build("while true do end", limits: limits)
        } throws: { error in
            "\(error)".hasPrefix("test.lua:1: ")
        }
    }

    @Test func aConfigurationThatEatsMemoryIsRefused() {
        var limits = LuaLimits()
        limits.memoryBytesMax = 4 << 20
        #expect {
            _ = try Fixture.build(
                "local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1000) .. i end", limits: limits)
        } throws: { error in
            "\(error)".contains("memory")
        }
    }

    @Test func aTracebackComesWithTheError() throws {
        do throws(ScriptError) {
            _ = try Fixture.build("local function f() error('deep') end\nf()")
            Issue.record("it loaded")
        } catch {
            #expect(error.faults.first?.traceback.contains("test.lua:2") == true)
        }
    }
}
