// SPDX-License-Identifier: Apache-2.0

/// A route as a router shows it, in words that are the same for all of them.
public struct RouterRoute: Sendable, Hashable, CustomStringConvertible {
    public var prefix: String
    /// The session that it came over, by the neighbour's address.
    public var neighbor: String
    /// The global one where there is a link-local one too.
    public var nextHop = ""
    /// Up to its set.
    public var asPath: [UInt32] = []
    /// The AS_SET at its end, sorted.
    public var asSet: [UInt32] = []
    /// `igp`, `egp` or `incomplete`.
    public var origin = ""
    public var med: Int?
    public var localPreference: Int?
    /// `65001:53`, well-known ones by their numbers too, sorted.
    public var communities: [String] = []
    public var largeCommunities: [String] = []
    /// `rt:65001:7`, `ro:…`, `bandwidth:65001:125000000`, or what the router calls another kind;
    /// sorted.
    public var extendedCommunities: [String] = []
    public var isAtomicAggregate = false
    /// `65001 192.0.2.1`.
    public var aggregator: String?
    /// Those without a name: `200:0a0b`.
    public var otherAttributes: [String] = []

    init(prefix: String, neighbor: String) {
        self.prefix = prefix
        self.neighbor = neighbor
    }

    public var description: String {
        var words = ["\(prefix) from \(neighbor) via \(nextHop) path \(asPath) \(asSet) \(origin)"]
        if let med { words.append("med \(med)") }
        if let localPreference { words.append("preference \(localPreference)") }
        words.append("\(communities) \(largeCommunities) \(extendedCommunities)")
        if isAtomicAggregate { words.append("atomic") }
        if let aggregator { words.append("aggregator \(aggregator)") }
        words += otherAttributes
        return words.joined(separator: " ")
    }

    /// Takes over a path of numbers between blanks; a set at its end is in braces.
    mutating func setPath(_ text: String) {
        let parts = text.split(separator: "{", omittingEmptySubsequences: false)
        func numbers(_ text: Substring) -> [UInt32] {
            text.split { !$0.isNumber }.compactMap { UInt32($0) }
        }
        asPath = numbers(parts.first ?? "")
        asSet = parts.dropFirst().flatMap(numbers).sorted()
    }

    /// A link bandwidth (draft-ietf-idr-link-bandwidth) of so many octets a second.
    static func bandwidth(_ asn: Int, _ rate: Int) -> String { "bandwidth:\(asn):\(rate)" }

    /// `65535:0` for `gracefulShutdown`, `GRACEFUL_SHUTDOWN`, `graceful-shutdown` and the like.
    static func community(_ text: String) -> String {
        let letters = text.lowercased().filter(\.isLetter)
        return wellKnown[letters] ?? text
    }

    private static let wellKnown = [
        "gracefulshutdown": "65535:0", "blackhole": "65535:666", "noexport": "65535:65281",
        "noadvertise": "65535:65282", "noexportsubconfed": "65535:65283",
        "localas": "65535:65283", "nopeer": "65535:65284",
    ]
}
