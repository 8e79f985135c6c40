// SPDX-License-Identifier: Apache-2.0

/// One statement: words that end in `;`, or words before a block in braces.
struct Statement: Hashable, Sendable {
    var words: [Word]
    /// The statements between the braces; `nil` where `;` ended it.
    var block: [Statement]?
    /// Where its first word stands; for a block without words, its brace.
    var line: Int

    /// The first word, which says what it is.
    var keyword: String { words.first?.text ?? "" }

    /// The words as they would be written on one line.
    var text: String { words.map(\.text).joined(separator: " ") }
}
