// SPDX-License-Identifier: Apache-2.0

import CLua
import Declarations
import LuaRuntime
import Probing
import Testing

@testable import Scripting

/// Would catch: a crash, or an error without words, when memory ends anywhere while a small
/// configuration is loaded, reloaded or run. From the n-th allocation on all fail, because one
/// refusal alone is healed by Lua's emergency collection.
@Suite struct AllocationFailureTests {
    private static let text = """
        setServerPolicyLua("tier", function(servers, dq)
            local tier = {}
            for _, s in ipairs(servers) do if s.upStatus == true then table.insert(tier, s) end end
            return wrandom.policy(tier, dq)
        end)
        newServer{address = "192.0.2.1", name = "one", order = 1, weight = 10}
        newServer{address = "192.0.2.2", name = "two", order = 2}
        local c = newCheck{name = "c", run = function(ctx)
            local words = {}
            for i = 1, 3 do words[i] = ctx.name .. i end
            return true, table.concat(words, " ")
        end}
        announce{prefix = "198.51.100.0/24", when = c, requireAddress = false,
                 rule = function(node) return {med = node.checks.c.up and 10 or 20} end}
        """

    private static func build() throws(ScriptError) -> Generation {
        try ScriptBuilder.build(
            path: "small.lua", text: text, nodeName: "test", mode: .run, planeThreads: 2)
    }

    /// Runs `body` with every allocation after the n-th failing.
    private static func failing<Value>(after count: Int, _ body: () -> Value) -> Value {
        clua_fail_allocations_after(Int64(count))
        defer { clua_fail_allocations_after(-1) }
        return body()
    }

    private static func attempt(after count: Int) -> Result<Generation, ScriptError> {
        failing(after: count) {
            do throws(ScriptError) {
                return .success(try build())
            } catch {
                return .failure(error)
            }
        }
    }

    /// The running generation answers as before each time, which is what a refused reload owes.
    @Test func aReloadThatRunsOutOfMemoryIsRefusedInWords() throws {
        let live = try Self.build()
        var refused = 0
        while true {
            switch Self.attempt(after: refused) {
            case .success(let generation):
                generation.plane?.close()
                generation.close()
                #expect(refused > 100, "only \(refused) loads failed: nothing was tested")
                #expect(outcome(of: live) == .up(score: 1, detail: "c1 c2 c3"))
                return
            case .failure(let error):
                #expect(error.description.contains("memory"), "after \(refused): \(error)")
                refused += 1
                if refused.isMultiple(of: 50) {
                    #expect(outcome(of: live) == .up(score: 1, detail: "c1 c2 c3"))
                }
            }
        }
    }

    @Test func aCheckThatRunsOutOfMemoryFailsToSay() throws {
        let generation = try Self.build()
        for count in 0..<10_000 {
            let said = Self.failing(after: count) { outcome(of: generation) }
            if case .up = said {
                #expect(count > 5, "the check needs memory: nothing was tested")
                return
            }
            guard case .error(let fault) = said else {
                Issue.record("after \(count): \(said)")
                return
            }
            #expect(fault.description.contains("memory"), "after \(count): \(fault)")
        }
        Issue.record("the check never had enough")
    }

    @Test func aRuleThatRunsOutOfMemoryFailsToSay() throws {
        let generation = try Self.build()
        var view = NodeView(name: "test")
        view.checks["c"] = NodeView.Check(isUp: true, state: "up", score: 1, detail: "", since: 0)
        for count in 0..<10_000 {
            let result = Self.failing(after: count) {
                generation.control.evaluateRule(0, node: view)
            }
            if case .announce(let attributes) = result {
                #expect(attributes.med == 10 && count > 5)
                return
            }
            guard case .failed(let fault) = result else {
                Issue.record("after \(count): \(result)")
                return
            }
            #expect(fault.description.contains("memory"), "after \(count): \(fault)")
        }
        Issue.record("the rule never had enough")
    }

    /// The check waits for nothing, so it is over when the call returns.
    private func outcome(of generation: Generation) -> CheckOutcome {
        var said: CheckOutcome?
        generation.control.runCheck(
            0, context: CheckContext(name: "c", deadlineSeconds: 1), prober: ScriptedProber()
        ) { outcome, _ in said = outcome }
        return said ?? .error(ScriptFault(message: "it waits", location: nil))
    }
}
