// SPDX-License-Identifier: Apache-2.0

/// Splits a script's text into its words (Lua 5.4 manual §3.1). It never fails: what is no Lua is
/// left to the compiler, and a text that does not end reaches to the end.
struct LuaLexer {
    private let source: [UInt8]
    private var at = 0
    private var line = 1

    private static let keywords: Set<String> = [
        "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if",
        "in", "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
    ]
    /// Those of more than one octet, longest first.
    private static let longSymbols = [
        "...", "..", "::", "==", "~=", "<=", ">=", "//", "<<", ">>",
    ].map { Array($0.utf8) }

    static func tokens(of source: [UInt8]) -> [LuaToken] {
        var lexer = LuaLexer(source: source)
        return lexer.all()
    }

    private init(source: [UInt8]) {
        self.source = source
    }

    private mutating func all() -> [LuaToken] {
        if peek() == UInt8(ascii: "#") { skipLine() }
        var tokens: [LuaToken] = []
        while true {
            skipBlanks()
            guard at < source.count else { return tokens }
            let (start, first) = (at, line)
            let kind = next()
            let isText = kind == .text
            let word = isText ? "" : String(decoding: source[start..<at], as: UTF8.self)
            tokens.append(
                LuaToken(
                    kind: kind == .name && Self.keywords.contains(word) ? .keyword : kind,
                    word: word, line: first, range: start..<at))
        }
    }

    private func peek(_ ahead: Int = 0) -> UInt8 {
        at + ahead < source.count ? source[at + ahead] : 0
    }

    private mutating func skipBlanks() {
        while at < source.count {
            switch source[at] {
            case UInt8(ascii: "\n"):
                line += 1
                at += 1
            case UInt8(ascii: " "), 9, 11, 12, 13: at += 1
            case UInt8(ascii: "-") where peek(1) == UInt8(ascii: "-"):
                at += 2
                if !skipLongBracket() { skipLine() }
            default: return
            }
        }
    }

    private mutating func skipLine() {
        while at < source.count, source[at] != UInt8(ascii: "\n") { at += 1 }
    }

    /// `[[…]]` and `[==[…]==]`; false, and nothing skipped, when there is none here.
    private mutating func skipLongBracket() -> Bool {
        guard peek() == UInt8(ascii: "[") else { return false }
        var level = 0
        while peek(1 + level) == UInt8(ascii: "=") { level += 1 }
        guard peek(1 + level) == UInt8(ascii: "[") else { return false }
        at += 2 + level
        while at < source.count {
            if source[at] == UInt8(ascii: "]"), closes(level) {
                at += 2 + level
                return true
            }
            if source[at] == UInt8(ascii: "\n") { line += 1 }
            at += 1
        }
        return true
    }

    private func closes(_ level: Int) -> Bool {
        for i in 0..<level where peek(1 + i) != UInt8(ascii: "=") { return false }
        return peek(1 + level) == UInt8(ascii: "]")
    }

    private mutating func next() -> LuaToken.Kind {
        let byte = source[at]
        if Self.isLetter(byte) {
            while Self.isLetter(peek()) || Self.isDigit(peek()) { at += 1 }
            return .name
        }
        if Self.isDigit(byte) || (byte == UInt8(ascii: ".") && Self.isDigit(peek(1))) {
            skipNumber()
            return .number
        }
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
            skipText(until: byte)
            return .text
        }
        if skipLongBracket() { return .text }
        for symbol in Self.longSymbols where source[at...].starts(with: symbol) {
            at += symbol.count
            return .symbol
        }
        at += 1
        return .symbol
    }

    private mutating func skipNumber() {
        while at < source.count {
            let isExponent = [UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "p")].contains(
                peek())
            let isSigned = peek(1) == UInt8(ascii: "-") || peek(1) == UInt8(ascii: "+")
            if isExponent, isSigned {
                at += 2
            } else if Self.isLetter(peek()) || Self.isDigit(peek())
                || (peek() == UInt8(ascii: ".") && peek(1) != UInt8(ascii: "."))
            {
                at += 1
            } else {
                return
            }
        }
    }

    private mutating func skipText(until quote: UInt8) {
        at += 1
        while at < source.count {
            switch source[at] {
            case quote:
                at += 1
                return
            case UInt8(ascii: "\\"):
                if peek(1) == UInt8(ascii: "\n") { line += 1 }
                at += 2
            case UInt8(ascii: "\n"): return
            default: at += 1
            }
        }
        at = min(at, source.count)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_")
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
