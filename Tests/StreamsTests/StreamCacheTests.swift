// SPDX-License-Identifier: Apache-2.0

import Balancing
import Declarations
import Proxy
import Streams
import Synchronization
import Testing

/// Catches answers over TCP that are not kept, or are kept for another transport.
@Suite(.serialized) struct StreamCacheTests {
    @Test func theSecondQueryOverTCPIsAnsweredFromTheCache() async throws {
        let asked = Mutex(0)
        let responder = TCPResponder { request in
            asked.withLock { $0 += 1 }
            request.answer(bytes: 3_000)
        }
        let fixture = try StreamFixture([responder.endpoint]) {
            $0.caches = [
                PacketCacheDeclaration(
                    entriesMax: 10, location: SourceLocation(file: "test.lua", line: 1))
            ]
            $0.pools[0].cache = 0
        }
        let client = fixture.client()
        client.send(Message.framed(Message.query(1)))
        let first = try #require(client.receiveMessage())
        client.send(Message.framed(Message.query(2)))
        let second = try #require(client.receiveMessage())
        #expect(Message.id(second) == 2)
        #expect(second.count == 3_000 && first.count == 3_000)
        #expect(Array(second[12...29]) == Array(first[12...29]))
        #expect(asked.withLock { $0 } == 1)
        #expect(fixture.counters[.cacheHits] == 1 && fixture.counters[.cacheMisses] == 1)
        await fixture.stop()
        responder.stop()
    }
}
