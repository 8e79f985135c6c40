// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Checks expressions of `RegexRule` while the file is read, so that the message has its line.
enum ExtendedExpression {
    /// Returns `text` when the C library takes it as a POSIX extended expression.
    static func checked(_ text: String, call: String) throws(ArgumentError) -> String {
        var compiled = regex_t()
        let status = regcomp(&compiled, text, REG_EXTENDED | REG_ICASE | REG_NOSUB)
        guard status != 0 else {
            regfree(&compiled)
            return text
        }
        // The longest of the C library's messages has some 40 octets.
        var words = [CChar](repeating: 0, count: 128)
        _ = regerror(status, &compiled, &words, words.count)
        let reason = String(
            decoding: words.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        throw ArgumentError("\(call): '\(text)' is no expression: \(reason)")
    }

    /// What RE2 knows and POSIX reads as something else, without complaint.
    private static let perl: [(construct: String, instead: String)] = [
        ("\\d", "[0-9]"), ("\\D", "[^0-9]"), ("\\p", "a bracket expression"),
        ("\\P", "a bracket expression"), ("\\A", "^"), ("\\z", "$"), ("\\Q", "\\ before each"),
        ("\\x", "the character"), ("(?", "a plain group"), ("*?", "*"), ("+?", "+"), ("??", "?"),
    ]

    static func refusePerl(_ text: String, call: String) throws(ArgumentError) {
        let escapesRemoved = text.split(separator: "\\\\", omittingEmptySubsequences: false)
            .joined(separator: "_")
        for (construct, instead) in perl where escapesRemoved.contains(construct) {
            throw ArgumentError(
                "\(call): '\(text)' has \(construct), which a POSIX extended expression has not;"
                    + " write \(instead)")
        }
    }
}
