// SPDX-License-Identifier: Apache-2.0

import Balancing
import Declarations
import LuaRuntime

@testable import Scripting

/// Where an operator's Lua runs: the same mistake is made in each.
enum ScriptPlace: String, CaseIterable, Sendable {
    case load, check, policy, rule, test, command

    /// Processor time that `body` may take there.
    var budgetMilliseconds: Int { self == .load || self == .test ? 100 : 50 }

    /// What comes before the words of a fault in line `line`.
    func prefix(line: Int) -> String {
        switch self {
        case .command: "exec:\(line): "
        case .policy: "test.lua:\(line): policy 'p' fails whatever the servers' states: "
        case .load, .check, .rule, .test: "test.lua:\(line): "
        }
    }

    /// What is said of `body` when it runs there, with the traceback's first lines; `body` begins in
    /// line 2 of `test.lua`. Limits are small, so that what never ends ends soon.
    func fault(of body: String) throws -> (text: String, traceback: String) {
        switch self {
        case .load: return try loading("local function f()\n\(body)\nend\nreturn f()")
        case .check: return try checking(body)
        case .policy:
            return try loading(
                """
                setServerPolicyLua("p", function(servers, dq)
                \(body)
                end)
                newServer{address = "192.0.2.1"}
                setScriptLimits{policyBudget = "50ms"}
                """)
        case .rule: return try deciding(body)
        case .test: return try testing(body)
        case .command: return try commanding(body)
        }
    }

    private static let memoryBytesMax = 64 << 20

    /// What a script may use there: `pharos test` has the default.
    var memoryBytesMax: Int {
        self == .test ? LuaLimits.memoryBytesDefault : Self.memoryBytesMax
    }

    private static var limits: LuaLimits {
        LuaLimits(memoryBytesMax: Self.memoryBytesMax, loadBudgetMilliseconds: 100)
    }

    private static func words(_ fault: ScriptFault?) -> (text: String, traceback: String) {
        (fault?.description ?? "", fault?.traceback ?? "")
    }

    private func loading(_ text: String) throws -> (text: String, traceback: String) {
        do throws(ScriptError) {
            _ = try Fixture.build(text, limits: Self.limits)
            return ("", "")
        } catch {
            return Self.words(error.faults.first)
        }
    }

    private func checking(_ body: String) throws -> (text: String, traceback: String) {
        let bench = try CheckBench(body, limits: Self.limits)
        guard case .error(let fault) = bench.outcome() else { return ("", "") }
        return Self.words(fault)
    }

    private func deciding(_ body: String) throws -> (text: String, traceback: String) {
        let generation = try Fixture.build(
            "announce{prefix = '192.0.2.53/32', rule = function(node)\n\(body)\nend}",
            limits: Self.limits)
        guard
            case .failed(let fault) = generation.control.evaluateRule(0, node: NodeView(name: "n"))
        else { return ("", "") }
        return Self.words(fault)
    }

    private func testing(_ body: String) throws -> (text: String, traceback: String) {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let file = try scratch.write("test.lua", "test('t', function()\n\(body)\nend)")
        let result = ScriptTests.run(file, testMilliseconds: 100)[0]
        let place = result.location.file == file ? "test.lua:\(result.location.line)" : "?"
        return ("\(place): \(result.problem ?? "")", result.traceback)
    }

    private func commanding(_ body: String) throws -> (text: String, traceback: String) {
        let generation = try Fixture.build("setScriptLimits{}", limits: Self.limits)
        let fault = generation.control.run(command: "\n\(body)").fault
        let words = Self.words(fault)
        return (words.text, words.traceback)
    }
}
