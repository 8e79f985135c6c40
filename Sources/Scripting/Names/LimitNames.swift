// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime

/// `setScriptLimits`.
extension Evaluation {
    static let limitKeys = [
        "policyBudget", "checkBudget", "loadTime", "memory", "patternSteps", "textSize",
    ]

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
            limits.loadMilliseconds =
                try budget(keys, "loadTime", ScriptLimits.loadMillisecondsRange)
                ?? limits.loadMilliseconds
            limits.memoryBytesMax =
                try size(keys, "memory", ScriptLimits.memoryBytesRange) ?? limits.memoryBytesMax
            limits.patternStepsMax =
                try keys.integer("patternSteps", in: ScriptLimits.patternStepsRange)
                ?? limits.patternStepsMax
            limits.textBytesMax =
                try size(keys, "textSize", ScriptLimits.textBytesRange) ?? limits.textBytesMax
            configuration.scriptLimits = limits
            // From here on, so that a file that needs more says so in its first line.
            vm.setMemoryBytesMax(limits.memoryBytesMax)
            vm.setBounds(patternSteps: limits.patternStepsMax, textBytes: limits.textBytesMax)
            if keys.has("loadTime") {
                vm.setLoadBudget(milliseconds: limits.loadMilliseconds)
                if role == .control { onLoadTime(limits.loadMilliseconds) }
            }
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
    private func size(
        _ keys: KeyReader, _ key: String, _ range: ClosedRange<Int>
    ) throws(ArgumentError) -> Int? {
        guard keys.has(key) else { return nil }
        let bytes = keys[key].asInteger ?? keys[key].text.flatMap(Self.bytes)
        guard let bytes, range.contains(bytes) else {
            throw keys.wrong(
                key,
                "from \(Self.words(range.lowerBound)) to \(Self.words(range.upperBound)), in bytes"
                    + " or as text like \"256MB\"")
        }
        return bytes
    }

    private static func words(_ bytes: Int) -> String {
        bytes < 1 << 20 ? "\(bytes >> 10)KB" : "\(bytes >> 20)MB"
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
