// SPDX-License-Identifier: Apache-2.0

import LuaRuntime

/// `print`, `infolog`, `warnlog`, `errlog`, `vinfolog`.
extension Evaluation {
    /// Bytes of one line; what is longer is cut.
    private static let lineBytesMax = 1_000

    func defineLogNames() throws(LuaError) {
        let functions: [(String, ScriptLogLine.Priority)] = [
            ("print", .info), ("infolog", .info), ("vinfolog", .info), ("warnlog", .warning),
            ("errlog", .error),
        ]
        for (name, priority) in functions {
            if let plane, plane.logsToRing {
                noteDefined(name)
                try plane.defineLog(name, priority)
                continue
            }
            try define(name) { [unowned self] (arguments, call) throws(ArgumentError) in
                let text = arguments.values.map { $0.asText ?? $0.words }.joined(separator: "\t")
                if name == "print", let printed {
                    printed(text)
                    return []
                }
                let line = String(decoding: text.utf8.prefix(Self.lineBytesMax), as: UTF8.self)
                    .map { $0.isNewline ? " " : $0 }
                log(
                    ScriptLogLine(
                        priority: priority, text: String(line),
                        location: call.caller == nil ? nil : location(of: call)))
                return []
            }
        }
    }
}
