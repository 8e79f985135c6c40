// SPDX-License-Identifier: Apache-2.0

import LuaRuntime
import Testing

/// Would catch a way for a script to keep its thread: each of these ran forever once.
@Suite(.timeLimit(.minutes(1))) struct LuaBudgetTests {
    /// Generous, because tests share two cores; the stop itself takes two to three milliseconds.
    static let patience = Duration.milliseconds(500)

    @Test(arguments: [
        "while true do end",
        "for i = 1, math.huge do end",
        "repeat local x = {} until false",
        "::again:: goto again",
        "while true do pcall(error) end",
        "while true do pcall(function() while true do end end) end",
        "local function f() pcall(f) while true do pcall(f) end end f()",
        "xpcall(function() error('x') end, function() while true do end end)",
        "xpcall(function() while true do end end, function() while true do end end)",
        "while true do xpcall(error, function() while true do end end) end",
        "coroutine.wrap(function() while true do end end)()",
        "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
        "local co = coroutine.wrap(function() while true do coroutine.yield() end end) "
            + "while true do co() end",
        "local co = coroutine.create(function() local c <close> = setmetatable({}, "
            + "{__close = function() while true do end end}) coroutine.yield() end) "
            + "coroutine.resume(co) coroutine.close(co)",
        "local c <close> = setmetatable({}, {__close = function() while true do end end}) "
            + "while true do end",
        "string.find(('a'):rep(50), ('a?'):rep(50) .. ('a'):rep(50))",
        "local s = ('a'):rep(3000) while true do s:find('.-.-.-.-b') end",
        "return (('a'):rep(100)):match(('a*'):rep(30) .. 'b')",
        "return ('x'):gsub('x*', function() while true do end end)",
        "for w in ('a '):rep(1000):gmatch('.-.-.-.-b') do end",
        "while true do ('x'):rep(100000) end",
        "local t = {} for i = 1, 100000 do t[i] = 'x' end while true do table.concat(t) end",
        "table.concat(setmetatable({}, {__index = type, __len = function() return 1e9 end}))",
        "table.move({}, 1, 1 << 60, 2)",
        "table.insert(setmetatable({}, {__len = function() return 1 << 60 end}), 1, 1)",
        "table.remove(setmetatable({}, {__len = function() return 1 << 60 end}), 1)",
        "table.sort({5, 4, 3, 2, 1}, function() while true do end end)",
        "local t = {} for i = 1, 2000000 do t[i] = (i * 7919) % 1000003 end table.sort(t)",
        "setmetatable({}, {__index = function() while true do end end}).x()",
        "return tostring(setmetatable({}, {__tostring = function() while true do end end}))",
        "load(function() while true do end end)",
    ])
    func everyLoopEnds(_ source: String) throws {
        let vm = try makeVM()
        let clock = ContinuousClock()
        let start = clock.now
        let error = vm.failure(source, budgetMilliseconds: 20)
        #expect(error?.kind == .timeout, "\(String(describing: error))")
        #expect(clock.now - start < Self.patience)
        #expect(error?.message == "the script used up its budget of 20 ms")
        // Nothing stays armed.
        #expect(try vm.run("local n = 0 for i = 1, 1000 do n = n + i end return n") == [500500])
    }

    @Test(arguments: [1, 5, 20, 50, 200])
    func aRecursionWithoutEndEnds(_ budgetMilliseconds: Int) throws {
        // Symptom: below some hundred thousand frames arming the hook took longer than a tick, and
        // at each tick it was armed again: nothing else ever ran on that thread.
        let vm = try makeVM()
        let start = ContinuousClock.now
        let error = vm.failure(
            "local function f() return 1 + f() end return f()",
            budgetMilliseconds: budgetMilliseconds)
        #expect(error?.kind == .timeout || error?.message.contains("stack overflow") == true)
        #expect(ContinuousClock.now - start < .seconds(3))
        #expect(try vm.run("return 1") == [1])
    }

    @Test func theSmallestBudgetStopsWithinFewTicks() throws {
        let vm = try makeVM()
        vm.phase = .policy
        let function = try vm.load("while true do end", chunkName: "x")
        let clock = ContinuousClock()
        var shortest = Duration.seconds(1)
        for _ in 0..<20 {
            let start = clock.now
            #expect(throws: LuaError.self) { try vm.call(function, budgetMilliseconds: 1) }
            shortest = min(shortest, clock.now - start)
        }
        // The machine may be busy, so the best of twenty.
        #expect(shortest < .milliseconds(4))
    }

    @Test func theLineThatRanIsNamed() throws {
        let vm = try makeVM()
        let error = vm.failure("local x = 1\nwhile true do\nx = x + 1\nend", budgetMilliseconds: 5)
        #expect(error?.file == "/etc/test.lua")
        #expect([2, 3, 4].contains(error?.line))
        #expect(error?.traceback.contains("/etc/test.lua") == true)
    }

    @Test func budgetsAreFreshForEachCall() throws {
        let vm = try makeVM()
        let function = try vm.load("for i = 1, 200000 do end", chunkName: "x")
        for _ in 0..<50 { #expect(try vm.call(function, budgetMilliseconds: 100) == []) }
    }

    @Test func twoThreadsHaveTheirOwn() async throws {
        await withTaskGroup(of: LuaError.Kind?.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let vm = try? makeVM()
                    return vm?.failure("while true do end", budgetMilliseconds: 10)?.kind
                }
            }
            for await kind in group { #expect(kind == .timeout) }
        }
    }

    /// A VM is built on one thread and used on another; it is never used by two at once.
    private struct Moved: @unchecked Sendable { let vm: LuaVM }

    @Test func aVMMovesBetweenThreads() async throws {
        let moved = Moved(vm: try makeVM())
        #expect(moved.vm.failure("while true do end", budgetMilliseconds: 5)?.kind == .timeout)
        for _ in 0..<4 {
            let kind = await Task.detached {
                moved.vm.failure("while true do end", budgetMilliseconds: 5)?.kind
            }.value
            #expect(kind == .timeout)
        }
    }
}
