// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime

/// What a person's command (`pharos exec`) gave.
public struct ScriptCommandResult: Hashable, Sendable {
    /// What it printed, a line each, then what it returned; bounded.
    public var output: String
    public var fault: ScriptFault?
}

extension ControlScripts {
    /// Octets of output that are sent back; a command that prints more is cut.
    private static let outputBytesMax = 64 << 10

    /// Calls the chunk and makes text of what it returns: tables show their fields.
    private static let runner = """
        local run = ...
        local type, tostring, pairs, sort = type, tostring, pairs, table.sort
        local format, concat, getmetatable = string.format, table.concat, getmetatable

        local function shown(value, depth)
            if type(value) == "string" then return depth > 0 and format("%q", value) or value end
            if type(value) ~= "table" or getmetatable(value) or depth > 2 then
                return tostring(value)
            end
            local parts = {}
            for key, field in pairs(value) do
                local name = type(key) == "string" and key or "[" .. tostring(key) .. "]"
                parts[#parts + 1] = name .. " = " .. shown(field, depth + 1)
            end
            sort(parts)
            return "{" .. concat(parts, ", ") .. "}"
        end

        local results = table.pack(run())
        local texts = {}
        for i = 1, results.n do texts[i] = shown(results[i], 0) end
        return concat(texts, "\\t")
        """

    /// Runs Lua text as a person's command: it may act, and not declare. An expression's value is
    /// returned as if `return` stood before it.
    public func run(command text: String) -> ScriptCommandResult {
        var output = ""
        func append(_ line: String) {
            guard output.utf8.count <= Self.outputBytesMax else { return }
            output += line + "\n"
        }
        evaluation.printed = append
        defer { evaluation.printed = nil }
        vm.phase = .action
        var fault: ScriptFault?
        do throws(LuaError) {
            let chunk = try chunk(of: text)
            defer { vm.release(chunk) }
            let runner = try vm.load(Self.runner, chunkName: Prelude.chunkName)
            defer { vm.release(runner) }
            let results = try vm.call(
                runner, [.function(chunk)],
                budgetMilliseconds: configuration.scriptLimits.controlMilliseconds)
            defer { release(results) }
            if let text = results.first?.text, !text.isEmpty { append(text) }
        } catch {
            fault = explanation.fault(error, in: SourceLocation(file: "exec", line: 1))
        }
        if output.utf8.count > Self.outputBytesMax {
            output = String(decoding: output.utf8.prefix(Self.outputBytesMax), as: UTF8.self)
            output += "\n… cut after \(Self.outputBytesMax >> 10) KiB\n"
        }
        return ScriptCommandResult(output: output, fault: fault)
    }

    private func chunk(of text: String) throws(LuaError) -> LuaFunction {
        if let expression = try? vm.load("return " + text, chunkName: "exec") { return expression }
        return try vm.load(text, chunkName: "exec")
    }
}
