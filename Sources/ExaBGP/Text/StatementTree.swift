// SPDX-License-Identifier: Apache-2.0

import Declarations

/// Puts words together to statements, and statements to blocks.
struct StatementTree {
    /// Blocks within blocks; ExaBGP's deepest is six.
    private static let depthMax = 16

    private let tokens: [Tokeniser.Token]
    private let file: String
    private var position = 0

    /// Reads a whole text.
    ///
    /// Fails at the first brace that does not pair and the first `;` that is missing before one:
    /// what comes after could only be guessed.
    static func statements(
        of text: String, file: String
    ) throws(ExaBGPFault) -> [Statement] {
        var tree = StatementTree(
            tokens: try Tokeniser.tokens(of: text, file: file), file: file)
        return try tree.block(opened: nil, depth: 0)
    }

    private mutating func block(
        opened: Int?, depth: Int
    ) throws(ExaBGPFault) -> [Statement] {
        var statements: [Statement] = []
        var words: [Word] = []
        while position < tokens.count {
            let token = tokens[position]
            position += 1
            switch token {
            case .word(let word): words.append(word)
            case .end(let line):
                // An empty statement, `};`, means nothing.
                if !words.isEmpty {
                    statements.append(Statement(words: words, line: words.first?.line ?? line))
                }
                words = []
            case .open(let line):
                guard depth < Self.depthMax else {
                    throw fault(line, "more than \(Self.depthMax) blocks lie in one another")
                }
                let block = try block(opened: line, depth: depth + 1)
                statements.append(
                    Statement(words: words, block: block, line: words.first?.line ?? line))
                words = []
            case .close(let line):
                try requireEnd(words)
                guard opened != nil else {
                    throw fault(line, "'}' closes nothing; take it out, or open its block with '{'")
                }
                return statements
            }
        }
        try requireEnd(words)
        if let opened {
            throw fault(opened, "the block that '{' opens here is never closed; add its '}'")
        }
        return statements
    }

    private func requireEnd(_ words: [Word]) throws(ExaBGPFault) {
        guard let last = words.last else { return }
        throw fault(last.line, "';' is missing after '\(last.text)'; each statement ends in one")
    }

    private func fault(_ line: Int, _ message: String) -> ExaBGPFault {
        ExaBGPFault(SourceLocation(file: file, line: line), message)
    }
}
