// SPDX-License-Identifier: Apache-2.0

/// Milliseconds as an operator writes seconds: `0.5`, `1`, `1.25`.
enum SecondsText {
    static func of(milliseconds: Int) -> String {
        let whole = milliseconds / 1_000
        var fraction = String(1_000 + milliseconds % 1_000).dropFirst()
        while fraction.last == "0" { fraction.removeLast() }
        return fraction.isEmpty ? "\(whole)" : "\(whole).\(fraction)"
    }
}
