// SPDX-License-Identifier: Apache-2.0

/// Builds the text exposition format of Prometheus (version 0.0.4).
///
/// A family is opened once with its help and type; its samples follow. Label values are escaped as
/// the format wants it: backslash, quotation mark and line feed.
struct MetricsText {
    enum Kind: String {
        case counter, gauge, histogram
    }

    private(set) var text = ""
    private var family = ""

    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    mutating func open(_ name: String, _ kind: Kind, _ help: String) {
        family = name
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    /// Adds one sample to the open family.
    mutating func sample(_ value: Double, suffix: String = "", _ labels: [(String, String)] = []) {
        text += family + suffix
        if !labels.isEmpty {
            let inner = labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }
            text += "{" + inner.joined(separator: ",") + "}"
        }
        text += " \(Self.number(value))\n"
    }

    /// A family of one sample without labels.
    mutating func single(_ name: String, _ kind: Kind, _ help: String, _ value: Double) {
        open(name, kind, help)
        sample(value)
    }

    private static func number(_ value: Double) -> String {
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value == value.rounded(), abs(value) < 9e15 { return String(Int64(value)) }
        return "\(value)"
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            .replacing("\n", with: "\\n")
    }
}
