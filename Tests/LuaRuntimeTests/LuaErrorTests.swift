// SPDX-License-Identifier: Apache-2.0

import LuaRuntime
import Testing

/// Would catch an error without the operator's file and line, or with the wrong ones.
@Suite struct LuaErrorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let source: String
        let description: String
        let kind: LuaError.Kind
        var testDescription: String { source }
    }

    static let cases = [
        Case(
            source: "\nlocal x = = 1", description: "unexpected symbol near '='", kind: .syntax),
        Case(source: "\nerror('plain')", description: "plain", kind: .runtime),
        Case(source: "\nerror('no place', 0)", description: "no place", kind: .runtime),
        Case(
            source: "local function f() error('up', 2) end\nf()", description: "up",
            kind: .runtime),
        Case(
            source: "\nerror({code = 1})", description: "raised a table: {code = 1}",
            kind: .runtime),
        Case(
            source: "\nerror(setmetatable({}, {__tostring = function() return 'obj' end}))",
            description: "obj", kind: .runtime),
        Case(
            source: "\nlocal t = nil; t.x = 1",
            description: "attempt to index a nil value (local 't')", kind: .runtime),
        Case(source: "\nfail()", description: "the host says no", kind: .runtime),
    ]

    @Test(arguments: cases) func namesFileAndLine(_ test: Case) throws {
        let vm = try makeVM()
        try vm.define("fail") { _ in .raised("the host says no") }
        let error = vm.failure(test.source)
        #expect(error?.description == "/etc/test.lua:2: \(test.description)")
        #expect(error?.kind == test.kind)
    }

    @Test func longPathsAreWhole() throws {
        let path = "/etc/" + String(repeating: "long/", count: 40) + "pharos.lua"
        let vm = try makeVM()
        for source in ["\n\nerror('x')", "\n\nx = = 1"] {
            let error = #expect(throws: LuaError.self) { try vm.run(source, chunkName: path) }
            #expect(error?.file == path)
            #expect(error?.line == 3)
        }
    }

    @Test func tracebackIsBoundedAndNamesFrames() throws {
        let vm = try makeVM()
        let error = vm.failure(
            "local function deep(n) if n == 0 then error('bottom') end return 1 + deep(n - 1) end\n"
                + "deep(150)")
        #expect(error?.traceback.contains("in local 'deep'") == true)
        #expect(error?.traceback.contains("...") == true)
        #expect((error?.traceback.utf8.count ?? 0) <= 4096)
    }

    @Test func messagesAreBoundedAndOneLine() throws {
        let vm = try makeVM()
        let error = vm.failure("error(('x\\n'):rep(100000))")
        #expect((error?.message.utf8.count ?? 0) < 2048)
        #expect(error?.description.contains("\n") == false)
    }

    @Test func scriptsCatchHostErrorsWithTheirPlace() throws {
        let vm = try makeVM()
        try vm.define("fail") { _ in .raised("no") }
        #expect(
            try vm.run("return pcall(function() fail() end)")
                == [.boolean(false), "/etc/test.lua:1: no"])
    }

    @Test func infiniteRecursionIsAnError() throws {
        let vm = try makeVM()
        let error = vm.failure("local function f() return f() + 1 end f()")
        #expect(error?.message.contains("stack overflow") == true)
        #expect(try vm.run("return 1") == [1])
    }

    @Test func recursionThroughTheHostIsAnError() throws {
        let vm = try makeVM()
        defer { vm.close() }
        try vm.define("again") { call in
            guard case .function(let function) = call[0] else { return .raised("function wanted") }
            defer { call.releaseFunctions() }
            do throws(LuaError) {
                call.results = try vm.call(function)
                return .returned
            } catch {
                return .raised(error.message)
            }
        }
        let error = vm.failure("local function f() return again(f) end f()")
        #expect(error?.message.contains("stack overflow") == true)
        #expect(try vm.run("return 1") == [1])
    }

    @Test func aClosedVMRefuses() throws {
        let vm = try makeVM()
        vm.close()
        vm.close()
        #expect(throws: LuaError.self) { try vm.run("return 1") }
        #expect(vm.memoryBytes == 0)
    }

    @Test func hostsMayCallBack() throws {
        let vm = try makeVM()
        // The function below holds the VM: closing breaks the cycle.
        defer { vm.close() }
        try vm.define("twice") { call in
            guard case .function(let function) = call[0] else { return .raised("function wanted") }
            defer { call.releaseFunctions() }
            do throws(LuaError) {
                call.results = try vm.call(function) + vm.call(function)
                return .returned
            } catch {
                return .raised("inside: \(error.message)")
            }
        }
        #expect(
            try vm.run("local n = 0 return twice(function() n = n + 1 return n end)") == [1, 2])
        #expect(
            vm.failure("twice(function() error('deep') end)")?.message == "inside: deep")
    }
}
