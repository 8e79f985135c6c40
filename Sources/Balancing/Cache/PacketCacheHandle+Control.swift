// SPDX-License-Identifier: Apache-2.0
//
// What control and its scripts do to a cache. They may wait a little: a shard's lock is held for the
// time of one copy.

import DNSWire
import Glibc
import Synchronization

extension PacketCacheHandle {
    /// Tries at a shard's lock before it is left alone: some milliseconds.
    private static let triesMax = 10_000

    /// Entries that it holds now, those beyond their time among them.
    public var entryCount: Int {
        shards.reduce(0) { $0 + $1.pointee.count.load(ordering: .relaxed) }
    }

    /// Octets that it takes now.
    public var memoryBytes: Int {
        shards.reduce(CacheStorage.bytes(shards: shards.count)) {
            $0 + $1.pointee.memoryBytes.load(ordering: .relaxed)
        }
    }

    public var isFull: Bool { entryCount >= entriesMax }

    /// Times that it was cleaned or expunged (`cleanupCount`).
    public var cleanupCount: UInt64 { storage.pointee.cleanups.load(ordering: .relaxed) }

    /// Removes entries until `keeping` are left, and returns how many went.
    @discardableResult
    public func expunge(keeping: Int = 0) -> Int {
        let each = max(0, keeping) / shards.count
        return clean { shard in
            var left = shard.pointee.count.load(ordering: .relaxed) - each
            return shard.pointee.remove { _ in
                left -= 1
                return left >= 0
            }
        }
    }

    /// Removes what was kept for a name, and returns how many entries went.
    ///
    /// - Parameters:
    ///   - name: wire form, in any case.
    ///   - type: `nil` for any.
    ///   - matchesBelow: the names below it, too.
    @discardableResult
    public func expunge(name: [UInt8], type: UInt16? = nil, matchesBelow: Bool = false) -> Int {
        name.withUnsafeBytes { wanted in
            clean { shard in
                shard.pointee.remove { entry in
                    (type == nil || entry.queryType == type)
                        && Self.isName(entry.name, wanted, orBelow: matchesBelow)
                }
            }
        }
    }

    /// Removes entries whose time is over, until `keeping` are left.
    @discardableResult
    public func purgeExpired(keeping: Int = 0, now: UInt64) -> Int {
        let each = max(0, keeping) / shards.count
        return clean { shard in
            var left = shard.pointee.count.load(ordering: .relaxed) - each
            return shard.pointee.remove { entry in
                guard entry.pointee.validUntilMicroseconds <= now, left > 0 else { return false }
                left -= 1
                return true
            }
        }
    }

    /// Removes from one share of the shards, each in its turn, the entries whose time was over
    /// `staleSeconds` ago: the look that a timer takes. Skips a shard that is in use.
    ///
    /// - Parameter turn: which share; the next call's is one more.
    func sweep(turn: Int, of turns: Int, now: UInt64, staleSeconds: UInt32) {
        let reach = UInt64(staleSeconds) &* 1_000_000
        for (index, shard) in shards.enumerated() where index % turns == turn % turns {
            guard shard.pointee.tryWrite() else { continue }
            _ = shard.pointee.remove { $0.pointee.validUntilMicroseconds &+ reach <= now }
            shard.pointee.endWrite()
        }
        if turn % turns == 0 { storage.pointee.cleanups.wrappingAdd(1, ordering: .relaxed) }
    }

    private var shards: [UnsafeMutablePointer<CacheShard>] {
        (0...storage.pointee.shardMask).map { storage.pointee.shard($0) }
    }

    private func clean(_ body: (UnsafeMutablePointer<CacheShard>) -> Int) -> Int {
        storage.pointee.cleanups.wrappingAdd(1, ordering: .relaxed)
        return shards.reduce(0) { sum, shard in
            for _ in 0..<Self.triesMax {
                if shard.pointee.tryWrite() {
                    defer { shard.pointee.endWrite() }
                    return sum + body(shard)
                }
                sched_yield()
            }
            return sum
        }
    }

    /// Whether a name is another or, if asked, lies below it.
    private static func isName(
        _ name: UnsafeRawBufferPointer, _ wanted: UnsafeRawBufferPointer, orBelow: Bool
    ) -> Bool {
        var offset = 0
        while name.count - offset >= wanted.count {
            if name.count - offset == wanted.count {
                return CaseFolding.areEqual(
                    UnsafeRawBufferPointer(rebasing: name[offset...]), wanted)
            }
            guard orBelow else { return false }
            offset += 1 + Int(name[offset])
        }
        return false
    }
}
