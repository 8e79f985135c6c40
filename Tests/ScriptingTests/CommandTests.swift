// SPDX-License-Identifier: Apache-2.0

import Balancing
import Declarations
import LuaRuntime
import Testing

@testable import Scripting

/// Would catch: a person's command that declares, hangs control or says nothing of its mistake; and
/// limits of scripts that are not the ones set.
@Suite struct CommandTests {
    @Test(arguments: [
        ("1 + 1", "2\n"), ("return 'a', nil, true", "a\tnil\ttrue\n"), ("local x = 1", ""),
        ("print('one', 2) print('three') return 4", "one\t2\nthree\n4\n"),
        ("{b = 1, a = {'x'}}", "{a = {[1] = \"x\"}, b = 1}\n"),
        ("getServer('one')", "server one\n"), ("getServer('one'):getName()", "one\n"),
        ("shared:add('n', 2)", "2\n"), ("#getServers()", "1\n"),
    ])
    func whatACommandGivesIsText(_ script: String, _ expected: String) throws {
        let generation = try Fixture.build("newServer{address='192.0.2.1', name='one'}")
        let result = generation.control.run(command: script)
        #expect(result == ScriptCommandResult(output: expected, fault: nil))
    }

    @Test(arguments: [
        ("newServer{address='192.0.2.2'}", "newServer: only while the configuration is read"),
        ("getServr()", "there is no function 'getServr'; did you mean 'getServer'?"),
        ("x = = 1", "unexpected symbol near '='"),
        ("print('before') error('mine')", "exec:1: mine"),
        ("dns.query{server='192.0.2.1', name='a'}", "dns.query: only a check's run may wait"),
        ("os.execute('true')", "os.execute blocks; use exec.run in a check"),
        ("while true do end", "the script used up its budget of 50 ms"),
    ])
    func aFaultOfACommandIsExplained(_ script: String, _ expected: String) throws {
        let generation = try Fixture.build("newServer{address='192.0.2.1', name='one'}")
        let result = generation.control.run(command: script)
        let fault = try #require(result.fault)
        #expect(fault.description.contains(expected), "\(fault)")
        #expect(result.output == (script.hasPrefix("print") ? "before\n" : ""))
        #expect(generation.control.run(command: "1").output == "1\n")
    }

    @Test func muchOutputIsCut() throws {
        let generation = try Fixture.build("setScriptLimits{checkBudget = 5}")
        let result = generation.control.run(
            command: "for i = 1, 20000 do print('a line of some length') end")
        #expect(result.fault == nil)
        #expect((64 << 10..<65 << 10).contains(result.output.utf8.count))
        #expect(result.output.hasSuffix("… cut after 64 KiB\n"))
    }

    @Test func comparingAndSettingIsOneStep() throws {
        let generation = try Fixture.build("")
        let result = generation.control.run(
            command: """
                assert(shared:compareAndSet('leader', nil, 'a') == true)
                assert(shared:compareAndSet('leader', nil, 'b') == false)
                assert(shared.leader == 'a')
                assert(shared:compareAndSet('leader', 'a', 'b') == true)
                shared.n = 1
                assert(shared:compareAndSet('n', 1.0, 2) and shared.n == 2)
                assert(shared:compareAndSet('n', 2, nil) and shared.n == nil)
                local ok, message = pcall(shared.compareAndSet, shared, 'n', nil, {})
                assert(not ok and message:find('only numbers, truths and texts', 1, true), message)
                """)
        #expect(result.fault == nil, "\(String(describing: result.fault))")
    }

    @Test func countersAreRightWithManyThreads() async throws {
        let shared = SharedValues()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1_000 {
                        _ = try? shared.add("added", 1)
                        while true {
                            let before = shared.read("swapped")
                            let next = before.isNil ? 1 : (Self.integer(before) ?? 0) + 1
                            if (try? shared.exchange("swapped", before, with: .integer(next)))
                                == true
                            {
                                break
                            }
                        }
                    }
                }
            }
        }
        #expect(shared.read("added") == .integer(8_000))
        #expect(shared.read("swapped") == .integer(8_000))
    }

    private static func integer(_ value: LuaValue) -> Int64? {
        if case .integer(let number) = value { number } else { nil }
    }

    // MARK: Limits

    @Test func limitsAreThoseThatWereSet() throws {
        let limits = try Fixture.configuration(
            "setScriptLimits{policyBudget='5ms', checkBudget=0.2, memory='256MB',"
                + " loadTime=20, patternSteps=20000, textSize='2MB'}"
        ).scriptLimits
        #expect((limits.policyMilliseconds, limits.controlMilliseconds) == (5, 200))
        #expect(limits.memoryBytesMax == 256 << 20)
        #expect((limits.loadMilliseconds, limits.patternStepsMax) == (20_000, 20_000))
        #expect(limits.textBytesMax == 2 << 20)
        let defaults = try Fixture.configuration("").scriptLimits
        #expect((defaults.policyMilliseconds, defaults.controlMilliseconds) == (1, 50))
        #expect(defaults.memoryBytesMax == 128 << 20)
        #expect((defaults.loadMilliseconds, defaults.patternStepsMax) == (10_000, 50_000_000))
        #expect(defaults.textBytesMax == 1 << 20)
    }

    @Test(arguments: [
        ("policyBudget=0", "policyBudget must be from 0.001 s to 1 s, not the number 0"),
        ("policyBudget=2", "policyBudget must be from 0.001 s to 1 s, not the number 2"),
        ("checkBudget='11s'", "checkBudget must be from 0.001 s to 10 s, not '11s'"),
        ("memory='1KB'", "memory must be from 1MB to 4096MB"),
        ("memory='much'", "memory must be from 1MB to 4096MB"),
        ("loadTime='50ms'", "loadTime must be from 0.1 s to 60 s, not '50ms'"),
        ("loadTime=61", "loadTime must be from 0.1 s to 60 s, not the number 61"),
        ("patternSteps=100", "patternSteps must be from 10000 to 1000000000"),
        ("textSize='1KB'", "textSize must be from 64KB to 64MB"),
        ("polcyBudget=1", "unknown key 'polcyBudget'; did you mean 'policyBudget'?"),
    ])
    func aLimitOutOfRangeNamesTheRange(_ keys: String, _ expected: String) {
        let refusal = Fixture.refusal("setScriptLimits{\(keys)}")
        #expect(refusal.hasPrefix("test.lua:1: setScriptLimits: "), "\(refusal)")
        #expect(refusal.contains(expected), "\(refusal)")
    }

    @Test func theLoadTimeHoldsForTheFileThatSaysIt() {
        let refusal = Fixture.refusal("setScriptLimits{loadTime='100ms'}\nwhile true do end")
        #expect(refusal.contains("test.lua:2: "), "\(refusal)")
        #expect(refusal.contains("used up its budget of 100 ms"), "\(refusal)")
    }

    @Test(arguments: [
        ("patternSteps=10000", "(('a'):rep(30)):find(('a?'):rep(30) .. ('a'):rep(30) .. 'b')"),
        ("textSize='64KB'", "('x'):rep(70000)"),
    ])
    func boundsHoldInWhatRunsLater(_ limit: String, _ call: String) throws {
        for (limits, isRefused) in [("setScriptLimits{\(limit)}", true), ("", false)] {
            let generation = try Fixture.build(limits)
            defer { generation.close() }
            let fault = generation.control.run(command: call).fault
            // The pattern without a limit of its own runs into the budget.
            #expect((fault?.usedUpBudget == false) == isRefused, "\(String(describing: fault))")
        }
    }

    @Test func theMemoryCapHoldsFromItsCallOn() throws {
        let text = "local t = {} for i = 1, 3e5 do t[i] = 'text ' .. i end"
        #expect(Fixture.refusal(text) == "")
        let refusal = Fixture.refusal("setScriptLimits{memory='4MB'}\n" + text)
        #expect(refusal.contains("the script may use 4096 KiB"), "\(refusal)")
        // In a later run of its own as well.
        let generation = try Fixture.build(
            "setScriptLimits{memory='4MB', checkBudget=5} every(1, function() \(text) end)")
        let fault = try #require(generation.control.runTimer(0))
        #expect(fault.message.contains("the script may use 4096 KiB"), "\(fault)")
    }

    @Test func theBudgetOfAControlScriptIsTheOneSet() throws {
        let generation = try Fixture.build(
            "setScriptLimits{checkBudget=0.2} every(1, function() while true do end end)")
        let fault = try #require(generation.control.runTimer(0))
        #expect(fault.message.contains("its budget of 200 ms"), "\(fault)")
    }
}
