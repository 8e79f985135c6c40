// SPDX-License-Identifier: Apache-2.0

/// A word of a script's text. Comments and blanks are none.
struct LuaToken: Equatable {
    enum Kind {
        case name, keyword, text, number, symbol
    }

    let kind: Kind
    /// As written; empty for texts, whose content nobody asks for.
    let word: String
    /// From 1.
    let line: Int
    /// In octets of the source.
    let range: Range<Int>

    func isSymbol(_ symbol: String) -> Bool { kind == .symbol && word == symbol }

    func isKeyword(_ keyword: String) -> Bool { kind == .keyword && word == keyword }
}
