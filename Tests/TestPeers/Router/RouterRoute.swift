// SPDX-License-Identifier: Apache-2.0

/// A route as a router shows it, in words that are the same for all of them.
public struct RouterRoute: Sendable, Hashable, CustomStringConvertible {
    public var prefix: String
    /// The session that it came over, by the neighbour's address.
    public var neighbor: String
    /// The global one where there is a link-local one too.
    public var nextHop = ""
    public var asPath: [UInt32] = []
    /// `igp`, `egp` or `incomplete`.
    public var origin = ""
    public var med: Int?
    public var localPreference: Int?
    /// `65001:53`, well-known ones by their numbers too, sorted.
    public var communities: [String] = []
    public var largeCommunities: [String] = []
    /// `rt:65001:7`, `ro:…`, or sixteen hexadecimal digits of another kind; sorted.
    public var extendedCommunities: [String] = []
    public var isAtomicAggregate = false
    /// `65001 192.0.2.1`.
    public var aggregator: String?

    init(prefix: String, neighbor: String) {
        self.prefix = prefix
        self.neighbor = neighbor
    }

    public var description: String {
        var words = ["\(prefix) from \(neighbor) via \(nextHop) path \(asPath) \(origin)"]
        if let med { words.append("med \(med)") }
        if let localPreference { words.append("preference \(localPreference)") }
        words.append("\(communities) \(largeCommunities) \(extendedCommunities)")
        if isAtomicAggregate { words.append("atomic") }
        if let aggregator { words.append("aggregator \(aggregator)") }
        return words.joined(separator: " ")
    }

    /// A path of numbers between blanks.
    static func asPath(_ text: some StringProtocol) -> [UInt32] {
        text.split(separator: " ").compactMap { UInt32($0) }
    }

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
