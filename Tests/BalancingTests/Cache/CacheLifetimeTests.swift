// SPDX-License-Identifier: Apache-2.0

import DNSWire
import Declarations
import Testing

@testable import Balancing

@Suite("How long a packet cache keeps an answer")
struct CacheLifetimeTests {
    private typealias Cache = CacheFixture
    private typealias Record = CacheFixture.Record

    private let query = Cache.query("www.example.org")

    private func seconds(_ cache: Cache, _ answer: [UInt8], failureTTL: UInt32? = nil) -> Int? {
        cache.keep(answer, for: query, temporaryFailureTTL: failureTTL)
        guard cache.ask(query) != nil else { return nil }
        // The last second in which it is still there.
        var low = 0
        var high = 1 << 20
        while high - low > 1 {
            let middle = (low + high) / 2
            if cache.ask(query, after: Double(middle)) != nil {
                low = middle
            } else {
                high = middle
            }
        }
        return high
    }

    @Test("The least TTL of all sections counts, the OPT's flags do not")
    func leastTTL() {
        let records = [
            Record(ttl: 300), Record(ttl: 120, section: 2), Record(ttl: 60, section: 3), .edns,
        ]
        #expect(seconds(Cache(), Cache.answer(to: query, records: records)) == 60)
    }

    @Test("maxTTL shortens, minTTL refuses, as does a TTL of nothing")
    func bounds() {
        let short = Cache { $0.maxTTL = 100 }
        #expect(seconds(short, Cache.answer(to: query)) == 100)
        let strict = Cache { $0.minTTL = 301 }
        #expect(seconds(strict, Cache.answer(to: query)) == nil)
        #expect(strict.handle.total(.ttlTooShorts) == 1)
        let zero = Cache()
        #expect(seconds(zero, Cache.answer(to: query, records: [Record(ttl: 0)])) == nil)
        #expect(zero.handle.total(.ttlTooShorts) == 1)
    }

    @Test(
        "A negative answer lives as its SOA says, and no longer than maxNegativeTTL",
        arguments: [(600, 300, 300), (200, 300, 200), (7_200, 7_200, 3_600)], [UInt8(0), 3])
    func negative(_ case: (ttl: Int, minimum: Int, wanted: Int), _ code: UInt8) {
        let soa = Record.soa(ttl: UInt32(`case`.ttl), minimum: UInt32(`case`.minimum))
        let answer = Cache.answer(to: query, code: code, records: [soa])
        #expect(seconds(Cache(), answer) == `case`.wanted)
    }

    @Test("An answer with an SOA behind it is bounded, but not by that SOA's MINIMUM")
    func positiveWithSOA() {
        let answer = Cache.answer(to: query, records: [Record(), .soa(ttl: 600, minimum: 5)])
        #expect(seconds(Cache(), answer) == 300)
    }

    @Test(
        "SERVFAIL and REFUSED live for temporaryFailureTTL, or what a rule says", arguments: [2, 5])
    func failures(_ code: Int) {
        let answer = Cache.answer(to: query, code: UInt8(code), records: [])
        #expect(seconds(Cache(), answer) == 60)
        #expect(seconds(Cache { $0.temporaryFailureTTL = 5 }, answer) == 5)
        #expect(seconds(Cache { $0.temporaryFailureTTL = 0 }, answer) == nil)
        #expect(seconds(Cache(), answer, failureTTL: 7) == 7)
        #expect(seconds(Cache(), answer, failureTTL: 0) == nil)
    }

    @Test("A failure without a question is kept and given as it came")
    func failureWithoutQuestion() {
        let cache = Cache()
        let answer = Cache.answer(to: query, code: 5, records: [], hasQuestion: false)
        #expect(seconds(cache, answer) == 60)
        #expect(cache.ask(query) == answer)
        #expect(cache.ask(Cache.query("xxx.example.org")) == nil)
    }

    @Test("A truncated answer is kept only when truncatedTTL says so")
    func truncated() {
        let empty = Cache.answer(to: query, records: [], isTruncated: true)
        let some = Cache.answer(to: query, records: [Record(ttl: 4)], isTruncated: true)
        #expect(seconds(Cache(), empty) == nil)
        #expect(seconds(Cache(), some) == nil)
        #expect(seconds(Cache { $0.truncatedTTL = 9 }, empty) == 9)
        #expect(seconds(Cache { $0.truncatedTTL = 9 }, some) == 4)
    }

    @Test("An answer without records, a broken one and one that is too long are not kept")
    func refused() {
        #expect(seconds(Cache(), Cache.answer(to: query, records: [])) == nil)
        #expect(seconds(Cache(), Cache.answer(to: query).dropLast()) == nil)
        let long = Record(data: [UInt8](repeating: 7, count: 200))
        let answer = Cache.answer(to: query, records: [long])
        #expect(seconds(Cache { $0.entryBytesMax = answer.count }, answer) == 300)
        #expect(seconds(Cache { $0.entryBytesMax = answer.count - 1 }, answer) == nil)
    }

    @Test("TTLs shrink as time passes, unless dontAge says otherwise")
    func aging() throws {
        let records = [Record(ttl: 300), Record(ttl: 500, section: 2), .edns]
        let answer = Cache.answer(to: query, records: records)
        let cache = Cache()
        cache.keep(answer, for: query)
        #expect(Cache.ttls(try #require(cache.ask(query, after: 0.9))) == [300, 500, 0x8000])
        #expect(Cache.ttls(try #require(cache.ask(query, after: 100.5))) == [200, 400, 0x8000])
        let still = Cache { $0.dontAge = true }
        still.keep(answer, for: query)
        #expect(Cache.ttls(try #require(still.ask(query, after: 100))) == [300, 500, 0x8000])
    }

    @Test("A stale entry is given when asked for, with staleTTL, for as long as that")
    func stale() throws {
        let cache = Cache { $0.staleTTL = 25 }
        cache.keep(Cache.answer(to: query), for: query)
        #expect(cache.ask(query, after: 301) == nil)
        let answer = try #require(cache.ask(query, after: 301, staleSeconds: 60))
        #expect(Cache.ttls(answer) == [25])
        #expect(cache.ask(query, after: 361, staleSeconds: 60) == nil)
        #expect(cache.handle.total(.staleHits) == 1)
    }

    @Test("A fresh answer takes the place of an old one, a shorter one does not")
    func replacement() throws {
        let cache = Cache()
        cache.keep(Cache.answer(to: query), for: query)
        cache.keep(Cache.answer(to: query, records: [Record(ttl: 9)]), for: query, after: 10)
        #expect(Cache.ttls(try #require(cache.ask(query, after: 10))) == [290])
        cache.keep(Cache.answer(to: query, records: [Record(ttl: 400)]), for: query, after: 10)
        #expect(Cache.ttls(try #require(cache.ask(query, after: 10))) == [400])
        #expect(cache.handle.entryCount == 1)
    }
}
