// SPDX-License-Identifier: Apache-2.0

/// What a packet cache counts, read at one moment, under the names of dnsdist's `getStats`.
public struct CacheFigures: Sendable, Equatable {
    public let entriesMax: Int
    public private(set) var entries = 0
    public private(set) var memoryBytes = 0
    public private(set) var cleanups = 0
    private var totals: [Int]

    /// Of a cache that holds nothing yet.
    public init(entriesMax: Int) {
        self.entriesMax = entriesMax
        totals = CacheCounter.allCases.map { _ in 0 }
    }

    public init(_ cache: PacketCacheHandle) {
        entriesMax = cache.entriesMax
        entries = cache.entryCount
        memoryBytes = cache.memoryBytes
        cleanups = Int(clamping: cache.cleanupCount)
        totals = CacheCounter.allCases.map { Int(clamping: cache.total($0)) }
    }

    public subscript(counter: CacheCounter) -> Int { totals[counter.rawValue] }

    /// Names and values in dnsdist's order, then ours.
    public var pairs: [(name: String, value: Int)] {
        [
            ("entries", entries), ("maxEntries", entriesMax), ("hits", self[.hits]),
            ("misses", self[.misses]), ("deferredInserts", self[.deferredInserts]),
            ("deferredLookups", self[.deferredLookups]),
            ("lookupCollisions", self[.lookupCollisions]),
            ("insertCollisions", self[.insertCollisions]), ("ttlTooShorts", self[.ttlTooShorts]),
            ("cleanupCount", cleanups), ("inserts", self[.inserts]),
            ("staleHits", self[.staleHits]), ("evictions", self[.evictions]),
            ("refusals", self[.refusals]), ("memoryBytes", memoryBytes),
        ]
    }
}
