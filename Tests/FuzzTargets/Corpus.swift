// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// Inputs for the fuzz targets as text in `Tests/Corpus/FOLDER`: comment, octets, empty line.
///
/// ```
/// # what it is
/// 0001 0100 0001 0000 0000 0000      hexadecimal; spaces and line ends do not count
/// "text                              or, for parsers of text, all behind the quote
/// ```
public enum Corpus {
    public struct Entry: Sendable {
        /// File and line.
        public let place: String
        public let bytes: [UInt8]
    }

    public struct Unreadable: Error, CustomStringConvertible {
        public let description: String
    }

    /// `Tests/Corpus` of this source tree.
    public static var folder: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Corpus")
    }

    /// The names of its folders.
    public static func folders() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    /// All entries of a folder, in order of its files' names.
    public static func entries(of name: String) throws -> [Entry] {
        let folder = folder.appendingPathComponent(name)
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            .flatMap { try entries(in: folder.appendingPathComponent($0)) }
    }

    public static func entries(in file: URL) throws -> [Entry] {
        let lines = try String(contentsOf: file, encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false)
        var entries: [Entry] = []
        var bytes: [UInt8] = []
        var start = 0
        func close() {
            if start > 0 {
                entries.append(Entry(place: "\(file.lastPathComponent):\(start)", bytes: bytes))
            }
            (bytes, start) = ([], 0)
        }
        for (index, line) in lines.enumerated() {
            switch line.first {
            case nil: close()
            case "#": break
            case "\"":
                if start == 0 { start = index + 1 }
                bytes += Array(line.dropFirst().utf8)
            default:
                if start == 0 { start = index + 1 }
                let digits = line.filter { $0 != " " }
                let values = digits.compactMap(\.hexDigitValue)
                guard values.count == digits.count, values.count % 2 == 0 else {
                    throw Unreadable(
                        description: "\(file.path):\(index + 1): want pairs of hexadecimal digits")
                }
                bytes += stride(from: 0, to: values.count, by: 2).map {
                    UInt8(values[$0] << 4 | values[$0 + 1])
                }
            }
        }
        close()
        guard !entries.isEmpty else {
            throw Unreadable(description: "\(file.path): there is no input in it")
        }
        return entries
    }
}
