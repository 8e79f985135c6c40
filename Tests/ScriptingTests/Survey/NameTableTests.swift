// SPDX-License-Identifier: Apache-2.0

import Declarations
import Testing

@testable import Scripting

/// Would catch: a name that is used and not told of, one that is told of and is the operator's own,
/// one in the wrong group, and a misspelling in a function that no evaluation calls.
@Suite struct NameTableTests {
    private func table(_ text: String) -> NameTable {
        ScriptBuilder.survey(path: "test.lua", text: text, nodeName: "node1").names
    }

    private func lines(_ entries: [NameTable.Entry]) -> [String] {
        entries.map { "\($0.name) \($0.location.line) \($0.note)" }
    }

    @Test func callsKeysMethodsAndFieldsAreSupported() {
        let table = table(
            """
            newServer{address = "192.0.2.1", order = 1}
            newServer{address = "192.0.2.2", weight = 2}
            setServerPolicyLua("p", function(servers, dq)
                if dq.qtype == DNSQType.A and servers[1]:isUp() then return servers[1] end
                return leastOutstanding.policy(servers, dq)
            end)
            """)
        #expect(
            lines(table.supported) == [
                ":isUp 4 ", "DNSQType 4 ", "dq.qtype 4 ", "leastOutstanding 5 ", "newServer 1 ",
                "newServer.address 1 ", "newServer.order 1 ", "newServer.weight 2 ",
                "setServerPolicyLua 3 ",
            ])
        #expect(table.withoutEffect.isEmpty && table.unknown.isEmpty)
    }

    @Test func whatHasNoEffectIsToldOnceWithWhatHappensInstead() {
        let table = table(
            """
            setVerbose(true)
            newServer{address = "192.0.2.1", reconnectOnUp = true}
            setVerbose(false)
            if false then showVersion() end
            """)
        #expect(
            lines(table.withoutEffect) == [
                "newServer: reconnectOnUp 2 sockets are renewed all the time",
                "setVerbose 1 use pharos run -v", "showVersion 4 use pharos --version",
            ])
        #expect(lines(table.supported) == ["newServer 2 ", "newServer.address 2 "])
        #expect(table.unknown.isEmpty)
    }

    @Test func aMisspeltNameIsFoundWhereNoEvaluationGoes() {
        let table = table(
            """
            newServer{address = "192.0.2.1", wieght = 1}
            addAction(AllRule(), LuaAction(function(dq)
                if dq.qtype == DNSQType.A then return DNSAction.None end
                warlog("odd " .. dq.qnam:toString())
                return DNSAction.Dorp
            end))
            newCheck{name = "c", run = function(ctx)
                if ctx.previous then return dns.qurey{server = "192.0.2.1", name = "a"}.ok end
                return true
            end}
            """)
        #expect(
            lines(table.unknown) == [
                "dns.qurey 8 did you mean 'dns.query'?",
                "DNSAction.Dorp 5 did you mean 'DNSAction.Drop'?",
                "dq.qnam 4 did you mean 'qname'?",
                "newServer.wieght 1 did you mean 'weight'?",
                "warlog 4 did you mean 'warnlog'?",
            ])
    }

    @Test func theOperatorsOwnNamesAreNobodysElse() {
        let table = table(
            """
            local function mine(a, ...) return a end
            function theirs() return mine(1) end
            helpers = {}
            function helpers.trim(text) return (text:gsub("%s", "")) end
            string.startsWith = function(text, with) return text:sub(1, #with) == with end
            local x <const>, y = 1, function(callback) return callback(x) end
            for key, value in pairs({newSever = 1}) do mine(key, value) end
            if newThread then mine() end
            if someDay then mine() end
            goto done
            ::done::
            print(theirs(), helpers.trim(" a "), string.startsWith("ab", "a"), y(tostring))
            """)
        #expect(lines(table.unknown) == [])
        #expect(lines(table.supported) == ["print 12 "])
    }

    @Test func aRefusedNameIsToldWithItsReason() {
        let table = table("if false then newThread('x') LuaFFIAction('y') end")
        #expect(
            lines(table.unknown) == [
                "LuaFFIAction 1 not supported: Lua here is 5.4 without ffi; LuaAction does the same,"
                    + " without a lock",
                "newThread 1 not supported: scripts have no threads of their own; use every(seconds,"
                    + " f) or a check",
            ])
    }

    @Test func aFileThatIsRefusedHasItsNamesToo() {
        let table = table(
            """
            newSever{}
            newServer{address = "192.0.2.1"}
            local s = getServer(0)
            s:isUpp()
            """)
        #expect(
            lines(table.unknown) == [
                ".isUpp 4 did you mean 'isUp'?", "newSever 1 did you mean 'newServer'?",
            ])
        #expect(table.supported.map(\.name) == ["getServer", "newServer"])
    }

    @Test func commentsAndTextsNameNothing() {
        let table = table(
            #"""
            -- newSever{}
            --[==[ frobnicate() ]] ]==]
            local text = "frobnicate() \" x()" .. [[ y() ]] .. 'z()\'' .. 0x1p-3 .. 1.5e+3
            """#)
        #expect(table.unknown.isEmpty && table.supported.isEmpty)
    }
}
