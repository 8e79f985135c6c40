// SPDX-License-Identifier: Apache-2.0

/// One word of an ExaBGP text: what stands between blanks, in quotes, or a bracket or comma alone.
struct Word: Hashable, Sendable {
    /// Without its quotes, escapes resolved.
    var text: String
    /// From 1.
    var line: Int
    /// A quoted word is never a bracket.
    var isQuoted = false
    /// Nothing stood between it and the word before: in a `run` line both are one argument.
    var isGlued = false

    /// `[`, `]`, `(`, `)` or `,`.
    var isPunctuation: Bool {
        !isQuoted && text.utf8.count == 1 && "[](),".utf8.contains(text.utf8.first ?? 0)
    }

    func isSign(_ sign: String) -> Bool { isPunctuation && text == sign }
}
