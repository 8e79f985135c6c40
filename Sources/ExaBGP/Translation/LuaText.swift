// SPDX-License-Identifier: Apache-2.0

/// Pieces of Lua source.
enum LuaText {
    /// A literal of any text: it holds no line feed, whatever the text does.
    static func quoted(_ text: String) -> String {
        var literal = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": literal += "\\\""
            case "\\": literal += "\\\\"
            case "\n": literal += "\\n"
            case _ where scalar.value < 32 || scalar.value == 127:
                let digits = String(scalar.value)
                literal += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
            default: literal.unicodeScalars.append(scalar)
            }
        }
        return literal + "\""
    }

    static func list(_ texts: [String]) -> String {
        "{\(texts.map(quoted).joined(separator: ", "))}"
    }

    /// A number as short as it can be written.
    static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }

    static func hexadecimal(_ number: UInt64, digits: Int) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    private static let widthMax = 96

    /// `call{key = value, …}`: on one line where it fits, else a line for each key.
    static func call(_ name: String, _ fields: [(key: String, value: String)]) -> String {
        let pairs = fields.map { "\($0.key) = \($0.value)" }
        let line = "\(name){\(pairs.joined(separator: ", "))}"
        if line.count <= widthMax, !line.contains("\n") { return line }
        return "\(name){\n" + pairs.map { "  \($0),\n" }.joined() + "}"
    }
}
