// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

/// A message as text: a comment, its octets in hexadecimal, `---`, what it should read as, `===`.
struct Fixture: Sendable, CustomTestStringConvertible {
    let title: String
    let bytes: [UInt8]
    let rendering: String

    var testDescription: String { title }

    /// Every fixture of a file in `Fixtures/`.
    static func all(in file: String) -> [Fixture] {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        let lines = contents("/\(folder)/Fixtures/\(file)")
            .split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
        return lines.split(separator: "===").map { Fixture(Array($0)) }
    }

    private init(_ lines: [String]) {
        let parts = lines.split(separator: "---", maxSplits: 1)
        let head = parts.first ?? []
        title = head.last { $0.hasPrefix("#") } ?? "?"
        let digits = head.filter { !$0.hasPrefix("#") }.joined()
        bytes = stride(from: 0, to: digits.count, by: 2).map { offset in
            let start = digits.index(digits.startIndex, offsetBy: offset)
            return UInt8(digits[start..<digits.index(start, offsetBy: 2)], radix: 16) ?? 0
        }
        rendering = parts.count == 2 ? parts[1].joined(separator: "\n") : ""
    }

    private static func contents(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 {
            text += chunk[..<count]
        }
        return String(decoding: text, as: UTF8.self)
    }
}
