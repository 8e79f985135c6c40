// SPDX-License-Identifier: Apache-2.0

/// What one run did, call by call (`pharos probe` prints it).
public struct CheckTrace: Hashable, Sendable {
    /// One call that waited for the world.
    public struct Entry: Hashable, Sendable {
        /// Which of the functions of `check.all` made it, as `web` or `2`; empty for `run` itself.
        public let branch: String
        /// The same as a number: 0 for `run` itself.
        public let branchNumber: Int
        /// As the script made it: `dns.query 192.0.2.1:53 a.root-servers.net A`.
        public let call: String
        /// What came of it: `NOERROR, 1 answer`, or the words of the failure.
        public let result: String
        /// How long it took.
        public let seconds: Double
        public let isFailure: Bool
        /// What a `check.all` and its siblings combined, in order; empty for other calls.
        public var parts: [Part] = []
    }

    /// One function, or verdict, that a `check.all` combined.
    public struct Part: Hashable, Sendable {
        public let label: String
        /// Its branch; `nil` for a verdict that the script had already.
        public let branchNumber: Int?
        /// That verdict, in words.
        public let words: String
    }

    /// How a branch ended.
    public struct Verdict: Hashable, Sendable {
        /// `up`, `down: SERVFAIL`, `error: …`, `not waited for`.
        public let words: String
        public let seconds: Double
    }

    /// Oldest first; at most ``entriesMax``, later calls are only counted.
    public internal(set) var entries: [Entry] = []
    /// By the branches' numbers.
    public internal(set) var verdicts: [Int: Verdict] = [:]
    /// Calls beyond the bound.
    public internal(set) var omitted = 0

    /// A check makes a handful of calls; one that loops over a large zone must not fill memory.
    public static let entriesMax = 256

    mutating func record(_ entry: Entry) {
        guard entries.count < Self.entriesMax else {
            omitted += 1
            return
        }
        entries.append(entry)
    }

    mutating func record(_ verdict: Verdict, ofBranch number: Int) {
        guard verdicts.count < Self.entriesMax else { return }
        verdicts[number] = verdict
    }
}

extension CheckOutcome {
    /// As a person reads it: `up`, `up, score 0.5 (slow)`, `down: SERVFAIL`, `error: FILE:LINE: …`.
    public var words: String {
        func with(_ detail: String, _ before: String, _ after: String = "") -> String {
            detail.isEmpty ? "" : before + detail + after
        }
        return switch self {
        case .up(let score, let detail):
            (score < 1 ? "up, score \(score)" : "up") + with(detail, " (", ")")
        case .down(let detail, _): "down" + with(detail, ": ")
        case .error(let fault): "error: \(fault)"
        }
    }
}
