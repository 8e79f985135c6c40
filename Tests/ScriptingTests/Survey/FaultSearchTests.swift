// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime
import Testing

@testable import Scripting

/// Would catch: a mistake that hides behind another, a fault that is none, a wrong file that passes.
@Suite struct FaultSearchTests {
    private func faults(_ text: String) -> [String] {
        ScriptBuilder.survey(path: "test.lua", text: text, nodeName: "node1").faults
            .map(\.description)
    }

    @Test func everyMistakenDeclarationIsTold() {
        #expect(
            faults(
                """
                newSever{address = "192.0.2.1"}
                newServer{address = "192.0.2.300"}
                addAction(AllRul(), DropAction())
                newCheck{name = "a", intervall = 2, run = print}
                newServer{address = "192.0.2.2"}
                addLocall(1)
                """) == [
                    "test.lua:1: there is no function 'newSever'; did you mean 'newServer'?",
                    "test.lua:2: newServer: address '192.0.2.300' is not an address"
                        + " (like 192.0.2.1, 192.0.2.1:53 or [2001:db8::1]:53)",
                    "test.lua:3: there is no function 'AllRul'; did you mean 'AllRule'?",
                    "test.lua:4: newCheck: unknown key 'intervall'; did you mean 'interval'?",
                    "test.lua:6: there is no function 'addLocall'; did you mean 'addLocal'?",
                ])
    }

    @Test func aStatementThatRaisesIsLeftOutAndTheNextGoesOn() {
        #expect(
            faults(
                """
                local list = nothing.there
                for _, address in ipairs(list) do newServer{address = address} end
                error("mine")
                if true then
                    error({code = 3})
                end
                newServer{address = "x"}
                """
            ).map { String($0.prefix(11)) } == [
                "test.lua:1:", "test.lua:3:", "test.lua:5:", "test.lua:7:",
            ])
    }

    @Test func whatFollowsFromAFaultIsNoFaultOfItsOwn() {
        #expect(
            faults(
                """
                local check = newCheck{name = "resolver", runn = print}
                local service = newServer{address = "nowhere", check = check}
                service:setDown()
                newServer{address = "192.0.2.1", check = check}
                announce{prefix = "192.0.2.1/32", when = "resolver"}
                """
            ) == [
                "test.lua:1: newCheck: unknown key 'runn'; did you mean 'run'?"
            ])
    }

    @Test func whatTheScriptCatchesIsItsOwnAffair() {
        #expect(
            faults(
                """
                local ok = pcall(newServer, {address = "x"})
                pcall(function() frobnicate() end)
                frobnicate()
                """
            ) == ["test.lua:3: there is no function 'frobnicate'"])
    }

    @Test func aFileThatIsRightHasNone() {
        let survey = ScriptBuilder.survey(
            path: "test.lua",
            text: """
                if newThread == nil then frobnicate() end
                local ok = pcall(newServer, {address = "x"})
                assert(not ok)
                newServer{address = "192.0.2.1"}
                """, nodeName: "node1")
        #expect(survey.faults.isEmpty)
        #expect(survey.generation?.configuration.servers.count == 1)
    }

    @Test func anEndlessFileIsToldOnce() {
        var limits = LuaLimits()
        limits.loadBudgetMilliseconds = 50
        let survey = ScriptBuilder.survey(
            path: "test.lua", text: "while true do end", nodeName: "node1", limits: limits)
        #expect(
            survey.faults.map(\.description) == [
                "test.lua:1: the script used up its budget of 50 ms"
            ])
    }

    @Test func faultsInFilesThatAreReadAreTold() throws {
        let folder = try Scratch()
        defer { folder.remove() }
        try folder.write("servers.lua", "newServer{adress = '192.0.2.1'}\nnewServer{}\n")
        try folder.write("broken.lua", "\nx = = 1\n")
        let main = try folder.write(
            "pharos.lua",
            """
            dofile("servers.lua")
            dofile("broken.lua")
            addAcl("192.0.2.0/24")
            """)
        let survey = ScriptBuilder.survey(path: main, nodeName: "node1")
        #expect(
            survey.faults.map(\.description) == [
                "\(main):3: there is no function 'addAcl'; did you mean 'addACL'?",
                "servers.lua:1: newServer: address is missing; is it 'adress' that was meant?",
                "servers.lua:2: newServer: address is missing",
                "broken.lua:2: unexpected symbol near '='",
            ])
    }

    @Test func everyPolicyThatFailsIsTold() {
        #expect(
            faults(
                """
                newServer{address = "192.0.2.1", pool = {"one", "two"}}
                setPoolServerPolicyLua("a", function(servers) return servers[1].nam.x end, "one")
                setPoolServerPolicyLua("b", function(servers) return nothing.x end, "two")
                """
            ).count == 2)
    }
}
