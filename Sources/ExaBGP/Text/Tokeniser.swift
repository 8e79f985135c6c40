// SPDX-License-Identifier: Apache-2.0

import Declarations

/// Cuts an ExaBGP text into words and the signs that end a statement.
///
/// `#` begins a comment to the end of its line; `;`, `{` and `}` end a statement; `[`, `]`, `(`, `)`
/// and `,` are words of their own; both quotes hold blanks, signs and `#`; a backslash escapes, and
/// at the end of a line continues it.
struct Tokeniser {
    enum Token: Hashable {
        case word(Word)
        /// `;`
        case end(line: Int)
        /// `{`
        case open(line: Int)
        /// `}`
        case close(line: Int)
    }

    private static let newline = UInt8(ascii: "\n")
    private static let backslash = UInt8(ascii: "\\")

    private let bytes: [UInt8]
    private let file: String
    private var position = 0
    private var line = 1
    private var word: [UInt8] = []
    /// A word has begun, though it may be empty (`""`).
    private var hasWord = false
    private var wordLine = 1
    private var wordIsQuoted = false
    /// The next word begins right where the last one ended.
    private var isGlued = false
    private var tokens: [Token] = []

    private init(_ text: String, file: String) {
        bytes = Array(text.utf8)
        self.file = file
    }

    /// Cuts the whole text.
    ///
    /// Fails where a quote is not closed on its line, which ExaBGP does not allow either.
    static func tokens(of text: String, file: String) throws(ExaBGPFault) -> [Token] {
        var tokeniser = Tokeniser(text, file: file)
        while tokeniser.position < tokeniser.bytes.count { try tokeniser.step() }
        tokeniser.endWord()
        return tokeniser.tokens
    }

    private mutating func step() throws(ExaBGPFault) {
        let byte = bytes[position]
        switch byte {
        case UInt8(ascii: "#"): skipComment()
        case Self.newline, UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
            blank(byte)
        case UInt8(ascii: ";"): sign(.end(line: line))
        case UInt8(ascii: "{"): sign(.open(line: line))
        case UInt8(ascii: "}"): sign(.close(line: line))
        case UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "("), UInt8(ascii: ")"),
            UInt8(ascii: ","):
            endWord()
            append(byte)
            endWord()
            position += 1
        case UInt8(ascii: "\""), UInt8(ascii: "'"): try quote(byte)
        case Self.backslash: escape()
        default:
            append(byte)
            position += 1
        }
    }

    private mutating func blank(_ byte: UInt8) {
        endWord()
        isGlued = false
        if byte == Self.newline { line += 1 }
        position += 1
    }

    private mutating func sign(_ token: Token) {
        endWord()
        isGlued = false
        tokens.append(token)
        position += 1
    }

    private mutating func skipComment() {
        endWord()
        isGlued = false
        while position < bytes.count, bytes[position] != Self.newline { position += 1 }
    }

    private mutating func quote(_ mark: UInt8) throws(ExaBGPFault) {
        let opened = line
        beginWord()
        wordIsQuoted = true
        position += 1
        while position < bytes.count, bytes[position] != mark {
            switch bytes[position] {
            case Self.backslash: escape()
            case Self.newline: throw unclosed(mark, opened)
            default:
                word.append(bytes[position])
                position += 1
            }
        }
        guard position < bytes.count else { throw unclosed(mark, opened) }
        position += 1
    }

    private func unclosed(_ mark: UInt8, _ opened: Int) -> ExaBGPFault {
        ExaBGPFault(
            SourceLocation(file: file, line: opened),
            "a quote (\(Character(UnicodeScalar(mark)))) is not closed; close it on the same line")
    }

    /// `\b \f \n \r \t \uXXXX`; any other escaped byte stands for itself.
    private mutating func escape() {
        let next = position + 1 < bytes.count ? bytes[position + 1] : Self.newline
        let isCarriageReturn =
            next == UInt8(ascii: "\r") && position + 2 < bytes.count
            && bytes[position + 2] == Self.newline
        if next == Self.newline || isCarriageReturn {
            position = min(bytes.count, position + (isCarriageReturn ? 3 : 2))
            line += 1
            return
        }
        beginWord()
        position += 2
        switch next {
        case UInt8(ascii: "b"): word.append(8)
        case UInt8(ascii: "f"): word.append(12)
        case UInt8(ascii: "n"): word.append(10)
        case UInt8(ascii: "r"): word.append(13)
        case UInt8(ascii: "t"): word.append(9)
        case UInt8(ascii: "u"): appendScalar()
        default: word.append(next)
        }
    }

    private mutating func appendScalar() {
        let end = min(bytes.count, position + 4)
        let digits = String(decoding: bytes[position..<end], as: UTF8.self)
        guard digits.utf8.count == 4, let code = UInt32(digits, radix: 16),
            let scalar = UnicodeScalar(code)
        else {
            word.append(UInt8(ascii: "u"))
            return
        }
        word.append(contentsOf: Array(String(Character(scalar)).utf8))
        position = end
    }

    private mutating func append(_ byte: UInt8) {
        beginWord()
        word.append(byte)
    }

    private mutating func beginWord() {
        guard !hasWord else { return }
        hasWord = true
        wordLine = line
    }

    private mutating func endWord() {
        guard hasWord else { return }
        tokens.append(
            .word(
                Word(
                    text: String(decoding: word, as: UTF8.self), line: wordLine,
                    isQuoted: wordIsQuoted, isGlued: isGlued)))
        word.removeAll(keepingCapacity: true)
        hasWord = false
        wordIsQuoted = false
        isGlued = true
    }
}
