// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import Declarations
import Glibc
import Testing

@testable import Proxy

/// Would catch: a cached answer given to the wrong client or against a rule's word, a script policy
/// that is asked for a hit, an answer that is not kept.
@Suite(.serialized) struct CacheTests {
    private static let location = SourceLocation(file: "test.lua", line: 1)

    /// An answer with one A record that lives for five minutes.
    private static func answer(to query: [UInt8]) -> [UInt8] {
        var answer = Packets.answer(to: query)
        answer[7] = 1
        return answer + [0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 1]
    }

    @Test func aSecondQueryIsAnsweredFromTheCacheWithItsOwnIdentifierAndFlags() throws {
        let desk = try Desk()
        let first = Packets.query()
        #expect(desk.ask(first) == nil)
        desk.keep(Self.answer(to: first), for: first)
        let second = Packets.query("WWW.example.ORG", id: 0x4321)
        #expect(desk.ask(second) == Self.answer(to: second))
        #expect(desk.counters[.cacheHits] == 1 && desk.counters[.cacheMisses] == 1)
        #expect(desk.counters[.forwarded] == 1 && desk.counters[.responses] == 1)
        #expect(desk.counters[.frontendNoErrors] == 1)
        // Over TCP it is another query.
        #expect(desk.ask(second, overTCP: true) == nil)
    }

    @Test func aRuleKeepsAQueryFromTheCacheAndItsAnswerOutOfIt() throws {
        let desk = try Desk {
            $0.rules = [
                RuleDeclaration(
                    selector: .queryType(1), action: .skipCache, name: "skip",
                    location: CacheTests.location)
            ]
        }
        let query = Packets.query()
        #expect(desk.ask(query) == nil)
        desk.keep(Self.answer(to: query), for: query)
        #expect(desk.ask(query) == nil)
        #expect(desk.counters[.cacheMisses] == 0 && desk.counters[.forwarded] == 2)
    }

    @Test func rulesOnCacheHitsSeeTheAnswer() throws {
        let desk = try Desk {
            $0.cacheHitResponseRules = [
                ResponseRuleDeclaration(
                    selector: .queryType(1), action: .drop, name: "drop",
                    location: CacheTests.location)
            ]
        }
        let query = Packets.query()
        #expect(desk.ask(query) == nil)
        desk.keep(Self.answer(to: query), for: query)
        #expect(desk.ask(query) == nil)
        #expect(desk.counters[.cacheHits] == 1 && desk.counters[.ruleDrops] == 1)
    }

    @Test func aStaleAnswerIsGivenWhileNoServerIsUp() throws {
        let desk = try Desk { $0.staleCacheEntriesTTL = 1_000 }
        let query = Packets.query()
        #expect(desk.ask(query) == nil)
        desk.keep(Self.answer(to: query), for: query)
        #expect(desk.ask(query, after: 301) == nil)
        #expect(desk.counters[.forwarded] == 2)
        desk.fixture.handles[0].force(.down)
        let stale = try #require(desk.ask(query, after: 301))
        #expect(Array(stale[stale.count - 10..<stale.count - 6]) == [0, 0, 0, 60])
        #expect(desk.ask(query, after: 1_301) == nil)
        #expect(desk.counters[.noPolicy] == 1)
    }

    @Test func aReloadThatDropsTheCacheDropsTheAnswersUnderWay() throws {
        let desk = try Desk()
        let query = Packets.query()
        #expect(desk.ask(query) == nil)
        let other = try Desk()
        let ticket = try #require(desk.waiting.ticket)
        #expect(other.snapshot.view.pointee.cache(id: ticket.pointee.cache) == nil)
        #expect(desk.snapshot.view.pointee.cache(id: ticket.pointee.cache) != nil)
    }

    @Test func aRunningPlaneAsksTheServerOnce() throws {
        let server = UDPPeer()
        let client = UDPPeer()
        let fixture = PlaneFixture(workers: 2, servers: [server.endpoint])
        fixture.configuration.caches = [
            PacketCacheDeclaration(entriesMax: 100, location: Self.location)
        ]
        fixture.configuration.pools[0].cache = 0
        let plane = try fixture.plane(listening: ["127.0.0.1:0"])
        defer { plane.stop(inFlightMilliseconds: 0) }
        let query = Packets.query()
        client.send(query, to: plane.boundEndpoints[0])
        let asked = try #require(server.receive())
        server.send(Self.answer(to: asked.bytes), to: asked.from)
        #expect(try #require(client.receive()).bytes == Self.answer(to: query))
        for id in UInt16(1)...50 {
            let other = UDPPeer()
            let query = Packets.query("Www.Example.Org", id: id)
            other.send(query, to: plane.boundEndpoints[0])
            let answer = try #require(other.receive()).bytes
            // The TTL may have lost a second meanwhile.
            #expect(Array(answer[..<40]) == Array(Self.answer(to: query)[..<40]))
        }
        #expect(fixture.handles[0].total(.queries) == 1)
        #expect(plane.counters[.cacheHits] == 50 && plane.counters[.cacheMisses] == 1)
    }
}
