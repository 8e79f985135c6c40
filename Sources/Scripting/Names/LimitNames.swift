// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime

/// `setScriptLimits`.
extension Evaluation {
    static let limitKeys = ["policyBudget", "checkBudget", "memory"]

    func defineLimitNames() throws(LuaError) {
        try declare("setScriptLimits") { [unowned self] (arguments, _) throws(ArgumentError) in
            let keys = try KeyReader(
                call: "setScriptLimits", table: arguments.table(0, "its argument"),
                known: Self.limitKeys)
            var limits = configuration.scriptLimits
            limits.policyMilliseconds =
                try budget(keys, "policyBudget", ScriptLimits.policyMillisecondsRange)
                ?? limits.policyMilliseconds
            limits.controlMilliseconds =
                try budget(keys, "checkBudget", ScriptLimits.controlMillisecondsRange)
                ?? limits.controlMilliseconds
            limits.memoryBytesMax = try memory(keys) ?? limits.memoryBytesMax
            configuration.scriptLimits = limits
            // From here on, so that a file that needs more says so in its first line.
            vm.setMemoryBytesMax(limits.memoryBytesMax)
            return []
        }
    }

    private func budget(
        _ keys: KeyReader, _ key: String, _ range: ClosedRange<Int>
    ) throws(ArgumentError) -> Int? {
        guard let milliseconds = try keys.milliseconds(key) else { return nil }
        guard range.contains(milliseconds) else {
            throw keys.wrong(
                key,
                "from \(TimeText.words(milliseconds: range.lowerBound))"
                    + " to \(TimeText.words(milliseconds: range.upperBound))")
        }
        return milliseconds
    }

    /// Bytes, or text with a unit: `"256MB"`.
    private func memory(_ keys: KeyReader) throws(ArgumentError) -> Int? {
        guard keys.has("memory") else { return nil }
        let range = ScriptLimits.memoryBytesRange
        let bytes = keys["memory"].asInteger ?? keys["memory"].text.flatMap(Self.bytes)
        guard let bytes, range.contains(bytes) else {
            throw keys.wrong(
                "memory",
                "from \(range.lowerBound >> 20)MB to \(range.upperBound >> 20)MB, in bytes or as"
                    + " text like \"256MB\"")
        }
        return bytes
    }

    private static func bytes(_ text: String) -> Int? {
        let trimmed = text.filter { $0 != " " }.uppercased()
        let units = [("KB", 10), ("MB", 20), ("GB", 30), ("K", 10), ("M", 20), ("G", 30)]
        for (unit, shift) in units where trimmed.hasSuffix(unit) {
            guard let count = Int(trimmed.dropLast(unit.count)), (0...1 << 20).contains(count)
            else { return nil }
            return count << shift
        }
        return nil
    }
}
