// SPDX-License-Identifier: Apache-2.0

import CLua
import LuaRuntime
import Testing

/// Would catch an allocation failure that crashes, that leaves a VM unusable or unclosable, or that
/// ends without a clear error. The n-th and all later allocations fail, for every n: one refusal
/// alone is healed by Lua's emergency collection.
@Suite(.timeLimit(.minutes(2))) struct LuaMemoryTests {
    @Test(arguments: [
        "local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end",
        "local s = 'x' while true do s = s .. s end",
        "return ('x'):rep(1 << 25)",
        "return string.format('%s%s', ('x'):rep(1 << 20), ('y'):rep(1 << 20))",
        "local t = {} for i = 1, 1e8 do t[i] = i end",
        "local t = {} for i = 1, 100000 do t[i] = 'some text' end return table.concat(t, ('-'):rep(99))",
    ])
    func theCapHolds(_ source: String) throws {
        let vm = try makeVM(memoryBytesMax: 1 << 20)
        let error = vm.failure(source)
        #expect(error?.kind == .memory, "\(String(describing: error))")
        #expect(vm.memoryBytes <= 1 << 20)
        #expect(try vm.run("return 1 + 1") == [2])
    }

    @Test func aCapTooSmallIsAClearError() throws {
        #expect(
            LuaLimits(memoryBytesMax: 1).memoryBytesMax == LuaLimits.memoryBytesRange.lowerBound)
    }

    @Test func boundsOfStringMakersHoldOutsideLoading() throws {
        let vm = try makeVM()
        vm.phase = .policy
        #expect(
            vm.failure("return ('x'):rep(1 << 30)")?.message
                == "string.rep: the result would be longer than 1048576 bytes")
        #expect(
            try vm.run("return #('ab'):rep(3, '-'), ('x'):rep(0), ('x'):rep(-1)") == [8, "", ""])
    }

    @Test func accountingReturnsToWhereItBegan() throws {
        let vm = try makeVM()
        try vm.run("x = 1")
        vm.collect()
        vm.collect()
        let before = vm.memoryBytes
        for _ in 0..<20 { try vm.run("local t = {} for i = 1, 1000 do t[i] = {} end") }
        vm.collect()
        vm.collect()
        #expect(abs(vm.memoryBytes - before) < 4096)
    }

    @Test func setUpSurvivesEveryFailure() throws {
        var failures = 0
        try sweep { fail in
            fail()
            do throws(LuaError) {
                let vm = try LuaVM(name: "oom")
                vm.close()
                return nil
            } catch {
                failures += 1
                return error
            }
        }
        #expect(failures > 100)
    }

    @Test func loadAndCallSurviveEveryFailure() throws {
        let source = """
            local t = {name = "n", list = {1, 2, {3}}}
            local function f(x) return x .. "y", {x} end
            local ok, message = pcall(function() error("caught " .. tostring(f("z"))) end)
            local co = coroutine.wrap(function(a) local b = coroutine.yield(a .. "1") return b end)
            co("a") co("b")
            for w in ("one two"):gmatch("%a+") do t[w] = w:upper():rep(3) end
            table.sort(t.list, function(a, b) return tostring(a) < tostring(b) end)
            return host(t, f), string.format("%s-%d", "x", 5), (("abc"):gsub("%w", "%0%0"))
            """
        try sweep { fail in
            let vm = try makeVM()
            defer { vm.close() }
            try vm.define("host") { call in
                call.releaseFunctions()
                call.results = [.table(LuaTable(array: ["r"], ["k": "v"]))]
                return .returned
            }
            fail()
            do throws(LuaError) {
                let results = try vm.run(source)
                #expect(results.count == 3)
                return nil
            } catch {
                return error
            }
        }
    }

    @Test func tasksSurviveEveryFailure() throws {
        try sweep { fail in
            let vm = try makeVM()
            defer { vm.close() }
            vm.phase = .check
            try vm.define("wait", suspending: true) { _ in .suspended }
            let function = try vm.load(
                "local a = wait() local ok, e = pcall(wait) return {a, e .. 'x'}", chunkName: "t")
            fail()
            let task = vm.start(function, ["argument"])
            var steps = [task.resume()]
            steps.append(task.resume([.table(LuaTable(array: ["x", "y"]))]))
            steps.append(task.resume(raising: "no answer in 0.5 s"))
            for case .failed(let error) in steps { return error }
            guard case .finished(let results)? = steps.last else {
                return LuaError(kind: .internal, message: "\(steps)")
            }
            #expect(results.count == 1)
            return nil
        }
    }

    @Test func kindsAndErrorsSurviveEveryFailure() throws {
        try sweep { fail in
            let vm = try makeVM()
            defer { vm.close() }
            fail()
            do throws(LuaError) {
                try vm.defineKind(
                    3,
                    LuaKind(
                        name: "thing",
                        methods: [
                            "id": { call in
                                call.results = [.integer(Int64(call.receiver?.id ?? 0))]
                                return .returned
                            }
                        ]))
                try vm.set("thing", .object(LuaObject(kind: 3, id: 9)))
                #expect(try vm.run("return thing:id(), thing == thing") == [9, .boolean(true)])
            } catch {
                return error
            }
            let error = vm.failure("\nerror('x' .. 1)")
            if error?.kind == .memory { return error }
            #expect(error?.description == "/etc/test.lua:2: x1")
            return nil
        }
    }

    @Test func planeCallsSurviveEveryFailure() throws {
        let source = """
            return function(servers, dq)
                local t = {}
                for i, s in ipairs(servers) do
                    if s:isUp() and dq.qname:toString() == "www.example." then t[#t + 1] = s end
                end
                table.remove(servers, 1)
                return wrandom.policy(t, dq)
            end
            """
        try sweep { fail in
            let fake = FakePlane(count: 6)
            let vm = try makeVM()
            defer { vm.close() }
            fail()
            do throws(LuaError) {
                let plane = try PlanePolicyVM(vm, fake.callbacks())
                try fake.setUp(plane)
                let pool = try plane.addPool(name: "", ordinals: [0, 1, 2, 3, 4, 5])
                guard case .function(let function)? = try vm.run(source).first else {
                    throw LuaError(kind: .internal, message: "no function")
                }
                var failure: LuaError?
                for _ in 0..<3 {
                    switch plane.call(function, pool: pool, query: fake.query) {
                    case .server(let ordinal): #expect(ordinal == 5)
                    case .none: #expect(Bool(false), "no server was chosen")
                    case .failed(let kind): failure = plane.lastError(kind)
                    }
                }
                plane.collectStep()
                clua_fail_allocations_after(-1)
                // With memory again, the list is what it was.
                #expect(
                    plane.call(function, pool: pool, query: fake.query) == .server(ordinal: 5))
                return failure
            } catch {
                return error
            }
        }
    }

    /// Runs `step` with ever later failures until a run meets none. `step` calls the closure it is
    /// given where failures are to begin.
    private func sweep(_ step: (_ fail: () -> Void) throws -> LuaError?) throws {
        for n in 0..<20_000 {
            defer { clua_fail_allocations_after(-1) }
            guard let error = try step({ clua_fail_allocations_after(Int64(n)) }) else {
                #expect(n > 3, "the sweep failed nothing")
                return
            }
            #expect(error.kind == .memory, "allocation \(n): \(error) \(error.kind)")
            #expect(!error.message.isEmpty)
        }
        Issue.record("the sweep did not end")
    }
}
