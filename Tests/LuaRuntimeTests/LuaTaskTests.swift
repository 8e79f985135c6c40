// SPDX-License-Identifier: Apache-2.0

import LuaRuntime
import Testing

/// Would catch a check that loses its answer, gets another's, or outlives its cancellation.
@Suite struct LuaTaskTests {
    let vm: LuaVM

    init() throws {
        vm = try makeVM()
        vm.phase = .check
        try vm.define("wait", suspending: true) { _ in .suspended }
        try vm.define("dns.query", suspending: true) { _ in .suspended }
    }

    private func start(_ source: String, _ arguments: [LuaValue] = []) throws -> LuaTask {
        vm.start(try vm.load(source, chunkName: "/etc/check.lua"), arguments)
    }

    private func failure(_ step: LuaTask.Step) -> LuaError? {
        if case .failed(let error) = step { error } else { nil }
    }

    @Test func readsAsBlockingCode() throws {
        let task = try start("local a, b = wait(...) return a + b, wait()", ["first"])
        #expect(task.state == .ready)
        #expect(task.resume() == .suspended)
        vm.collect()
        #expect(task.resume([1, 2]) == .suspended)
        #expect(task.resume(["last"]) == .finished([3, "last"]))
        #expect(task.state == .ended)
        #expect(task.resume() == .ignored)
    }

    @Test func anErrorIsRaisedAtTheCallThatWaits() throws {
        let task = try start("\n\nwait()\n")
        #expect(task.resume() == .suspended)
        let error = failure(task.resume(raising: "dns.query 192.0.2.1:53: no answer in 0.5 s"))
        #expect(
            error?.description == "/etc/check.lua:3: dns.query 192.0.2.1:53: no answer in 0.5 s")
        #expect(error?.traceback.contains("/etc/check.lua:3") == true)
    }

    @Test func pcallCatchesIt() throws {
        let task = try start(
            "local ok, m = pcall(function() wait() end) return ok, m, wait()")
        #expect(task.resume() == .suspended)
        #expect(task.resume(raising: "no") == .suspended)
        #expect(
            task.resume([7]) == .finished([.boolean(false), "/etc/check.lua:1: no", 7]))
    }

    @Test func waitsInsideItsOwnCoroutines() throws {
        let task = try start(
            """
            local co = coroutine.wrap(function(a)
                local inner = coroutine.create(function() return wait("inner") end)
                local ok, x = coroutine.resume(inner)
                local y = coroutine.yield(x)
                return wait(), y
            end)
            local x = co("a")
            local z, y = co("y")
            return x, y, z
            """)
        #expect(task.resume() == .suspended)
        #expect(task.resume(["x"]) == .suspended)
        #expect(task.resume(["z"]) == .finished(["x", "y", "z"]))
    }

    @Test func aStaleCompletionIsIgnored() throws {
        let task = try start("return wait(), wait()")
        #expect(task.resume() == .suspended)
        let first = task.suspension
        #expect(task.resume([1], suspension: first) == .suspended)
        #expect(task.resume([9], suspension: first) == .ignored)
        #expect(task.resume([2], suspension: task.suspension) == .finished([1, 2]))
        #expect(task.resume([3], suspension: task.suspension) == .ignored)
    }

    @Test func cancelClosesAndIgnoresWhatComesLater() throws {
        try vm.set("closed", 0)
        let task = try start(
            "local c <close> = setmetatable({}, {__close = function() closed = 1 end}) wait()")
        #expect(task.resume() == .suspended)
        task.cancel()
        #expect(try vm.get("closed") == 1)
        #expect(task.resume([1]) == .ignored)
        #expect(task.resume(raising: "late") == .ignored)
        task.cancel()
    }

    @Test func aTaskMayBeCancelledByWhatItCalls() throws {
        var running: LuaTask?
        try vm.define("stop") { _ in
            running?.cancel()
            return .returned
        }
        let task = try start("stop() wait()")
        running = task
        #expect(task.resume() == .ignored)
        #expect(task.state == .ended)
        // The host function holds the task, and so the VM.
        running = nil
    }

    @Test func aTaskThatIsDroppedIsFreed() throws {
        vm.collect()
        let before = vm.memoryBytes
        for _ in 0..<200 {
            let task = try start("local t = {} for i = 1, 100 do t[i] = {} end wait() return t")
            #expect(task.resume() == .suspended)
        }
        vm.collect()
        vm.collect()
        // What remains are the two hundred functions' references.
        #expect(vm.memoryBytes - before < 400_000)
    }

    @Test func closingTheVMEndsItsTasks() throws {
        let task = try start("wait()")
        #expect(task.resume() == .suspended)
        vm.close()
        #expect(task.resume() == .ignored)
        #expect(failure(vm.start(LuaFunction(reference: 1)).resume())?.kind == .internal)
    }

    @Test(arguments: [
        "table.sort({3, 2, 1}, function(a, b) wait() return a < b end)",
        "('x'):gsub('x', function() wait() end)",
        "coroutine.wrap(function() table.sort({2, 1}, function() "
            + "coroutine.wrap(function() wait() end)() end) end)()",
    ])
    func waitingBelowCSaysWhatIsWrong(_ source: String) throws {
        let message = failure(try start(source).resume())?.message
        #expect(
            message?.hasSuffix(
                "wait cannot wait inside a sort or gsub function, an iterator or a metamethod")
                == true)
    }

    @Test func metamethodsAndPcallMayWait() throws {
        let task = try start(
            "local t = setmetatable({}, {__index = function(_, k) return wait(k) end}) return t.x")
        #expect(task.resume() == .suspended)
        #expect(task.resume([5]) == .finished([5]))
    }

    @Test func waitingOutsideAChecksNamesThePlace() throws {
        let query = "dns.query"
        let cases: [(LuaVM.Phase, String)] = [
            (.load, "\(query) waits for an answer: call it inside a check's run function"),
            (.check, "\(query) waits for an answer: call it inside a check's run function"),
            (.rule, "\(query) is not available in an announce rule"),
            (.policy, "\(query) is not available in a balancing policy"),
        ]
        for (phase, message) in cases {
            vm.phase = phase
            #expect(vm.failure("dns.query{}")?.message == message)
        }
    }

    @Test func aLoopInATaskIsCutOffAndOthersGoOn() throws {
        let other = try start("return wait()")
        #expect(other.resume() == .suspended)
        let task = try start("wait() while true do end")
        task.budgetMilliseconds = 5
        #expect(task.resume() == .suspended)
        #expect(failure(task.resume())?.kind == .timeout)
        #expect(other.resume([1]) == .finished([1]))
    }

    @Test func yieldingToNobodyIsAnError() throws {
        let message = failure(try start("coroutine.yield(1)").resume())?.message
        #expect(message == "coroutine.yield outside a coroutine (a check waits with sleep)")
    }

    @Test func errorsOfTasksHaveTheirTraceback() throws {
        let error = failure(
            try start("local function inner() error('bad') end\ninner()").resume())
        #expect(error?.description == "/etc/check.lua:1: bad")
        #expect(error?.traceback.contains("in local 'inner'") == true)
    }
}
