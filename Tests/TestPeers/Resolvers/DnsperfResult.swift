// SPDX-License-Identifier: Apache-2.0

/// The summary that dnsperf prints.
public struct DnsperfResult: Sendable, CustomStringConvertible {
    public let sent: Int
    public let completed: Int
    public let lost: Int
    public let queriesPerSecond: Double
    public let averageLatencySeconds: Double
    public let maximumLatencySeconds: Double
    /// Answers by response code, `NOERROR` and so on.
    public let responseCodes: [String: Int]
    public let description: String

    init(_ text: String) throws(PeerError) {
        description = text
        func value(_ label: String) throws(PeerError) -> Substring {
            for line in text.split(separator: "\n") {
                guard let range = line.firstRange(of: label) else { continue }
                return line[range.upperBound...].drop { $0 == " " }
            }
            throw .unreadable(what: "dnsperf's '\(label)'", text: text)
        }
        func number(_ label: String) throws(PeerError) -> Double {
            let word = try value(label).prefix { !" (,".contains($0) }
            guard let number = Double(word) else {
                throw .unreadable(what: "dnsperf's '\(label)'", text: text)
            }
            return number
        }
        sent = Int(try number("Queries sent:"))
        completed = Int(try number("Queries completed:"))
        lost = Int(try number("Queries lost:"))
        queriesPerSecond = try number("Queries per second:")
        averageLatencySeconds = try number("Average Latency (s):")
        maximumLatencySeconds = completed == 0 ? 0 : try Self.maximum(value("Average Latency (s):"))
        responseCodes = completed == 0 ? [:] : Self.codes(try value("Response codes:"))
    }

    /// `0.000123 (min 0.000050, max 0.004100)`
    private static func maximum(_ text: Substring) throws(PeerError) -> Double {
        guard let start = text.firstRange(of: "max ")?.upperBound,
            let number = Double(text[start...].prefix { $0 != ")" })
        else { throw .unreadable(what: "dnsperf's latency", text: String(text)) }
        return number
    }

    /// `NOERROR 300 (100.00%), SERVFAIL 1 (0.33%)`
    private static func codes(_ text: Substring) -> [String: Int] {
        var result: [String: Int] = [:]
        for item in text.split(separator: ",") {
            let words = item.split(separator: " ")
            guard words.count >= 2, let count = Int(words[1]) else { continue }
            result[String(words[0])] = count
        }
        return result
    }
}
