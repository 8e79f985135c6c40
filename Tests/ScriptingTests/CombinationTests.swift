// SPDX-License-Identifier: Apache-2.0

import Addressing
import LuaRuntime
import Probing
import Testing

@testable import Scripting

/// Would catch: functions that run one after the other, a decision that waits for what cannot change
/// it or does not wait for what can, an error that passes for a down, and a branch left behind.
@Suite struct CombinationTests {
    /// Answers queries of 192.0.2.N after N milliseconds: N below 100 well, below 200 refused,
    /// others never.
    private func bench(_ body: String) throws -> CheckBench {
        let bench = try CheckBench(
            """
            local function ask(n)
              return function() return dns.query{server='192.0.2.' .. n, name='example.com'}.ok end
            end
            local function broken() local t; return t.x end
            \(body)
            """)
        bench.prober.answerQuery = { probe in
            let last = Int(probe.server.address.v4Bits & 0xff)
            switch last {
            case ..<100:
                return .init(
                    afterMilliseconds: last, .success(CheckBench.message(answers: ["192.0.2.1"])))
            case ..<200: return .init(afterMilliseconds: last - 100, .failure(.refused))
            default: return nil
            }
        }
        return bench
    }

    @Test func functionsWaitSideBySide() throws {
        let bench = try bench("return check.all{ask(50), ask(60), ask(40)}")
        bench.start()
        bench.prober.advance(milliseconds: 59)
        #expect(bench.outcomes.isEmpty)
        bench.prober.advance(milliseconds: 1)
        #expect(bench.outcomes == [.up(score: 1, detail: "3 of 3 up")])
        #expect(bench.trace.entries.map(\.branch) == ["3", "1", "2", ""])
        #expect(bench.trace.entries.last?.call == "check.all of 3")
    }

    @Test(arguments: [
        // The verdict is told as soon as it is sure, at the given millisecond.
        ("check.all{ask(20), ask(30)}", CheckOutcome.up(score: 1, detail: "2 of 2 up"), 30),
        (
            "check.all{ask(90), web = ask(105), ask(95)}",
            .down(detail: "web: dns.query 192.0.2.105:53: connection refused", isHard: true), 5
        ),
        (
            "check.any{ask(90), ask(110), ask(20)}",
            .up(
                score: 1,
                detail: "1 of 3 up; 2: dns.query 192.0.2.110:53: connection refused"), 20
        ),
        (
            "check.any{function() return false, 'tired' end, function() return false end}",
            .down(detail: "0 of 2 up; 1: tired; 2: down", isHard: false), 0
        ),
        ("check.quorum(2, {ask(10), ask(20), ask(90)})", .up(score: 1, detail: "2 of 3 up"), 20),
        (
            "check.quorum(2, {ask(10), false, ask(120)})",
            .down(
                detail: "1 of 3 up, 2 needed; 2: down;"
                    + " 3: dns.query 192.0.2.120:53: connection refused", isHard: false), 20
        ),
        // An error decides nothing while the others can.
        (
            "check.any{broken, ask(20)}",
            .up(
                score: 1,
                detail: "1 of 2 up; 1: error: test.lua:5: attempt to index a nil value (local 't')"),
            20
        ),
        (
            "check.all{broken, function() return false, 'no' end}",
            .down(
                detail: "1: error: test.lua:5: attempt to index a nil value (local 't'); 2: no",
                isHard: false), 0
        ),
        // The score is the least of the best that were needed.
        (
            "check.all{{score = 0.5}, true, {score = 0.75}}",
            .up(score: 0.5, detail: "3 of 3 up"), 0
        ),
        (
            "check.quorum(2, {{score = 0.5}, {score = 0.25}, true})",
            .up(score: 0.25, detail: "2 of 3 up"), 0
        ),
        (
            "check.all{(check.any{ask(10), ask(90)}), last = ask(30)}",
            .up(score: 1, detail: "2 of 2 up"), 40
        ),
        (
            """
            check.all{pair = function() return check.any{a = ask(110), b = ask(120)} end, ask(90)}
            """,
            .down(
                detail: "pair: 0 of 2 up; a: dns.query 192.0.2.110:53: connection refused;"
                    + " b: dns.query 192.0.2.120:53: connection refused", isHard: true), 20
        ),
    ])
    func theVerdictIsToldWhenItIsSure(
        _ call: String, _ expected: CheckOutcome, _ milliseconds: Int
    ) throws {
        let bench = try bench("return \(call)")
        bench.start()
        if milliseconds > 0 {
            bench.prober.advance(milliseconds: milliseconds - 1)
            #expect(bench.outcomes.isEmpty)
        }
        bench.prober.advance(milliseconds: 1)
        #expect(bench.outcomes == [expected])
        #expect(bench.prober.pendingCount == 0)
    }

    @Test(arguments: [
        "check.all{ask(20), broken}", "check.any{ask(120), broken}",
        "check.quorum(2, {ask(20), broken, ask(110)})",
        "check.all{ask(20), function() return check.any{broken} end}",
    ])
    func anErrorThatDecidesIsAnErrorWithItsOwnPlace(_ call: String) throws {
        guard case .error(let fault)? = try bench("return \(call)").outcome() else {
            Issue.record("no error")
            return
        }
        #expect(fault.description == "test.lua:5: attempt to index a nil value (local 't')")
        #expect(fault.traceback.contains("test.lua:5"))
    }

    @Test func anErrorOfABranchCanBeCaught() throws {
        let bench = try bench(
            "local ok, words = pcall(check.all, {broken}) return not ok, words")
        #expect(
            bench.outcome()
                == .up(score: 1, detail: "test.lua:5: attempt to index a nil value (local 't')"))
    }

    @Test func aVerdictCanBeLookedAtBeforeItIsReturned() throws {
        let bench = try bench(
            """
            local up, why = check.all{ask(10), ask(110)}
            assert(up == false)
            local part = check.any{{score = 0.5}}
            return part, 'although ' .. why
            """)
        #expect(
            bench.outcome()
                == .up(
                    score: 0.5,
                    detail: "although 2: dns.query 192.0.2.110:53: connection refused"))
    }

    @Test func branchesKnowTheContext() throws {
        let bench = try bench(
            """
            return check.all{
              function(c) return c.name == 'c' and c.deadline > 0 end,
              function(c) return c.nmae end,
            }
            """)
        guard case .error(let fault)? = bench.outcome() else {
            Issue.record("no error")
            return
        }
        #expect(fault.description == "test.lua:8: ctx has no field 'nmae'; did you mean 'name'?")
    }

    @Test func aLoopInABranchEndsTheRunAtOnce() throws {
        var limits = LuaLimits()
        limits.callBudgetMilliseconds = 5
        let bench = try CheckBench(
            "return check.any{function() while true do end end, function() return true end}",
            limits: limits)
        guard case .error(let fault)? = bench.outcome() else {
            Issue.record("no error")
            return
        }
        #expect(fault.message.contains("budget"))
        #expect(bench.run?.isFinished == true)
    }

    @Test func aCancelledRunEndsAllItsBranches() throws {
        let bench = try bench("return check.all{ask(200), function() sleep(0.15) end, ask(201)}")
        bench.start()
        #expect(bench.run?.waitingFor == "dns.query 192.0.2.200:53 example.com. A and 2 more")
        bench.run?.cancel()
        bench.prober.advance(milliseconds: 10_000)
        #expect(bench.outcomes.isEmpty && bench.prober.pendingCount == 0)
        let trace = try #require(bench.run?.trace)
        #expect(trace.entries.map(\.result) == Array(repeating: "cut off", count: 4))
        #expect(Set(trace.entries.map(\.branchNumber)) == [0, 1, 2, 3])
        #expect(trace.verdicts.values.map(\.words) == Array(repeating: "cut off", count: 3))
    }

    @Test func whatADecisionLeavesOverIsToldAsSuch() throws {
        let bench = try bench("return check.any{ask(20), ask(90)}")
        _ = bench.outcome()
        #expect(
            bench.trace.entries.map { "\($0.branch) \($0.result) \($0.isFailure)" }
                == ["1 NOERROR, 1 answer false", "2 not waited for false", " 1 of 2 up false"])
        let parts = try #require(bench.trace.entries.last?.parts)
        #expect(parts.map(\.label) == ["1", "2"])
        #expect(
            parts.map { $0.branchNumber.flatMap { bench.trace.verdicts[$0]?.words } }
                == ["up", "not waited for"])
    }

    @Test(arguments: [
        ("check.all{}", "check.all: the list is empty"),
        ("check.all{ask(1), nil, ask(2)}", "check.all: entry 2 is nil (is it spelt right?)"),
        ("check.any{ask(1), 'two'}", "check.any: entry 2 must be a function, not 'two'"),
        (
            "check.any{{scroe = 1}}",
            "check.any: entry 1: run's result: unknown key 'scroe'; did you mean 'score'?"
        ),
        ("check.all(broken)", "check.all: its argument must be a table, not a function"),
        (
            "check.quorum(3, {ask(1), ask(2)})",
            "check.quorum: the number of those that must be up must be from 1 to 2, not the number 3"
        ),
        ("check.quorum(nil, {ask(1)})", "check.quorum: say how many must be up"),
    ])
    func aWrongListIsAnErrorAtItsLine(_ call: String, _ words: String) throws {
        guard case .error(let fault)? = try bench("local v = \(call)\nreturn v").outcome() else {
            Issue.record("no error")
            return
        }
        #expect(fault.description == "test.lua:6: \(words)")
    }

    @Test func outsideOfARunTheySaySo() throws {
        #expect(
            Fixture.refusal("check.all{function() return true end}")
                == "test.lua:1: check.all: only in a check's run, not while loading")
    }

    @Test func branchesLeaveNothingInTheVM() throws {
        let bench = try bench("return check.any{ask(10), ask(20), ask(200)}")
        func runs(_ count: Int) -> Int {
            for _ in 0..<count {
                bench.start()
                bench.prober.advance(milliseconds: 300)
            }
            bench.generation.control.vm.collect()
            return bench.generation.control.memory.bytes
        }
        weak var last: CheckRun?
        bench.start()
        last = bench.run
        bench.run = nil
        bench.prober.advance(milliseconds: 300)
        #expect(last == nil)
        let before = runs(50)
        #expect(runs(500) < before + 4_096)
        #expect(bench.outcomes.count == 551)
    }
}
