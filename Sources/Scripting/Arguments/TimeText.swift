// SPDX-License-Identifier: Apache-2.0

/// Reads and prints times as operators write them: seconds as numbers, or text with a unit.
enum TimeText {
    /// Longest time a script may give: a week, so that milliseconds never overflow anything.
    static let secondsMax = 7.0 * 86_400

    private static let units: [(suffix: String, seconds: Double)] = [
        ("ms", 0.001), ("us", 0.000_001), ("min", 60), ("s", 1), ("m", 60), ("h", 3_600),
        ("d", 86_400),
    ]

    /// Seconds of `"500ms"`, `"2s"`, `"30m"`, `"1h"` or of a bare number; `nil` for anything else.
    static func seconds(_ text: String) -> Double? {
        let trimmed = text.filter { $0 != " " }
        if let bare = Double(trimmed), bare.isFinite { return bare }
        for unit in units where trimmed.hasSuffix(unit.suffix) {
            if let count = Double(trimmed.dropLast(unit.suffix.count)), count.isFinite {
                return count * unit.seconds
            }
        }
        return nil
    }

    /// `0.5 s`, `2 s`: milliseconds as they appear in messages.
    static func words(milliseconds: Int) -> String {
        "\(number(Double(milliseconds) / 1_000)) s"
    }

    /// A number without a needless `.0`.
    static func number(_ value: Double) -> String {
        guard let whole = Int64(exactly: value) else { return String(value) }
        return String(whole)
    }
}
