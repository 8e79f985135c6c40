// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations

/// A cursor over the words of one statement, which reads values and says what is wrong with them.
struct StatementReader {
    let file: String
    private let words: [Word]
    private let line: Int
    private var position: Int

    /// Begins after the first `skipping` words.
    init(_ words: [Word], file: String, line: Int, skipping: Int = 0) {
        self.words = words
        self.file = file
        self.line = line
        position = min(skipping, words.count)
    }

    var isAtEnd: Bool { position >= words.count }
    var peek: Word? { isAtEnd ? nil : words[position] }
    var rest: [Word] { Array(words[position...]) }

    /// The line of the word read last.
    var currentLine: Int { position > 0 ? words[position - 1].line : line }

    func fault(_ message: String, at line: Int? = nil) -> ExaBGPFault {
        ExaBGPFault(SourceLocation(file: file, line: line ?? currentLine), message)
    }

    mutating func next() -> Word? {
        guard !isAtEnd else { return nil }
        defer { position += 1 }
        return words[position]
    }

    /// The next word, which must be there and must not be a bracket or comma.
    mutating func require(_ keyword: String, _ what: String) throws(ExaBGPFault) -> Word {
        guard let word = next() else {
            throw fault("'\(keyword)' has no value; give \(what)")
        }
        guard !word.isPunctuation else {
            throw fault("'\(keyword)' is followed by '\(word.text)'; give \(what)")
        }
        return word
    }

    /// Nothing may follow any more.
    func finish() throws(ExaBGPFault) {
        guard let extra = peek else { return }
        if position > 0, extra.line > words[position - 1].line {
            throw fault(
                "';' is missing after '\(words[position - 1].text)'; each statement ends in one",
                at: words[position - 1].line)
        }
        throw fault(
            "'\(extra.text)' is not expected here; take it out, or end the statement with ';'"
                + " before it", at: extra.line)
    }

    /// One value, or several between `[` and `]` (or `(` and `)`); commas are separators.
    mutating func list(_ keyword: String, _ what: String) throws(ExaBGPFault) -> [Word] {
        guard let first = peek, first.isSign("[") || first.isSign("(") else {
            return [try require(keyword, what)]
        }
        _ = next()
        let closing = first.text == "[" ? "]" : ")"
        var values: [Word] = []
        while let word = next() {
            if word.isSign(closing) { return values }
            if word.isSign(",") { continue }
            guard !word.isPunctuation else {
                throw fault("'\(word.text)' does not belong in the list of '\(keyword)'")
            }
            values.append(word)
        }
        throw fault("the list of '\(keyword)' is not closed; add '\(closing)'")
    }

    /// A whole number in a range.
    mutating func number(
        _ keyword: String, in range: ClosedRange<UInt64>
    ) throws(ExaBGPFault) -> UInt64 {
        let what = "a number from \(range.lowerBound) to \(range.upperBound)"
        let word = try require(keyword, what)
        guard let value = Self.decimal(word.text), range.contains(value) else {
            throw fault("\(keyword) '\(word.text)' is not \(what)")
        }
        return value
    }

    /// Nothing means yes; else one of ExaBGP's six words.
    mutating func truth(_ keyword: String) throws(ExaBGPFault) -> Bool {
        guard let word = peek else { return true }
        _ = next()
        guard let value = Self.truths[word.text.lowercased()] else {
            throw fault("\(keyword) '\(word.text)' is neither enable nor disable (true, false)")
        }
        return value
    }

    mutating func address(_ keyword: String) throws(ExaBGPFault) -> IPAddress {
        let word = try require(keyword, "an address")
        guard let address = IPAddress(word.text) else {
            throw fault(
                "\(keyword) '\(word.text)' is not an address; write one like 192.0.2.1 or"
                    + " 2001:db8::1")
        }
        return address
    }

    static let truths = [
        "true": true, "enable": true, "enabled": true,
        "false": false, "disable": false, "disabled": false,
    ]

    /// Digits alone: no sign, no blank.
    static func decimal(_ text: String) -> UInt64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return UInt64(text)
    }

    /// `65000` or `1.10` (RFC 5396).
    static func systemNumber(_ text: String) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map {
            decimal(String($0))
        }
        switch parts.count {
        case 1: return parts[0].flatMap { UInt32(exactly: $0) }
        case 2:
            guard let high = parts[0].flatMap({ UInt16(exactly: $0) }),
                let low = parts[1].flatMap({ UInt16(exactly: $0) })
            else { return nil }
            return UInt32(high) << 16 | UInt32(low)
        default: return nil
        }
    }
}
