// SPDX-License-Identifier: Apache-2.0

import Testing

/// A way in which a script goes wrong, and what is said of it wherever it does.
struct Mistake: Sendable, CustomTestStringConvertible {
    /// Lua, in the body of a function.
    let body: String
    /// What is said, without the place: one of these. `BUDGET` and `MEMORY` stand for the words of
    /// those limits, where it depends on the machine which is met first.
    let words: [String]
    /// The line of the body that is named, from 0.
    var line = 0
    /// Where something else is said.
    var exceptions: [ScriptPlace: String] = [:]

    var testDescription: String { body }

    init(
        _ body: String, _ words: String..., line: Int = 0, except: [ScriptPlace: String] = [:]
    ) {
        self.body = body
        self.words = words
        self.line = line
        exceptions = except
    }

    static let deep =
        "calls are nested too deeply (stack overflow): something calls itself without end"
    static let deepInC =
        "calls are nested too deeply (C stack overflow): something calls itself without end"

    static func all(at place: ScriptPlace, _ words: String) -> String {
        let budget = "the script used up its budget of \(place.budgetMilliseconds) ms"
        let memory =
            "not enough memory: the script may use \(place.memoryBytesMax / 1_024) KiB"
            + " (setScriptLimits{memory = …})"
        return words == "BUDGET" ? budget : words == "MEMORY" ? memory : words
    }
}
