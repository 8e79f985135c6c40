// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import Declarations
import Glibc
import Synchronization
import Testing

@testable import Proxy

/// Catches a truncated answer that is kept back or kept for others, and a wake-up for each of them.
@Suite(.serialized) struct TruncationTests {
    private final class Raised: Sendable {
        let count = Atomic(0)
        var value: Int { count.load(ordering: .relaxed) }
    }

    @Test func aTruncatedAnswerPassesAtOnceAndTellsTheThreadOfTCPOnce() throws {
        let server = UDPPeer()
        let client = UDPPeer()
        let fixture = PlaneFixture(servers: [server.endpoint])
        let location = SourceLocation(file: "test.lua", line: 1)
        fixture.configuration.caches = [
            PacketCacheDeclaration(entriesMax: 100, location: location)
        ]
        fixture.configuration.pools[0].cache = 0
        let raised = Raised()
        let signal = TruncationSignal()
        signal.observe { raised.count.add(1, ordering: .relaxed) }
        let plane = try fixture.plane(listening: ["127.0.0.1:0"], truncations: signal)
        defer { plane.stop(inFlightMilliseconds: 0) }
        for turn in 0..<5 {
            client.send(Packets.query(id: UInt16(turn)), to: plane.boundEndpoints[0])
            // Each time: what was truncated is no answer for the next client.
            let asked = try #require(server.receive())
            var answer = Packets.answer(to: asked.bytes)
            answer[2] |= 0x02
            // An address for 60 s, which a whole answer would be kept for.
            answer[7] = 1
            answer += [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]
            server.send(answer, to: asked.from)
            let got = try #require(client.receive()).bytes
            #expect(Packets.isTruncated(got) && Packets.id(got) == UInt16(turn))
        }
        #expect(raised.value == 1)
        #expect(fixture.handles[0].total(.responses) == 5)
    }

    @Test func aWholeAnswerTellsNobody() throws {
        let server = UDPPeer()
        let client = UDPPeer()
        let fixture = PlaneFixture(servers: [server.endpoint])
        let raised = Raised()
        let signal = TruncationSignal()
        signal.observe { raised.count.add(1, ordering: .relaxed) }
        let plane = try fixture.plane(listening: ["127.0.0.1:0"], truncations: signal)
        defer { plane.stop(inFlightMilliseconds: 0) }
        client.send(Packets.query(), to: plane.boundEndpoints[0])
        let asked = try #require(server.receive())
        server.send(Packets.answer(to: asked.bytes), to: asked.from)
        #expect(client.receive() != nil)
        #expect(raised.value == 0)
    }

    @Test func aMarkStandsForFiveSeconds() throws {
        let fixture = PlaneFixture(servers: [PlaneFixture.endpoint("127.0.0.1", port: 53)])
        _ = try fixture.snapshot()
        let handle = fixture.handles[0]
        let second: UInt64 = 1_000_000
        #expect(!handle.wasTruncated(within: second, nowMicroseconds: 100 * second))
        #expect(handle.noteTruncated(nowMicroseconds: 100 * second))
        #expect(!handle.noteTruncated(nowMicroseconds: 104 * second))
        #expect(handle.wasTruncated(within: second, nowMicroseconds: 101 * second))
        #expect(!handle.wasTruncated(within: second, nowMicroseconds: 102 * second))
        #expect(handle.noteTruncated(nowMicroseconds: 105 * second))
    }
}
