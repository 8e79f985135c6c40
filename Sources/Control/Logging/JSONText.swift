// SPDX-License-Identifier: Apache-2.0

/// JSON strings for log lines, where an encoder would cost more than the line (RFC 8259 §7).
enum JSONText {
    static func quoted(_ text: String) -> String {
        var result = ""
        append(text, to: &result)
        return result
    }

    /// The same at the end of `result`. Nearly all text is its own: it is looked at as octets and
    /// copied whole.
    static func append(_ text: String, to result: inout String) {
        result += "\""
        let isPlain = text.utf8.allSatisfy {
            $0 >= 32 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        if isPlain { result += text } else { appendEscaped(text, to: &result) }
        result += "\""
    }

    private static func appendEscaped(_ text: String, to result: inout String) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 32:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
    }
}
