// SPDX-License-Identifier: Apache-2.0

/// What one run did, call by call (`pharos probe` prints it).
public struct CheckTrace: Hashable, Sendable {
    /// One call that waited for the world.
    public struct Entry: Hashable, Sendable {
        /// Which of the functions of `check.all` made it, as `web` or `2`; empty for `run` itself.
        public let branch: String
        /// As the script made it: `dns.query 192.0.2.1:53 a.root-servers.net A`.
        public let call: String
        /// What came of it: `NOERROR, 1 answer`, or the words of the failure.
        public let result: String
        /// How long it took.
        public let seconds: Double
        public let isFailure: Bool
    }

    /// Oldest first; at most ``entriesMax``, later calls are only counted.
    public internal(set) var entries: [Entry] = []
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
}
