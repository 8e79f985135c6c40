// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A POSIX extended expression on a query's name (`RegexRule`), ignoring case; owned by a snapshot.
///
/// It is compiled once for each plane thread: the C library guards a compiled expression with a lock
/// of its own, which no two threads shall share.
struct NameExpression {
    private let compiled: UnsafeMutablePointer<regex_t>
    private let threads: Int

    /// Allocates; the owner calls ``deallocate()``.
    ///
    /// - Throws: the C library's words about the expression.
    init(_ text: String, threads: Int) throws(Failure) {
        compiled = .allocate(capacity: threads)
        compiled.initialize(repeating: regex_t(), count: threads)
        self.threads = threads
        for thread in 0..<threads {
            let code = regcomp(compiled + thread, text, REG_EXTENDED | REG_ICASE | REG_NOSUB)
            guard code != 0 else { continue }
            var words = [CChar](repeating: 0, count: 256)
            regerror(code, compiled + thread, &words, words.count)
            for earlier in 0..<thread { regfree(compiled + earlier) }
            compiled.deallocate()
            let bytes = words.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw Failure(words: String(decoding: bytes, as: UTF8.self))
        }
    }

    struct Failure: Error {
        let words: String
    }

    func deallocate() {
        for thread in 0..<threads { regfree(compiled + thread) }
        compiled.deallocate()
    }

    /// Whether a name, in wire form, matches as text without its last dot.
    func matches(_ name: UnsafeRawBufferPointer, thread: Int) -> Bool {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: NameText.bytesMax + 1) { text in
            text[NameText.write(name, into: text, foldsCase: false)] = 0
            // Never empty: it has room for the longest name.
            return text.baseAddress!.withMemoryRebound(to: CChar.self, capacity: text.count) {
                regexec(compiled + thread, $0, 0, nil, 0) == 0
            }
        }
    }
}
