// SPDX-License-Identifier: Apache-2.0

import CLua

extension LuaVM {
    /// Compiles source text; binary chunks are refused. `chunkName` is the path that errors name.
    public func load(_ source: [UInt8], chunkName: String) throws(LuaError) -> LuaFunction {
        try requireOpen()
        let source = LuaSource.text(of: source)
        var reference: Int32 = 0
        try check(clua_load(handle, source, source.count, chunkName, &reference))
        return LuaFunction(reference: reference)
    }

    public func load(_ source: String, chunkName: String) throws(LuaError) -> LuaFunction {
        try load(Array(source.utf8), chunkName: chunkName)
    }

    /// Calls a function and returns copies of its results. The budget is the load budget in phase
    /// `.load` and the call budget otherwise, unless given; below another call of this VM it is
    /// what that one has left.
    public func call(
        _ function: LuaFunction, _ arguments: [LuaValue] = [], budgetMilliseconds: Int? = nil
    ) throws(LuaError) -> [LuaValue] {
        try requireOpen()
        try seedIfNeeded()
        let bytes = ValueEncoder.list(arguments)
        let ticks = budgetTicks(budgetMilliseconds)
        try check(clua_call(handle, function.reference, bytes, bytes.count, ticks))
        return takeInput()
    }

    /// Starts a task: a coroutine that `LuaTask.resume` runs, the first time with `arguments`.
    public func start(_ function: LuaFunction, _ arguments: [LuaValue] = []) -> LuaTask {
        LuaTask(vm: self, function: function, arguments: arguments)
    }

    /// Lets go of a function. Its reference must not be used again.
    public func release(_ function: LuaFunction) {
        if isOpen { clua_release(handle, function.reference) }
    }

    /// Releases every function in a value that came from this VM.
    public func releaseFunctions(in value: LuaValue) {
        switch value {
        case .function(let function): release(function)
        case .table(let table):
            for element in table.array { releaseFunctions(in: element) }
            for field in table.fields {
                releaseFunctions(in: field.key)
                releaseFunctions(in: field.value)
            }
        case .nil, .boolean, .integer, .number, .string, .object, .name, .address, .netmask:
            break
        }
    }

    /// Where a function was written; `nil` for one that is not Lua.
    public func location(of function: LuaFunction) -> (file: String, line: Int)? {
        var line: Int32 = 0
        guard isOpen, clua_location(handle, function.reference, &line) == CLUA_OK, line > 0,
            let caller = hostCaller
        else { return nil }
        return (caller.file, caller.line)
    }

    /// Reads a global by its path ("dns.query"); nil where there is none.
    public func get(_ path: String) throws(LuaError) -> LuaValue {
        try requireOpen()
        try check(clua_get(handle, path))
        return takeInput().first ?? .nil
    }

    /// Sets a global by its path; missing tables on the way are made.
    public func set(_ path: String, _ value: LuaValue) throws(LuaError) {
        try requireOpen()
        let bytes = ValueEncoder.list([value])
        try check(clua_set(handle, path, bytes, bytes.count))
    }

    /// Defines a host function by its path ("newServer", "dns.query"). One that may end with
    /// `.suspended` says so: it then raises, before `body` runs, wherever waiting is impossible.
    /// The VM keeps `body`: one that refers to the VM does so unowned, or `close` breaks the cycle.
    public func define(
        _ path: String, suspending: Bool = false, _ body: @escaping HostFunction
    ) throws(LuaError) {
        try requireOpen()
        try check(clua_define(handle, path, register(body), suspending))
    }

    func budgetTicks(_ milliseconds: Int?) -> Int32 {
        let own =
            phase == .load ? limits.loadBudgetMilliseconds : limits.callBudgetMilliseconds
        return Int32(
            LuaLimits.clamp(milliseconds ?? own, to: LuaLimits.budgetMillisecondsRange))
    }
}
