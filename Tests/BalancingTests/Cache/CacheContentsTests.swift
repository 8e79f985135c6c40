// SPDX-License-Identifier: Apache-2.0

import Declarations
import Foundation
import Testing

@testable import Balancing

@Suite("What a packet cache holds")
struct CacheContentsTests {
    private typealias Cache = CacheFixture

    private func fill(_ cache: Cache, _ names: Range<Int>, ttl: UInt32 = 300, after: Double = 0) {
        for number in names {
            let query = Cache.query("n\(number).example.org")
            cache.keep(
                Cache.answer(to: query, records: [.init(ttl: ttl)]), for: query, after: after)
        }
    }

    @Test("It holds no more than it may, and what is of use stays", arguments: [1, 7, 1_000])
    func bound(_ entriesMax: Int) {
        let cache = Cache(entriesMax: entriesMax)
        let popular = Cache.query("n0.example.org")
        fill(cache, 0..<1)
        #expect(cache.ask(popular) != nil)
        let step = max(1, entriesMax / 4)
        for round in 1...80 {
            fill(cache, round * step..<(round + 1) * step)
            #expect(cache.handle.entryCount <= entriesMax)
            #expect(entriesMax == 1 || cache.ask(popular) != nil)
        }
        #expect(cache.handle.total(.evictions) > 0)
        #expect(cache.handle.isFull || entriesMax == 1_000)
    }

    @Test("An empty cache of 200 000 entries costs little, and a full one what it holds")
    func memory() {
        let cache = Cache(entriesMax: 200_000)
        #expect(cache.handle.memoryBytes < 100_000)
        fill(cache, 0..<20_000)
        #expect(cache.handle.entryCount == 20_000)
        #expect((2_000_000..<6_000_000).contains(cache.handle.memoryBytes))
        cache.handle.expunge()
        #expect(cache.handle.memoryBytes < 1_000_000)
    }

    @Test("What a cache held is free when it is gone")
    func leaks() throws {
        func residentBytes() throws -> Int {
            let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
            return Int(text.split(separator: " ")[1])! * 4_096  // the kernel writes numbers
        }
        let large = [Cache.Record](
            repeating: .init(data: [UInt8](repeating: 7, count: 190)), count: 19)
        let query = Cache.query("a.example.org")
        let header = Cache.answer(to: query, records: large)[..<12]
        let records = Cache.answer(to: query, records: large)[query.count...]
        let before = try residentBytes()
        for _ in 0..<10 {
            let cache = Cache(entriesMax: 200_000)
            for number in 0..<5_000 {
                let query = Cache.query("n\(number).example.org")
                let answer = Array(header) + query[12...] + records
                cache.keep(answer, for: query)
            }
            #expect(cache.handle.memoryBytes > 19_000_000)
        }
        // Ten of them held 200 MB; other suites allocate meanwhile.
        #expect(try residentBytes() - before < 120_000_000)
    }

    @Test("A name is expunged, with its type, with what is below it")
    func expungeName() {
        let cache = Cache()
        let queries = [
            Cache.query("example.org"), Cache.query("www.example.org"),
            Cache.query("www.example.org", type: 28), Cache.query("notexample.org"),
        ]
        func keepAll() {
            for query in queries { cache.keep(Cache.answer(to: query), for: query) }
        }
        keepAll()
        #expect(cache.handle.expunge(name: Cache.wire("WWW.example.org"), type: 28) == 1)
        #expect(cache.ask(queries[2]) == nil)
        #expect(cache.ask(queries[1]) != nil)
        #expect(cache.handle.expunge(name: Cache.wire("www.example.org")) == 1)
        #expect(cache.handle.entryCount == 2)
        keepAll()
        #expect(cache.handle.expunge(name: Cache.wire("example.org"), matchesBelow: true) == 3)
        #expect(cache.ask(queries[3]) != nil)
        #expect(cache.handle.expunge(name: [0], matchesBelow: true) == 1)
    }

    @Test("All of it is expunged, or all but a number")
    func expungeAll() {
        let cache = Cache(entriesMax: 10_000)
        fill(cache, 0..<5_000)
        #expect(cache.handle.entryCount == 5_000)
        cache.handle.expunge(keeping: 1_000)
        #expect((900...1_000).contains(cache.handle.entryCount))
        cache.handle.expunge()
        #expect(cache.handle.entryCount == 0)
        #expect(cache.handle.cleanupCount == 2)
    }

    @Test("The sweep frees what is over, once it is of no use as stale either")
    func sweep() {
        let cache = Cache(entriesMax: 10_000)
        fill(cache, 0..<1_000, ttl: 10)
        fill(cache, 1_000..<2_000, ttl: 1_000)
        func sweep(_ seconds: UInt64) {
            for turn in 0..<60 {
                cache.handle.sweep(
                    turn: turn, of: 60, now: Cache.start + seconds * 1_000_000, staleSeconds: 30)
            }
        }
        sweep(39)
        #expect(cache.handle.entryCount == 2_000)
        sweep(40)
        #expect(cache.handle.entryCount == 1_000)
        #expect(cache.handle.purgeExpired(now: Cache.start + 1_001_000_000) == 1_000)
    }

    @Test("A thread that finds another at work goes on without the cache, and it is counted")
    func deferred() {
        let cache = Cache(entriesMax: 10)
        let query = Cache.query("example.org")
        let shard = cache.handle.storage.pointee.shard(0)
        func takeLock() -> Bool { shard.pointee.tryWrite() }
        #expect(takeLock())
        #expect(cache.ask(query) == nil)
        cache.keep(Cache.answer(to: query), for: query)
        shard.pointee.endWrite()
        #expect(cache.handle.total(.deferredLookups) == 1)
        #expect(cache.handle.total(.deferredInserts) == 1)
        cache.keep(Cache.answer(to: query), for: query)
        // Two may read at once.
        let mayRead = shard.pointee.tryRead()
        #expect(mayRead)
        #expect(cache.ask(query) != nil)
        #expect(!takeLock())
        shard.pointee.endRead()
        #expect(takeLock())
        shard.pointee.endWrite()
    }

    @Test("Threads that look up, keep and expunge at once get whole answers only")
    func threads() async {
        let cache = Cache(entriesMax: 200)
        let handle = cache.handle
        let queries = (0..<300).map { Cache.query("name\($0).example.org") }
        let answers = queries.map { Cache.answer(to: $0) }
        let wrong = await withTaskGroup(of: Int.self) { group in
            for thread in 0..<4 {
                group.addTask { [queries, answers] in
                    var wrong = 0
                    for round in 0..<20_000 {
                        let number = (round &* (thread &+ 7)) % queries.count
                        if thread == 3, round % 500 == 0 { handle.expunge(keeping: 50) }
                        if round % 3 == thread % 3 {
                            cache.keep(answers[number], for: queries[number])
                        } else if let answer = cache.ask(queries[number]) {
                            if answer != answers[number] { wrong += 1 }
                        }
                    }
                    return wrong
                }
            }
            return await group.reduce(0, +)
        }
        #expect(wrong == 0)
        #expect(handle.entryCount <= 200)
        let held = handle.entryCount
        #expect(handle.expunge() == held)
    }

    @Test("A cache survives a reload that declares it again, wherever in the file")
    func reload() {
        var one = PacketCacheDeclaration(
            entriesMax: 100, location: SourceLocation(file: "a.lua", line: 1))
        let other = PacketCacheDeclaration(
            entriesMax: 200, location: SourceLocation(file: "a.lua", line: 2))
        let table = PacketCacheTable(planeThreads: 1)
        let first = table.caches(for: [one, other])
        table.adopt(first)
        one.location = SourceLocation(file: "a.lua", line: 9)
        let second = table.caches(for: [one, other, other])
        #expect(second[0] === first[0])
        #expect(second[1] === first[1])
        #expect(second[2] !== first[1])
        one.maxTTL = 5
        // A generation that was refused changed nothing.
        let third = table.caches(for: [one, other])
        #expect(third[0] !== first[0])
        #expect(third[1] === first[1])
    }
}
