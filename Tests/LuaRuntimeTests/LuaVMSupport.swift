// SPDX-License-Identifier: Apache-2.0

import LuaRuntime

extension LuaVM {
    /// Loads and calls text; line 1 of `chunkName` is its first.
    @discardableResult
    func run(
        _ source: String, _ arguments: [LuaValue] = [], chunkName: String = "/etc/test.lua",
        budgetMilliseconds: Int? = nil
    ) throws(LuaError) -> [LuaValue] {
        let function = try load(source, chunkName: chunkName)
        defer { release(function) }
        return try call(function, arguments, budgetMilliseconds: budgetMilliseconds)
    }

    func failure(_ source: String, budgetMilliseconds: Int? = nil) -> LuaError? {
        do throws(LuaError) {
            try run(source, budgetMilliseconds: budgetMilliseconds)
            return nil
        } catch {
            return error
        }
    }
}

func makeVM(memoryBytesMax: Int = LuaLimits.memoryBytesDefault) throws -> LuaVM {
    try LuaVM(name: "test", limits: LuaLimits(memoryBytesMax: memoryBytesMax))
}
