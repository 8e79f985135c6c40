// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime

/// What the results of `run` mean (DESIGN §3.2): up, down, or a check that failed to say.
enum CheckVerdict {
    /// - Parameter run: the function, to point at when the results are no verdict.
    static func outcome(of results: [LuaValue], from run: SourceLocation?) -> CheckOutcome {
        let first = results.first ?? .nil
        let detail = Self.detail(results.dropFirst().first ?? .nil)
        func error(_ message: String) -> CheckOutcome {
            .error(ScriptFault(message: message, location: run))
        }
        switch first {
        case .boolean(true): return .up(score: 1, detail: detail)
        case .boolean(false): return .down(detail: detail, isHard: false)
        case .table(let table): return scored(table, detail, from: run)
        case .nil where results.isEmpty:
            return error("run returned nothing; it must return true, false or {score = …}")
        case .nil:
            return error(
                "run returned nil" + (detail.isEmpty ? "" : " ('\(detail)')")
                    + "; it must return true, false or {score = …}")
        case .integer, .number:
            return error(
                "run returned \(first.words), which may be an exit status or a score; it must"
                    + " return true, false or {score = …}")
        case .string, .function, .object, .name, .address, .netmask:
            return error(
                "run returned \(first.words); it must return true, false or {score = …}")
        }
    }

    /// What is no text does not make another verdict, and is told as such.
    private static func detail(_ value: LuaValue) -> String {
        if value.isNil { return "" }
        return value.asText ?? "(the detail is \(value.words), not text)"
    }

    private static func scored(
        _ table: LuaTable, _ detail: String, from run: SourceLocation?
    ) -> CheckOutcome {
        do throws(ArgumentError) {
            let keys = try KeyReader(
                call: "run's result", table: table, known: Evaluation.verdictKeys)
            guard keys.has("score") else { throw keys.missing("score") }
            guard let score = keys["score"].asNumber, (0...1).contains(score) else {
                throw keys.wrong("score", "from 0 to 1")
            }
            return .up(score: score, detail: try keys.text("detail") ?? detail)
        } catch {
            return .error(ScriptFault(message: error.description, location: run))
        }
    }
}
