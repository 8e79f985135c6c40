// SPDX-License-Identifier: Apache-2.0
//
// A part of a cache with a lock of its own. The lock is one number: how many read, or far below zero
// while one writes. Plane threads try once and go on without the cache when it is taken, so nobody
// waits; control, which may wait, tries again.
//
// Entries hang in chains by their hash. The table starts small and doubles as it fills, so that a large
// cache which is empty costs nothing. When the shard is full, a hand goes round the chains, as in the
// CLOCK algorithm: it takes out what is beyond its time or was not of use since its last visit.

import Glibc
import Synchronization

/// One shard; ``PacketCacheHandle`` owns its memory.
struct CacheShard: ~Copyable {
    private static let bucketsLeast = 64
    /// Chains this long are made on purpose: what comes after is not cached.
    private static let chainMax = 64
    /// Entries that a search for room looks at.
    private static let searchMax = 32
    private static let writing = Int32.min / 2

    typealias Entry = UnsafeMutablePointer<CacheEntry>

    private let lock = Atomic<Int32>(0)
    /// Any thread may read it without the lock.
    let count = Atomic<Int>(0)
    /// Octets that the entries and their table take, likewise.
    let memoryBytes = Atomic<Int>(0)
    private var buckets: UnsafeMutablePointer<Entry?>?
    private var bucketCount = 0
    private var hand = 0
    let entriesMax: Int

    init(entriesMax: Int) {
        self.entriesMax = entriesMax
    }

    // MARK: The lock

    borrowing func tryRead() -> Bool {
        if lock.load(ordering: .relaxed) < 0 { return false }
        if lock.wrappingAdd(1, ordering: .acquiring).newValue > 0 { return true }
        lock.wrappingSubtract(1, ordering: .relaxed)
        return false
    }

    borrowing func endRead() { lock.wrappingSubtract(1, ordering: .releasing) }

    borrowing func tryWrite() -> Bool {
        lock.compareExchange(expected: 0, desired: Self.writing, ordering: .acquiring).exchanged
    }

    /// Readers that tried meanwhile have added themselves for a moment.
    borrowing func endWrite() { lock.wrappingSubtract(Self.writing, ordering: .releasing) }

    // MARK: While reading or writing

    /// The first entry of a hash's chain, whose others follow by `next`.
    borrowing func first(_ hash: UInt64) -> Entry? {
        guard let buckets else { return nil }
        return buckets[Int(truncatingIfNeeded: hash) & (bucketCount - 1)]
    }

    // MARK: While writing

    /// Whether there is room for one more, perhaps by taking one out. `isExpired` says which is of no
    /// use any more; `evicted` counts those that still were.
    mutating func makeRoom(isExpired: (Entry) -> Bool, evicted: inout Int) -> Bool {
        guard count.load(ordering: .relaxed) >= entriesMax else { return true }
        var looked = 0
        var visited = 0
        while looked < Self.searchMax, visited < bucketCount, let buckets {
            let index = hand & (bucketCount - 1)
            var previous: Entry?
            var entry = buckets[index]
            while let current = entry {
                looked += 1
                let isStale = isExpired(current)
                if isStale || !current.pointee.wasHit.exchange(false, ordering: .relaxed) {
                    unlink(current, after: previous, bucket: index)
                    if !isStale { evicted += 1 }
                    hand &+= 1
                    return true
                }
                previous = current
                entry = current.pointee.next
            }
            hand &+= 1
            visited += 1
        }
        return false
    }

    /// Puts an entry at the head of its chain; false when that is as long as it may be, or there is
    /// no memory.
    mutating func insert(_ entry: Entry) -> Bool {
        if count.load(ordering: .relaxed) >= bucketCount { grow() }
        guard let buckets else { return false }
        let index = Int(truncatingIfNeeded: entry.pointee.hash) & (bucketCount - 1)
        var length = 0
        var other = buckets[index]
        while let current = other {
            length += 1
            other = current.pointee.next
        }
        guard length < Self.chainMax else { return false }
        entry.pointee.next = buckets[index]
        buckets[index] = entry
        note(1, entry.blockBytes)
        return true
    }

    /// Takes out every entry that `isUnwanted` says, and returns how many.
    mutating func remove(where isUnwanted: (Entry) -> Bool) -> Int {
        removeBuckets(0..<bucketCount, where: isUnwanted)
    }

    /// Takes one entry out of its chain and frees it.
    mutating func remove(_ unwanted: Entry) {
        let index = Int(truncatingIfNeeded: unwanted.pointee.hash) & (bucketCount - 1)
        _ = removeBuckets(index..<index + 1) { $0 == unwanted }
    }

    mutating func deallocate() {
        _ = remove { _ in true }
        free(buckets)
        buckets = nil
        bucketCount = 0
    }

    private mutating func removeBuckets(_ range: Range<Int>, where isUnwanted: (Entry) -> Bool)
        -> Int
    {
        guard let buckets else { return 0 }
        var removed = 0
        for index in range {
            var previous: Entry?
            var entry = buckets[index]
            while let current = entry {
                entry = current.pointee.next
                if isUnwanted(current) {
                    unlink(current, after: previous, bucket: index)
                    removed += 1
                } else {
                    previous = current
                }
            }
        }
        return removed
    }

    private mutating func unlink(_ entry: Entry, after previous: Entry?, bucket: Int) {
        if let previous {
            previous.pointee.next = entry.pointee.next
        } else {
            buckets?[bucket] = entry.pointee.next
        }
        note(-1, -entry.blockBytes)
        CacheEntry.free(entry)
    }

    private borrowing func note(_ entries: Int, _ bytes: Int) {
        count.store(count.load(ordering: .relaxed) &+ entries, ordering: .relaxed)
        memoryBytes.store(memoryBytes.load(ordering: .relaxed) &+ bytes, ordering: .relaxed)
    }

    private mutating func grow() {
        let larger = max(Self.bucketsLeast, bucketCount * 2)
        guard let memory = calloc(larger, MemoryLayout<Entry?>.stride) else { return }
        let moved = memory.bindMemory(to: Entry?.self, capacity: larger)
        for index in 0..<bucketCount {
            var entry = buckets?[index]
            while let current = entry {
                entry = current.pointee.next
                let place = Int(truncatingIfNeeded: current.pointee.hash) & (larger - 1)
                current.pointee.next = moved[place]
                moved[place] = current
            }
        }
        free(buckets)
        note(0, (larger - bucketCount) * MemoryLayout<Entry?>.stride)
        buckets = moved
        bucketCount = larger
    }
}
