// SPDX-License-Identifier: Apache-2.0

import LuaRuntime
import Probing

/// Makes the table that `exec.run` and its siblings return.
enum ProcessTable {
    static func value(_ outcome: ProcessOutcome) -> LuaValue {
        .table(
            LuaTable([
                "status": .count(Int(outcome.status)),
                "stdout": .string(LuaString(bytes: outcome.output)),
                "stderr": .string(LuaString(bytes: outcome.errorOutput)),
                "seconds": .number(outcome.seconds),
                "truncated": .boolean(outcome.outputWasCut),
            ]))
    }

    /// The first line that it wrote, errors first: why it failed, as far as it said.
    static func firstLine(_ outcome: ProcessOutcome) -> String {
        let said = outcome.errorOutput.isEmpty ? outcome.output : outcome.errorOutput
        let line = said.prefix { $0 != UInt8(ascii: "\n") }
        return String(decoding: line.prefix(200), as: UTF8.self)
    }
}
