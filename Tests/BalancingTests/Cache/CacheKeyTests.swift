// SPDX-License-Identifier: Apache-2.0

import DNSWire
import Declarations
import Testing

@testable import Balancing

@Suite("Which queries are the same to a packet cache")
struct CacheKeyTests {
    private typealias Cache = CacheFixture

    @Test("The identifier and the name's case do not matter, and the client gets its own back")
    func identifierAndCase() throws {
        let cache = Cache()
        let first = Cache.query("www.example.org", id: 0x1234)
        cache.keep(Cache.answer(to: first), for: first)
        let second = Cache.query("wWw.eXample.ORG", id: 0xabcd)
        let answer = try #require(cache.ask(second))
        #expect(answer == Cache.answer(to: second))
        #expect(cache.handle.total(.hits) == 1)
        #expect(cache.handle.total(.misses) == 0)
    }

    @Test(
        "Another name, type, flag, transport or EDNS is another query",
        arguments: [
            Cache.query("www.example.com"), Cache.query("xww.example.org"),
            Cache.query("example.org"), Cache.query("www.example.org", type: 28),
            Cache.query("www.example.org", flags: 0),
            Cache.query("www.example.org", flags: 0x0110),
            Cache.query("www.example.org", options: []),
            Cache.query("www.example.org", options: [], dnssecOK: true),
        ])
    func others(_ other: [UInt8]) {
        let cache = Cache()
        let query = Cache.query("www.example.org")
        cache.keep(Cache.answer(to: query), for: query)
        #expect(cache.ask(other) == nil)
        #expect(cache.ask(query, overTCP: true) == nil)
        #expect(cache.handle.total(.misses) == 2)
        // And each has a place of its own.
        cache.keep(Cache.answer(to: other), for: other)
        #expect(cache.ask(other) == Cache.answer(to: other))
        #expect(cache.ask(query) == Cache.answer(to: query))
    }

    @Test("A cookie does not matter, another option does")
    func options() {
        let cache = Cache()
        let query = Cache.query(
            "example.org", options: [Cache.option(10, [1, 2, 3, 4, 5, 6, 7, 8])])
        cache.keep(Cache.answer(to: query), for: query)
        #expect(cache.ask(Cache.query("example.org", options: [])) != nil)
        #expect(
            cache.ask(Cache.query("example.org", options: [Cache.option(10, [9, 9])])) != nil)
        #expect(cache.ask(Cache.query("example.org", options: [Cache.option(3, [])])) == nil)
        let hashing = Cache { $0.skippedOptions = [] }
        hashing.keep(Cache.answer(to: query), for: query)
        #expect(hashing.ask(Cache.query("example.org", options: [])) == nil)
        #expect(hashing.ask(query) != nil)
    }

    @Test("A client's subnet matters unless it is skipped and not parsed")
    func clientSubnet() {
        let one = Cache.query(
            "example.org", options: [Cache.option(8, [0, 1, 24, 0, 192, 0, 2])])
        let other = Cache.query(
            "example.org", options: [Cache.option(8, [0, 1, 24, 0, 198, 51, 100])])
        for (parses, skipped, isShared) in [
            (false, Set<UInt16>([10]), false), (true, [10], false), (false, [8], true),
            (true, [8], false),
        ] {
            let cache = Cache {
                $0.parsesClientSubnet = parses
                $0.skippedOptions = skipped
            }
            cache.keep(Cache.answer(to: one), for: one)
            #expect((cache.ask(other) != nil) == isShared)
            #expect(cache.ask(one) != nil)
        }
    }

    @Test("Transfers, updates, signed queries and trailing octets are not cached")
    func uncached() {
        let cache = Cache()
        #expect(cache.ticket(Cache.query("example.org", type: 252)) == nil)
        #expect(cache.ticket(Cache.query("example.org", type: 251), overTCP: true) == nil)
        #expect(cache.ticket(Cache.query("example.org", flags: 0x2800)) == nil)
        #expect(cache.ticket(Cache.query("example.org", trailing: [0])) == nil)
        #expect(cache.ticket(Cache.query("example.org", options: [], trailing: [0])) == nil)
        #expect(cache.ticket(Cache.query("example.org", options: [[0, 3, 0, 9]])) == nil)
        let long = [Cache.option(12, [UInt8](repeating: 0, count: 100))]
        #expect(cache.ticket(Cache.query("example.org", options: long)) == nil)
        let fitting = [Cache.option(12, [UInt8](repeating: 0, count: 68))]
        #expect(cache.ticket(Cache.query("example.org", options: fitting)) != nil)
    }

    @Test("Queries whose hashes collide are told apart, and counted")
    func collisions() {
        let cache = Cache(hashBits: 0)
        let one = Cache.query("one.example.org")
        let other = Cache.query("two.example.org")
        cache.keep(Cache.answer(to: one), for: one)
        #expect(cache.ask(other) == nil)
        #expect(cache.handle.total(.lookupCollisions) == 1)
        // What lives is not overwritten by another query's answer, as with dnsdist.
        cache.keep(Cache.answer(to: other), for: other)
        #expect(cache.handle.total(.insertCollisions) == 1)
        #expect(cache.ask(one) == Cache.answer(to: one))
        #expect(cache.ask(other) == nil)
        // Once it is over, it is.
        cache.keep(Cache.answer(to: other), for: other, after: 301)
        #expect(cache.ask(other, after: 301) == Cache.answer(to: other))
        #expect(cache.handle.entryCount == 1)
    }
}
