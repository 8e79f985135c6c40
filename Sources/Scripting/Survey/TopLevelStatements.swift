// SPDX-License-Identifier: Apache-2.0

/// The statements of a script that are in no block: what can be left out so that the rest is judged.
///
/// A statement begins at a keyword that begins one, or at a name behind a finished expression: Lua's
/// grammar has no expression that goes on with a name.
struct TopLevelStatements {
    private let source: [UInt8]
    private let tokens: [LuaToken]
    /// Positions of their first words.
    private let starts: [Int]

    private static let openers: Set<String> = ["function", "do", "if", "repeat"]
    private static let beginners: Set<String> = [
        "local", "if", "for", "while", "repeat", "function", "do", "return", "goto", "break",
    ]

    init(_ source: [UInt8]) {
        self.source = source
        tokens = LuaLexer.tokens(of: source)
        starts = Self.starts(of: tokens)
    }

    private static func starts(of tokens: [LuaToken]) -> [Int] {
        var starts: [Int] = []
        var depth = 0
        for (index, token) in tokens.enumerated() {
            if depth == 0, begins(token, behind: index > 0 ? tokens[index - 1] : nil) {
                starts.append(index)
            }
            switch token.kind {
            case .symbol where ["(", "{", "["].contains(token.word): depth += 1
            case .symbol where [")", "}", "]"].contains(token.word): depth = max(0, depth - 1)
            case .keyword where openers.contains(token.word): depth += 1
            case .keyword where ["end", "until"].contains(token.word): depth = max(0, depth - 1)
            default: break
            }
        }
        return starts
    }

    private static func begins(_ token: LuaToken, behind before: LuaToken?) -> Bool {
        guard let before else { return true }
        if before.isSymbol(";") || before.isSymbol("::") { return !token.isSymbol(";") }
        guard endsExpression(before) else { return false }
        switch token.kind {
        case .name: return true
        // `do` of a loop and `function` behind an expression's end are no beginnings of their own:
        // the former closes its head, the latter is only ever seen behind an operator.
        case .keyword: return beginners.contains(token.word) && token.word != "do"
        case .symbol: return token.word == ";" || token.word == "::"
        case .text, .number: return false
        }
    }

    private static func endsExpression(_ token: LuaToken) -> Bool {
        switch token.kind {
        case .name, .text, .number: true
        case .keyword: ["end", "nil", "true", "false", "break"].contains(token.word)
        case .symbol: [")", "]", "}", "..."].contains(token.word)
        }
    }

    /// The source without the statement that `line` belongs to; what it declared gets `value`. `nil`
    /// when no statement is there. Lines stay where they are.
    func leavingOut(line: Int, value: String) -> [UInt8]? {
        guard
            let number = starts.lastIndex(where: { tokens[$0].line <= line }),
            case let first = starts[number],
            case let next = number + 1 < starts.count ? starts[number + 1] : tokens.count,
            case let words = tokens[first..<next], let last = words.last, last.line >= line
        else { return nil }
        var text = source
        let range = words[words.startIndex].range.lowerBound..<last.range.upperBound
        for index in range where text[index] != UInt8(ascii: "\n") {
            text[index] = UInt8(ascii: " ")
        }
        let names = Self.names(boundBy: words)
        guard !names.isEmpty else { return text }
        let isLocal = words.first?.isKeyword("local") == true
        let values = names.map { _ in value }.joined(separator: ", ")
        let instead =
            (isLocal ? "local " : "") + names.joined(separator: ", ") + " = " + values + ";"
        text.insert(contentsOf: Array(instead.utf8), at: range.lowerBound)
        return text
    }

    /// `a` and `b` of `local a, b = …` and of `a, b = …`.
    private static func names(boundBy words: ArraySlice<LuaToken>) -> [String] {
        var names: [String] = []
        var rest = words
        if rest.first?.isKeyword("local") == true { rest = rest.dropFirst() }
        while let name = rest.first, name.kind == .name {
            names.append(name.word)
            rest = rest.dropFirst()
            // `<const>`
            if rest.first?.isSymbol("<") == true { rest = rest.dropFirst(3) }
            guard let mark = rest.first else { return names }
            if mark.isSymbol("=") { return names }
            guard mark.isSymbol(",") else { return [] }
            rest = rest.dropFirst()
        }
        return []
    }
}
