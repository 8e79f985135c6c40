// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import CLua
import DNSWire
import Declarations
import LuaRuntime
import Testing

@testable import Scripting

/// Would catch: a result of a LuaRule, LuaAction or LuaResponseAction that is misread, a member of dq,
/// dr or dh that answers or changes something else than dnsdist's, and a fault that is not told.
@Suite struct ActionScriptTests {
    private static let www = "www.example.com"

    // MARK: Results

    @Test(arguments: [
        ("return DNSAction.None", ScriptAction.none, ""),
        ("return DNSAction.None, ''", .none, ""),
        ("return DNSAction.Drop, nil", .drop, ""),
        ("return DNSAction.Spoof, '192.0.2.1'", .spoof, "192.0.2.1"),
        ("return DNSAction.Spoof, newCA('192.0.2.1:53')", .spoof, "192.0.2.1"),
        ("return DNSAction.Spoof, newDNSName('a.example')", .spoof, "a.example."),
        ("return DNSAction.Pool, 'other'", .pool, "other"),
        ("return DNSAction.Delay, 100", .delay, "100"),
        ("return '1'", .nxdomain, ""), ("return 9.0", .servFail, ""),
        ("return DNSAction.SetTag, 'a'", .setTag, "a"),
    ])
    func anActionReturnsANumberAndText(
        _ body: String, _ action: ScriptAction, _ text: String
    ) throws {
        let outcome = try ActionBench.action(body).call(try ActionBench.query(Self.www))
        #expect(outcome.code == action.rawValue)
        #expect(outcome.text == text)
    }

    @Test(arguments: [
        ("", "the action returned nothing (return DNSAction.None)"),
        ("return 77", "the action returned 77, which is no action (return DNSAction.None)"),
        ("return true", "the action returned a boolean, not an action (return DNSAction.None)"),
        (
            "return DNSAction.Spoof, {}",
            "the action returned a table beside its number, not text"
        ),
    ])
    func whatIsNoActionIsNonsense(_ body: String, _ words: String) throws {
        let bench = try ActionBench.action(body)
        #expect(bench.call(try ActionBench.query(Self.www)).code == PolicyResult.nonsense)
        #expect(bench.fault()?.hasSuffix(words) == true, "\(bench.fault() ?? "no fault")")
    }

    @Test(arguments: [
        ("error('mine')", PolicyResult.error, "test.lua:6: mine"),
        (
            "return DNSAction.Drop()", PolicyResult.error,
            "test.lua:6: 'Drop' is a number, not a function: leave out its parentheses"
                + " (return DNSAction.Drop)"
        ),
        (
            "dq.pol = 'x'", PolicyResult.error,
            "test.lua:6: dq has no field 'pol' (did you mean 'pool'?)"
        ),
        (
            "local x = dq.qnmae", PolicyResult.error,
            "test.lua:6: dq has no field 'qnmae' (did you mean 'qname'?)"
        ),
        (
            "dq.pool = 'nowhere'", PolicyResult.error,
            "test.lua:6: dq.pool: there is no pool 'nowhere'"
        ),
        ("dq.qtype = 5", PolicyResult.error, "test.lua:6: dq.qtype cannot be changed"),
        (
            "dq.skipCache = 1", PolicyResult.error,
            "test.lua:6: dq.skipCache must be true or false, not the number 1"
        ),
        (
            "dq:setEDNSOption(1, 'x')", PolicyResult.error,
            "test.lua:6: dq:setEDNSOption is not supported yet"
        ),
        ("dq.dh:setQR('x')", PolicyResult.error, "test.lua:6: setQR: give true or false"),
        (
            "dq:setTag({}, {})", PolicyResult.error,
            "test.lua:6: only one of the arguments may be a table"
        ),
        (
            "dq:setTagArray{f = print}", PolicyResult.error,
            "test.lua:6: a function cannot be passed here"
        ),
        ("while true do end", PolicyResult.timeout, "test.lua:6: the script used up its budget"),
        ("local t = {} while true do t[#t + 1] = ('x'):rep(1e6) .. #t end", PolicyResult.error, ""),
    ])
    func aFaultIsToldWithItsPlace(_ body: String, _ code: Int32, _ words: String) throws {
        let bench = try ActionBench.action(body)
        let result = bench.call(try ActionBench.query(Self.www)).code
        #expect(result == code || (words.isEmpty && result == PolicyResult.timeout))
        #expect(bench.fault()?.hasPrefix(words) == true, "\(bench.fault() ?? "no fault")")
    }

    @Test func aRuleSaysTrueOrFalse() throws {
        let bench = try ActionBench(
            """
            addAction(LuaRule(function(dq) return dq.qtype == DNSQType.A end), DropAction())
            addAction(LuaRule(function(dq) return dq.nothing end), DropAction())
            addAction(LuaRule(function(dq) return 1 end), DropAction())
            """)
        let (a, txt) = (try ActionBench.query(Self.www), try ActionBench.query(Self.www, .txt))
        #expect(bench.call(a, kind: .rule).code == 1)
        #expect(bench.call(txt, kind: .rule).code == 0)
        #expect(bench.call(a, ordinal: 1, kind: .rule).code == PolicyResult.error)
        #expect(bench.call(a, ordinal: 2, kind: .rule).code == PolicyResult.nonsense)
        #expect(bench.fault(2)?.hasSuffix("the rule returned a number, not true or false") == true)
    }

    @Test func numbersAreDnsdists() throws {
        let bench = try ActionBench.action(
            """
            local names = {"Drop", "Nxdomain", "Refused", "Spoof", "Allow", "HeaderModify", "Pool", "Delay",
                "Truncate", "ServFail", "None", "NoOp", "NoRecurse", "SpoofRaw", "SpoofPacket", "SetTag"}
            for i, name in ipairs(names) do assert(DNSAction[name] == i - 1, name) end
            local answers = {"Allow", "Delay", "Drop", "HeaderModify", "ServFail", "Truncate", "None"}
            for i, name in ipairs(answers) do assert(DNSResponseAction[name] == i - 1, name) end
            assert(DNSSection.Question == 0 and DNSSection.Answer == 1 and DNSSection.Additional == 3)
            assert(EDNSOptionCode.ECS == 8 and EDNSOptionCode.COOKIE == 10 and EDNSOptionCode.KEYTAG == 14)
            assert(DNSOpcode.Query == 0 and DNSOpcode.Notify == 4 and DNSOpcode.Update == 5)
            assert(DNSClass.IN == 1 and DNSClass.CHAOS == 3 and DNSClass.ANY == 255)
            assert(DNSRCode.NXDOMAIN == 3 and DNSRCode.REFUSED == 5 and DNSRCode.BADCOOKIE == 23)
            assert(dnsdist.NAPTR == 35 and dnsdist.ANY == 255 and dnsdist.SERVFAIL == 2 and dnsdist.SOA == 6)
            return DNSAction.None
            """)
        #expect(bench.call(try ActionBench.query(Self.www)).code == ScriptAction.none.rawValue)
        #expect(bench.fault() == nil)
    }

    // MARK: dq

    @Test func whatAnActionSetsGoesWithTheQuery() throws {
        let bench = try ActionBench.action(
            """
            assert(dq.pool == "" and dq.skipCache == false and dq.useECS == true)
            assert(dq.ecsOverride == false and dq.ecsPrefixLength == 24 and dq.tempFailureTTL == nil)
            dq.pool, dq.skipCache, dq.useECS, dq.ecsOverride = "other", true, false, true
            dq.tempFailureTTL = "30"
            dq:setTag("a", "1") dq:setTag("b") dq:setTagArray{c = "3", d = 4}
            assert(dq.pool == "other" and dq.skipCache and not dq.useECS and dq.ecsOverride)
            assert(dq.tempFailureTTL == 30 and dq:getTag("a") == "1" and dq:getTag("none") == "")
            local tags = dq:getTagArray()
            assert(tags.a == "1" and tags.b == "" and tags.c == "3" and tags.d == "4" and tags.old == "o")
            assert(dq:setRestartable() == false)
            dq:sendTrap("reason")
            return DNSAction.None
            """)
        let outcome = bench.call(try ActionBench.query(Self.www), tags: ["old": "o"])
        #expect(bench.fault() == nil)
        #expect(outcome.pool == 1 && outcome.temporaryFailureTTL == 30)
        #expect(
            outcome.flags == [.skipsCache, .clientSubnetDisabled, .clientSubnetOverrides])
        #expect(outcome.tags == ["old": "o", "a": "1", "b": "", "c": "3", "d": "4"])
    }

    @Test func headerBitsAreThePacketsOwn() throws {
        let bench = try ActionBench.action(
            """
            local h = dq.dh
            assert(h:getID() == 4711 and h:getRD() and not h:getCD() and not h:getQR())
            h:setRD(false) h:setCD(true) h:setAA(true) h:setAD(true) h:setRA(true)
            assert(not h:getRD() and h:getCD() and h:getAA() and h:getAD() and h:getRA())
            h:setRD(true) h:setRA(false) h:setTC(true)
            assert(h:getTC() and h:getRA())
            dq.rcode = DNSRCode.NXDOMAIN
            assert(dq.rcode == 3)
            h:setQR(true)
            assert(h:getQR())
            return DNSAction.HeaderModify, ""
            """)
        let outcome = bench.call(try ActionBench.query(Self.www))
        #expect(bench.fault() == nil)
        #expect(outcome.code == ScriptAction.headerModify.rawValue)
        #expect(outcome.flags.contains(.isAnswered))
        let flags = try #require(outcome.view).flags
        #expect(flags.isResponse && flags.responseCode == .nameError && flags.isTruncated)
        #expect(flags.isAuthoritative && flags.isAuthenticData && flags.checkingDisabled)
    }

    @Test func optionsAndTrailingDataAreReadable() throws {
        let options: [UInt8] = [0, 10, 0, 2, 1, 2, 0, 8, 0, 1, 9, 0, 10, 0, 0]
        let message = try ActionBench.query(
            Self.www, edns: EDNS(dnssecOK: true, options: options))
        let bench = try ActionBench.action(
            """
            local options = dq:getEDNSOptions()
            local cookie = options[EDNSOptionCode.COOKIE]
            assert(cookie:count() == 2 and cookie:getValues()[1] == "\\1\\2" and cookie:getValues()[2] == "")
            assert(options[EDNSOptionCode.ECS]:count() == 1 and options[3] == nil)
            assert(dq:getDO() and dq:getTrailingData() == "tail" and dq:getServerNameIndication() == "")
            assert(dq:getProtocol() == "Do53 UDP" and #dq:getContent() == dq.len)
            return DNSAction.None
            """)
        _ = bench.call(message + Array("tail".utf8))
        #expect(bench.fault() == nil)
    }

    @Test(arguments: [
        (
            "dq:spoof{newCA('192.0.2.1'), newCA('192.0.2.2'), newCA('::1')}", DNSType.a,
            ["192.0.2.1", "192.0.2.2"]
        ),
        ("dq:spoof{newCA('192.0.2.1'), newCA('::1')}", .aaaa, ["::1"]),
        ("dq:spoof('192.0.2.9')", .a, ["192.0.2.9"]),
        ("dq:spoof('other.example')", .a, ["other.example."]),
        ("dq:spoof(newDNSName('other.example'))", .mx, ["other.example."]),
        ("dq:spoof{'\\3abc', '\\1x'}", .txt, ["\"abc\"", "\"x\""]),
        ("dq:spoof({'\\192\\0\\2\\7'}, DNSQType.A)", DNSType(rawValue: 255), ["192.0.2.7"]),
    ])
    func spoofingWritesTheAnswer(_ body: String, _ type: DNSType, _ data: [String]) throws {
        for edns in [nil, EDNS(dnssecOK: true)] {
            let bench = try ActionBench.action(body + " return DNSAction.HeaderModify")
            let outcome = bench.call(try ActionBench.query(Self.www, type, edns: edns))
            #expect(bench.fault() == nil)
            #expect(outcome.flags.contains(.isAnswered))
            let message = try #require(outcome.view)
            #expect(message.id == 4711 && message.flags.isResponse)
            #expect(message.answers.map { "\($0.data)" } == data)
            #expect(message.answers.allSatisfy { $0.timeToLiveSeconds == 60 })
            #expect((message.edns != nil) == (edns != nil))
        }
    }

    /// As `SpoofAction` does: the query goes on to its server.
    @Test func addressesOfAnotherTypeLeaveTheQuery() throws {
        let query = try ActionBench.query(Self.www, .txt)
        let outcome = try ActionBench.action(
            "dq:spoof{newCA('192.0.2.1'), newCA('::1')} return DNSAction.HeaderModify"
        ).call(query)
        #expect(!outcome.flags.contains(.isAnswered))
        #expect(try #require(outcome.view).flags.isResponse == false)
    }

    @Test func anAnswerThatDoesNotFitIsAFault() throws {
        let bench = try ActionBench.action(
            "dq:spoof{('x'):rep(600)} return DNSAction.HeaderModify")
        let outcome = bench.call(try ActionBench.query(Self.www, .txt))
        #expect(outcome.code == PolicyResult.error)
        #expect(bench.fault() == "test.lua:6: spoof: the answer does not fit")
    }

    @Test func aPolicyReadsAndDoesNotWrite() throws {
        let bench = try PlaneBench(
            PolicyTests.policy(
                "if dq.qtype == 16 then dq.skipCache = true end return servers[1]"))
        #expect(bench.call(type: .txt) == PolicyResult.error)
        #expect(bench.plane.lastFaults["mine"]?.message == "dq cannot be changed in a policy")
        let caller = try PlaneBench(
            PolicyTests.policy("if dq.qtype == 16 then dq:setTag('a', 'b') end return servers[1]"))
        #expect(caller.call(type: .txt) == PolicyResult.error)
        let header = try PlaneBench(
            PolicyTests.policy("if dq.qtype == 16 then dq.dh:setRD(false) end return servers[1]"))
        #expect(header.call(type: .txt) == PolicyResult.error)
    }

    // MARK: dr

    private static func answer() throws -> [UInt8] {
        var message = DNSMessage(
            answering: try DNSMessage(decoding: try ActionBench.query(www, edns: EDNS())))
        let name = try DNSName(www)
        func record(_ ttl: UInt32, _ last: UInt8) -> DNSRecord {
            DNSRecord(
                name: name, type: .a, timeToLiveSeconds: ttl,
                data: .address(IPAddress(v4: 0xc000_0200 | UInt32(last))))
        }
        message.answers = [record(300, 1), record(10, 2)]
        message.authority = [record(100, 3)]
        message.additional = [record(7, 4)]
        return message.encoded
    }

    @Test func ttlsAreEditedWhereTheyLie() throws {
        let bench = try ActionBench.response(
            """
            local seen = {}
            dr:editTTLs(function(section, class, type, ttl)
                seen[#seen + 1] = section .. "/" .. class .. "/" .. type .. "/" .. ttl
                return section == DNSSection.Answer and math.min(ttl, 60) or ttl
            end)
            assert(table.concat(seen, " ") == "1/1/1/300 1/1/1/10 2/1/1/100 3/1/1/7", table.concat(seen, " "))
            return DNSResponseAction.None
            """)
        let outcome = bench.call(try Self.answer(), kind: .responseAction)
        #expect(bench.fault() == nil)
        #expect(outcome.code == ScriptResponseAction.none.rawValue)
        let message = try #require(outcome.view)
        #expect(message.answers.map(\.timeToLiveSeconds) == [60, 10])
        #expect(message.authority.map(\.timeToLiveSeconds) == [100])
        #expect(message.edns != nil)
    }

    @Test(arguments: [
        ("dr:editTTLs(5)", "editTTLs: give a function, not number"),
        (
            "dr:editTTLs(function() return 'x' end)",
            "editTTLs: the function must return a TTL in seconds, not x"
        ),
        ("dr:editTTLs(function() error('inner') end)", "inner"),
        ("dr:restart()", "dr:restart is not supported yet: a query is sent once"),
        ("dr:spoof{'x'}", "dr has no field 'spoof'"),
    ])
    func aResponsesFaultIsTold(_ body: String, _ words: String) throws {
        let bench = try ActionBench.response(body)
        #expect(bench.call(try Self.answer(), kind: .responseAction).code == PolicyResult.error)
        #expect(bench.fault()?.hasPrefix("test.lua:6: \(words)") == true, "\(bench.fault() ?? "")")
    }

    @Test func aResponseIsReadableAndWritable() throws {
        let bench = try ActionBench.response(
            """
            assert(dr.rcode == DNSRCode.NOERROR and dr.dh:getQR() and dr.qname:toString() == "www.example.com.")
            assert(dr:getTag("mine") == "yes" and dr.pool == "" and dr.remoteaddr:toString() == "192.0.2.7")
            local s = dr:getSelectedBackend()
            assert(s.name == "b" and s:isUp() and s:getNameWithAddr() == "b (192.0.2.2:53)")
            dr.rcode = DNSRCode.SERVFAIL
            dr.skipCache = true
            dr:setTag("more", "1")
            return DNSResponseAction.Delay, "50"
            """)
        let outcome = bench.call(
            try Self.answer(), kind: .responseAction, server: 1, tags: ["mine": "yes"])
        #expect(bench.fault() == nil)
        #expect(outcome.code == ScriptResponseAction.delay.rawValue && outcome.text == "50")
        #expect(outcome.view?.responseCode == .serverFailure)
        #expect(outcome.flags == .skipsCache && outcome.tags == ["mine": "yes", "more": "1"])
    }

    @Test func whatWasNotAskedOfAServerHasNone() throws {
        let bench = try ActionBench.response(
            """
            local s = dr:getSelectedBackend()
            assert(s and s.name == "" and not s:isUp())
            return DNSResponseAction.None
            """)
        _ = bench.call(try Self.answer(), kind: .responseAction)
        #expect(bench.fault() == nil)
    }

    /// What a script keeps of a query says that it has gone; its names and addresses are its own.
    @Test func aKeptQueryHasGone() throws {
        let bench = try ActionBench.action(
            """
            if kept then
                assert(name:toString() == "www.example.com." and address:toString() == "192.0.2.7")
                assert(kept.qname:toString() == "two.example.")
            end
            kept, name, address = dq, dq.qname, dq.remoteaddr
            return DNSAction.None
            """)
        _ = bench.call(try ActionBench.query(Self.www))
        _ = bench.call(try ActionBench.query("two.example"))
        #expect(bench.fault() == nil)
    }

    /// Every allocation of a call that uses all of the boundary fails in turn, and all after it.
    @Test func anActionSurvivesEveryFailure() throws {
        let bench = try ActionBench.action(
            """
            local name = newDNSName("a." .. dq.qname:toString())
            dq:setTagArray{one = "1", two = "2"}
            dq:setTag("name", name:toString())
            local tags, options = dq:getTagArray(), dq:getEDNSOptions()
            local address = newNetmask(dq.remoteaddr, 24):getMaskedNetwork()
            table.remove(getPoolServers(""), 1)
            if dq.qtype == DNSQType.TXT then dq:spoof{"\\3abc"} end
            return DNSAction.Spoof, address:toString() .. tags.one .. options[10]:count()
            """)
        let message = try ActionBench.query(
            Self.www, .txt, edns: EDNS(options: [0, 10, 0, 1, 9]))
        for count in 0..<10_000 {
            clua_fail_allocations_after(Int64(count))
            let outcome = bench.call(message)
            clua_fail_allocations_after(-1)
            if outcome.code == ScriptAction.spoof.rawValue {
                #expect(outcome.text == "192.0.2.011" && count > 10)
                return
            }
            #expect(outcome.code == PolicyResult.error, "after \(count): \(outcome.code)")
            #expect(bench.fault()?.contains("memory") == true, "after \(count)")
        }
        Issue.record("the action never had enough")
    }
}
