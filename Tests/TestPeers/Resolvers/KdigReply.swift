// SPDX-License-Identifier: Apache-2.0

/// What kdig printed, read.
public struct KdigReply: Sendable, CustomStringConvertible {
    public struct Record: Sendable, Equatable {
        public var name: String
        public var type: String
        public var ttl: Int
        public var data: String
    }

    /// `NOERROR`, `SERVFAIL`, … or `no answer`.
    public private(set) var status = "no answer"
    /// `qr`, `aa`, `tc`, `rd`, `ra`, …
    public private(set) var flags: Set<String> = []
    public private(set) var answers: [Record] = []
    /// The server and transport that kdig names: `127.0.0.1@53(UDP)`.
    public private(set) var from = ""
    /// All that kdig printed.
    public let description: String

    public var isAnswered: Bool { status != "no answer" }

    /// The data of the answer section, sorted: what a test compares.
    public var data: [String] { answers.map(\.data).sorted() }

    init(_ text: String) {
        description = text
        var section = ""
        for line in text.split(separator: "\n") {
            if line.hasPrefix(";; ->>HEADER<<-") {
                status = Self.value(after: "status: ", in: line)
            } else if line.hasPrefix(";; Flags: ") {
                let words = line.dropFirst(10).prefix { $0 != ";" }
                flags = Set(words.split(separator: " ").map(String.init))
            } else if line.hasPrefix(";; From ") {
                from = Self.value(after: "From ", in: line)
            } else if line.hasPrefix(";; "), line.hasSuffix("SECTION:") {
                section = String(line)
            } else if section.contains("ANSWER"), !line.hasPrefix(";") {
                if let record = Self.record(line) { answers.append(record) }
            }
        }
    }

    private static func value(after label: String, in line: Substring) -> String {
        guard let start = line.firstRange(of: label)?.upperBound else { return "" }
        return String(line[start...].prefix { $0 != ";" && $0 != " " })
    }

    /// `www.test.  60  IN  A  192.0.2.80`
    private static func record(_ line: Substring) -> Record? {
        let words = line.split(maxSplits: 4) { $0 == " " || $0 == "\t" }
        guard words.count == 5, let ttl = Int(words[1]) else { return nil }
        return Record(
            name: String(words[0]), type: String(words[3]), ttl: ttl, data: String(words[4]))
    }
}
