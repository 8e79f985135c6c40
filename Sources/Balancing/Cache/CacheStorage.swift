// SPDX-License-Identifier: Apache-2.0

import DNSWire
import Declarations
import Glibc
import Synchronization

/// A cache's memory: constants, the shards, the counters. ``PacketCache`` makes and frees it.
struct CacheStorage: ~Copyable {
    /// Shards of a large cache: a few threads seldom meet in one, and one is soon swept. dnsdist's
    /// default is 20.
    private static let shardsMost = 256
    /// Entries that make a shard worth while.
    private static let shardEntriesLeast = 128
    /// Two cache lines, so that no two shards' locks share one.
    private static let shardBytes = (MemoryLayout<CacheShard>.stride + 127) & ~127

    let id: UInt32
    let settings: CacheSettings
    let planeThreads: Int
    let counters: UnsafeMutablePointer<Atomic<UInt64>>
    let shardMask: Int
    private let shards: UnsafeMutableRawPointer
    /// Keeps the hash from being guessed.
    private let seed = UInt64.random(in: .min ... .max)
    /// Fewer bits than 64 make collisions, for tests.
    private let hashMask: UInt64
    /// Grows when control expunges or purges; its own.
    let cleanups = Atomic<UInt64>(0)

    init(_ declaration: PacketCacheDeclaration, id: UInt32, planeThreads: Int, hashBits: Int) {
        self.id = id
        settings = CacheSettings(declaration)
        self.planeThreads = planeThreads
        hashMask = hashBits >= 64 ? .max : 1 << UInt64(hashBits) - 1
        let slots = planeThreads * CacheCounter.stride
        counters = UnsafeMutableRawPointer.allocate(
            byteCount: slots * MemoryLayout<Atomic<UInt64>>.stride, alignment: 128
        ).bindMemory(to: Atomic<UInt64>.self, capacity: slots)
        for slot in 0..<slots { (counters + slot).initialize(to: Atomic(0)) }
        var count = 1
        while count < Self.shardsMost, settings.entriesMax / (2 * count) >= Self.shardEntriesLeast {
            count *= 2
        }
        shardMask = count - 1
        shards = .allocate(byteCount: count * Self.shardBytes, alignment: 128)
        for index in 0..<count {
            let extra = index < settings.entriesMax % count ? 1 : 0
            (shards + index * Self.shardBytes).initializeMemory(
                as: CacheShard.self,
                to: CacheShard(entriesMax: settings.entriesMax / count + extra))
        }
    }

    mutating func deallocate() {
        for index in 0...shardMask {
            shard(index).pointee.deallocate()
            shard(index).deinitialize(count: 1)
        }
        shards.deallocate()
        counters.deinitialize(count: planeThreads * CacheCounter.stride)
        counters.deallocate()
        settings.deallocate()
    }

    /// Octets of a cache without entries.
    static func bytes(shards: Int) -> Int {
        MemoryLayout<CacheStorage>.stride + shards * shardBytes
    }

    borrowing func shard(_ index: Int) -> UnsafeMutablePointer<CacheShard> {
        (shards + index &* Self.shardBytes).assumingMemoryBound(to: CacheShard.self)
    }

    /// A hash of the question, its name without case, and the tail, keyed with the seed: each step
    /// multiplies to 128 bits and folds them, as in wyhash (github.com/wangyi-fudan/wyhash).
    borrowing func hash(question: UnsafeRawBufferPointer, tail: UnsafeRawBufferPointer) -> UInt64 {
        var state = seed ^ UInt64(truncatingIfNeeded: question.count << 32 | tail.count)
        Self.absorb(question, into: &state, foldsCase: true)
        Self.absorb(tail, into: &state, foldsCase: false)
        return SelectionGenerator.mix(state) & hashMask
    }

    /// Type and class are folded with the name: a few types share a hash, and entries are compared
    /// in full.
    private static func absorb(
        _ bytes: UnsafeRawBufferPointer, into state: inout UInt64, foldsCase: Bool
    ) {
        var offset = 0
        while offset < bytes.count {
            var word: UInt64 = 0
            if offset + 8 <= bytes.count {
                word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            } else {
                for rest in offset..<bytes.count { word = word << 8 | UInt64(bytes[rest]) }
            }
            if foldsCase { word = CaseFolding.fold(word) }
            let product = (state ^ word).multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15)
            state = product.high ^ product.low
            offset += 8
        }
    }
}
