// SPDX-License-Identifier: Apache-2.0

extension String {
    /// The text with escapes for what would break a line or a terminal: it may come from the
    /// network or from a script.
    var onOneLine: String {
        guard unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) else {
            return self
        }
        return unicodeScalars.map { scalar in
            switch scalar {
            case "\n": "\\n"
            case "\t": "\\t"
            case _ where scalar.value < 32 || scalar.value == 127:
                "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: String(scalar)
            }
        }.joined()
    }
}
