// SPDX-License-Identifier: Apache-2.0
//
// What a script names, read from its text: what stands in a function that no evaluation calls is
// found only so. A name that is bound anywhere in a file (a local, a parameter, an assignment) counts
// as the file's own everywhere in it: a name too few is told of, never one too many.

/// The names in scripts' texts that the scripts do not make themselves.
struct SourceNames {
    /// A path as written (`newServer`, `dns.query`), or a method behind its colon.
    struct Use: Hashable {
        let path: String
        /// Followed by arguments.
        let isCalled: Bool
        let line: Int
    }

    private(set) var uses: [Use] = []
    /// What stands behind a colon.
    private(set) var methods: [Use] = []
    /// Names, and fields of tables (`string.trim`), that the text binds.
    private(set) var bound: Set<String> = []

    private var tokens: [LuaToken] = []
    /// What encloses the token at hand: `{`, `(`, `[`, or `function` for any block.
    private var enclosing: [String] = []

    init(_ source: [UInt8]) {
        tokens = LuaLexer.tokens(of: source)
        var index = 0
        while index < tokens.count { index = read(index) }
        tokens = []
    }

    private func token(_ index: Int) -> LuaToken? {
        tokens.indices.contains(index) ? tokens[index] : nil
    }

    private func isSymbol(_ index: Int, _ symbol: String) -> Bool {
        token(index)?.isSymbol(symbol) == true
    }

    /// Reads what begins at `index` and returns where the next begins.
    private mutating func read(_ index: Int) -> Int {
        let token = tokens[index]
        switch token.kind {
        case .keyword: return readKeyword(token.word, index)
        case .symbol: return readSymbol(token.word, index)
        case .name: return readName(index)
        case .text, .number: return index + 1
        }
    }

    private mutating func readKeyword(_ word: String, _ index: Int) -> Int {
        switch word {
        case "function":
            enclosing.append("function")
            return readFunction(index + 1)
        case "do", "if", "repeat": enclosing.append("function")
        case "end", "until": if !enclosing.isEmpty { enclosing.removeLast() }
        case "local":
            if token(index + 1)?.isKeyword("function") == true {
                if let name = token(index + 2) { bound.insert(name.word) }
                return index + 1
            }
            return bindList(index + 1)
        case "for": return bindList(index + 1)
        case "goto": return index + 2
        default: break
        }
        return index + 1
    }

    private mutating func readSymbol(_ word: String, _ index: Int) -> Int {
        switch word {
        case "{", "(", "[": enclosing.append(word)
        case "}", ")", "]": if !enclosing.isEmpty { enclosing.removeLast() }
        case "::": return index + 3
        case ".": return index + 2
        case ":":
            if let name = token(index + 1), name.kind == .name {
                methods.append(Use(path: name.word, isCalled: true, line: name.line))
            }
            return index + 2
        default: break
        }
        return index + 1
    }

    /// `function a.b:c(x, y)`: what it defines and its parameters.
    private mutating func readFunction(_ start: Int) -> Int {
        var index = start
        var path = ""
        while let name = token(index), !name.isSymbol("("), name.kind != .keyword {
            path += name.word == ":" ? "." : name.word
            index += 1
        }
        if !path.isEmpty { bound.insert(path) }
        guard isSymbol(index, "(") else { return index }
        index += 1
        while let name = token(index), !name.isSymbol(")") {
            if name.kind == .name { bound.insert(name.word) }
            index += 1
        }
        return index + 1
    }

    /// The names of a `local` or a `for`, attributes passed over.
    private mutating func bindList(_ start: Int) -> Int {
        var index = start
        while let name = token(index), name.kind == .name {
            bound.insert(name.word)
            index += 1
            if isSymbol(index, "<") { index += 3 }
            guard isSymbol(index, ",") else { break }
            index += 1
        }
        return index
    }

    private mutating func readName(_ start: Int) -> Int {
        var path = tokens[start].word
        var index = start + 1
        while isSymbol(index, "."), let field = token(index + 1), field.kind == .name {
            path += "." + field.word
            index += 2
        }
        if isSymbol(index, "="), enclosing.last == "{" { return index + 1 }
        if isAssigned(index) {
            bound.insert(path)
            return index
        }
        let next = token(index)
        let isCalled =
            next?.kind == .text || next?.isSymbol("(") == true || next?.isSymbol("{") == true
        uses.append(Use(path: path, isCalled: isCalled, line: tokens[start].line))
        return index
    }

    /// Whether a list of names that goes on at `index` ends with `=`: `a, b.c = …`.
    private func isAssigned(_ index: Int) -> Bool {
        guard enclosing.last == nil || enclosing.last == "function" else { return false }
        var index = index
        while isSymbol(index, ","), token(index + 1)?.kind == .name {
            index += 2
            while isSymbol(index, "."), token(index + 1)?.kind == .name { index += 2 }
        }
        return isSymbol(index, "=")
    }
}
