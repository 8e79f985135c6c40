// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import Synchronization
import Testing

@testable import Balancing

@Suite("The query rates of many sources")
struct SourceRateTableTests {
    private let start: UInt64 = 10_000_000_000

    private func limit(_ perSecond: Int, burst: Int) -> SourceQueryRateLimit {
        SourceQueryRateLimit(rate: QueryRateLimit(perSecond: perSecond, burst: burst))
    }

    private func address(_ text: String) -> IPAddress {
        IPAddress(text)!  // the tests' own texts
    }

    private func passed(
        _ table: SourceRateTable, _ source: IPAddress, queries: Int, at time: UInt64
    ) -> Int {
        (0..<queries).count { _ in !table.exceeds(source, nowMicroseconds: time) }
    }

    @Test("A source has its burst at once and its rate after that; another source has its own")
    func burstAndRate() {
        let table = SourceRateTable(limit(10, burst: 25))
        defer { table.deallocate() }
        let one = address("192.0.2.1")
        #expect(passed(table, one, queries: 100, at: start) == 25)
        #expect(passed(table, address("192.0.2.2"), queries: 100, at: start) == 25)
        // What exceeded cost nothing: one second brings ten tokens.
        #expect(passed(table, one, queries: 100, at: start + 1_000_000) == 10)
        #expect(passed(table, one, queries: 100, at: start + 1_050_000) == 0)
        #expect(passed(table, one, queries: 100, at: start + 1_100_000) == 1)
        #expect(passed(table, one, queries: 100, at: start + 60_000_000) == 25)
    }

    @Test("Addresses of one network share a bucket, and a mapped address is the IPv4 one")
    func networks() {
        var wanted = limit(5, burst: 5)
        wanted.lengthV4 = 24
        let table = SourceRateTable(wanted)
        defer { table.deallocate() }
        #expect(passed(table, address("192.0.2.1"), queries: 5, at: start) == 5)
        #expect(table.exceeds(address("192.0.2.200"), nowMicroseconds: start))
        #expect(table.exceeds(address("::ffff:192.0.2.9"), nowMicroseconds: start))
        #expect(!table.exceeds(address("192.0.3.1"), nowMicroseconds: start))
        #expect(passed(table, address("2001:db8::1"), queries: 5, at: start) == 5)
        #expect(table.exceeds(address("2001:db8::ffff"), nowMicroseconds: start))
        #expect(!table.exceeds(address("2001:db8:0:1::1"), nowMicroseconds: start))
    }

    @Test("A source that was silent for the expiration time starts anew")
    func expiration() {
        var wanted = limit(1, burst: 1_000)
        wanted.expirationSeconds = 5
        let table = SourceRateTable(wanted)
        defer { table.deallocate() }
        let one = address("192.0.2.1")
        #expect(passed(table, one, queries: 2_000, at: start) == 1_000)
        #expect(table.sources(nowMicroseconds: start) == 1)
        #expect(passed(table, one, queries: 100, at: start + 4_000_000) == 4)
        #expect(table.sources(nowMicroseconds: start + 10_000_000) == 0)
        #expect(passed(table, one, queries: 2_000, at: start + 10_000_000) == 1_000)
    }

    @Test("A rate or a burst of nothing lets nothing pass", arguments: [(0, 10), (10, 0)])
    func nothing(_ rate: (Int, Int)) {
        let table = SourceRateTable(limit(rate.0, burst: rate.1))
        defer { table.deallocate() }
        #expect(table.exceeds(address("192.0.2.1"), nowMicroseconds: start))
    }

    @Test("A flood of spoofed sources neither grows the table nor frees the one that floods")
    func spoofedSources() {
        let table = SourceRateTable(limit(1, burst: 50), sourcesMax: 1)
        defer { table.deallocate() }
        let flooder = address("192.0.2.1")
        #expect(passed(table, flooder, queries: 100, at: start) == 50)
        for number in 0..<UInt32(100_000) {
            let spoofed = IPAddress(v4: 0x0a00_0000 + number)
            #expect(!table.exceeds(spoofed, nowMicroseconds: start))
        }
        #expect(table.sources(nowMicroseconds: start) <= SourceRateTable.sourcesMaxLeast)
        #expect(table.exceeds(flooder, nowMicroseconds: start))
    }

    @Test("Threads that ask at once take each token once")
    func threads() async {
        let table = SourceRateTable(limit(1, burst: 10_000))
        defer { table.deallocate() }
        let one = address("192.0.2.1")
        let at = start
        let total = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    (0..<10_000).count { _ in !table.exceeds(one, nowMicroseconds: at) }
                }
            }
            return await group.reduce(0, +)
        }
        // A query passes, too, when its thread lost the race eight times in a row.
        #expect(total >= 10_000)
        #expect(total < 10_500)
    }
}
