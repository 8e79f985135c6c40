// SPDX-License-Identifier: Apache-2.0

import Balancing
import DNSWire
import Declarations
import Probing
import Testing

@testable import Scripting

/// Would catch: an option of newPacketCache that is read under another name, unit or default than
/// dnsdist's, a method that does not reach the running cache.
@Suite struct PacketCacheNamesTests {
    private func cache(_ arguments: String) throws -> PacketCacheDeclaration {
        try #require(
            try Fixture.configuration("local c = newPacketCache(\(arguments))").caches.first)
    }

    @Test func withoutOptionsItHasDnsdistsDefaults() throws {
        let cache = try cache("1000")
        #expect(cache.entriesMax == 1_000)
        #expect((cache.maxTTL, cache.minTTL, cache.staleTTL) == (86_400, 0, 60))
        #expect((cache.temporaryFailureTTL, cache.maxNegativeTTL) == (60, 3_600))
        #expect((cache.truncatedTTL, cache.entryBytesMax) == (0, 4_096))
        #expect(!cache.dontAge && !cache.keepsStaleData && !cache.parsesClientSubnet)
        #expect(cache.skippedOptions == [10])
        #expect(cache.location == SourceLocation(file: "test.lua", line: 1))
    }

    @Test func everyOptionIsReadAndNumbersMayBeText() throws {
        let cache = try cache(
            """
            '200', {maxTTL='100', minTTL=1, temporaryFailureTTL=2, staleTTL=3, maxNegativeTTL=4,
              truncatedTTL=5, dontAge=true, keepStaleData=true, parseECS=true,
              maximumEntrySize=1500, cookieHashing=true, skipOptions={8, '15'}}
            """)
        #expect(cache.entriesMax == 200)
        #expect((cache.maxTTL, cache.minTTL, cache.temporaryFailureTTL) == (100, 1, 2))
        #expect((cache.staleTTL, cache.maxNegativeTTL, cache.truncatedTTL) == (3, 4, 5))
        #expect(cache.dontAge && cache.keepsStaleData && cache.parsesClientSubnet)
        #expect(cache.entryBytesMax == 1_500)
        #expect(cache.skippedOptions == [8, 15])
    }

    @Test func theOlderListOfOptionsIsRead() throws {
        let cache = try cache("10000, 86400, 1, 20, 30, true, 4, false, 40, true")
        #expect((cache.maxTTL, cache.minTTL, cache.temporaryFailureTTL) == (86_400, 1, 20))
        #expect((cache.staleTTL, cache.maxNegativeTTL) == (30, 40))
        #expect(cache.dontAge && cache.parsesClientSubnet)
    }

    @Test func anUnknownOptionWarnsAndNamesTheNearest() throws {
        let configuration = try Fixture.configuration(
            "newPacketCache(10, {maxTtl=5, numberOfShards=20})")
        #expect(configuration.caches[0].maxTTL == 86_400)
        #expect(
            configuration.warnings.contains {
                $0.contains("unknown key 'maxTtl'") && $0.contains("maxTTL")
            })
        #expect(configuration.warnings.contains { $0.contains("numberOfShards") })
    }

    @Test(arguments: [
        ("newPacketCache()", "maxEntries must be a whole number, not nil"),
        ("newPacketCache(0)", "maxEntries must be from 1"),
        ("newPacketCache(10, {maxTTL='x'})", "maxTTL must be a whole number, not 'x'"),
        ("newPacketCache(10, {maxTTL=5, minTTL=6})", "minTTL (6) is above maxTTL (5)"),
        ("newPacketCache(10, {skipOptions=8})", "skipOptions must be a list"),
        ("newPacketCache(10).expunge()", "with a colon"),
        ("newPacketCache(10):expungeByName(3.5, 1, 1)", "expungeByName"),
    ])
    func wrongArgumentsSaySo(_ text: String, _ words: String) {
        #expect(Fixture.refusal(text).contains(words))
    }

    @Test func staleEntriesAreAllowedForSoManySeconds() throws {
        #expect(
            try Fixture.configuration("setStaleCacheEntriesTTL('3600')").staleCacheEntriesTTL
                == 3_600)
    }

    @Test func methodsReachTheRunningCache() throws {
        let text = """
            cache = newPacketCache(100)
            assert(cache:toString() == "0/100" and cache:getStats().maxEntries == 100)
            newCheck{name='a', run=function()
              local before = cache:getEntriesCount()
              local one = cache:expungeByName("www.example.org", DNSQType.A)
              local below = cache:expungeByName("example.org", DNSQType.ANY, true)
              local stats = cache:getStats()
              local rest = cache:expunge()
              return true, table.concat({before, one, below, stats.entries, rest,
                cache:toString(), tostring(cache:isFull())}, " ")
            end}
            """
        let generation = try Fixture.build(text)
        defer { generation.close() }
        let cache = PacketCache(generation.configuration.caches[0], planeThreads: 1)
        for name in ["www.example.org", "a.example.org", "b.EXAMPLE.org", "example.net"] {
            Self.keep(name, in: cache.handle)
        }
        generation.bind([cache])
        var outcome: CheckOutcome?
        generation.control.runCheck(
            0, context: CheckContext(name: "a", deadlineSeconds: 1),
            prober: ScriptedProber()
        ) { result, _ in outcome = result }
        guard case .up(_, let words) = outcome else {
            Issue.record("the check says \(String(describing: outcome))")
            return
        }
        #expect(words == "4 1 2 1 1 0/100 false")
    }

    /// Keeps an answer of one A record.
    private static func keep(_ name: String, in cache: PacketCacheHandle) {
        let labels = name.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
        let query: [UInt8] = [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + labels + [0, 0, 1, 0, 1]
        var answer = query
        answer[2] |= 0x80
        answer[7] = 1
        answer += [0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4, 192, 0, 2, 1]
        query.withUnsafeBytes { query in
            var ticket = CacheTicket()
            guard let message = DNSMessageView(query), let question = message.question,
                ticket.read(message, question, overTCP: false, for: cache)
            else { return }
            answer.withUnsafeBytes {
                cache.insert(
                    &ticket, question: UnsafeRawBufferPointer(rebasing: query[12...]), answer: $0,
                    now: 1_000_000_000_000_000, temporaryFailureTTL: nil, thread: 0)
            }
        }
    }
}
