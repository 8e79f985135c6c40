// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import Declarations
import Streams
import Testing

/// Catches a client that was told to ask again over TCP and waits for our handshake after its own.
@Suite(.serialized) struct StreamTruncationTests {
    @Test func aServerThatTruncatesIsConnectedToBeforeTheClientComes() async throws {
        let (first, second) = (TCPResponder(), TCPResponder())
        let fixture = try StreamFixture([first.endpoint, second.endpoint])
        fixture.truncate(0)
        #expect(try await eventually { first.connections == 1 })
        for _ in 0..<50 { fixture.truncate(0) }
        let client = fixture.client()
        for id in 1...3 as ClosedRange<UInt16> {
            client.send(Message.framed(Message.query(id)))
            #expect(Message.id(client.receiveMessage()) == id)
        }
        #expect(first.connections == 1 && first.queries == 3, "the one that was there")
        #expect(second.connections == 0, "nobody truncated there")
        #expect(fixture.handles[0].total(.tcpConnections) == 1)
        await fixture.stop()
        first.stop()
        second.stop()
    }

    @Test func theConnectionIsClosedWhenNobodyComes() async throws {
        let responder = TCPResponder()
        var limits = StreamLimits()
        limits.serverIdleMilliseconds = 200
        let fixture = try StreamFixture([responder.endpoint], limits: limits)
        fixture.truncate(0)
        #expect(try await eventually { responder.connections == 1 })
        try await Task.sleep(for: .milliseconds(600))
        let client = fixture.client()
        client.send(Message.framed(Message.query(1)))
        #expect(Message.id(client.receiveMessage()) == 1)
        #expect(responder.connections == 2)
        await fixture.stop()
        responder.stop()
    }

    @Test func aServerThatIsDownIsNotConnectedTo() async throws {
        let (first, second) = (TCPResponder(), TCPResponder())
        let fixture = try StreamFixture([first.endpoint, second.endpoint])
        fixture.handles[0].force(.down)
        fixture.truncate(0)
        fixture.truncate(1)
        #expect(try await eventually { second.connections == 1 })
        #expect(first.connections == 0)
        await fixture.stop()
        first.stop()
        second.stop()
    }

    @Test func aServerWithoutTCPCostsOneTry() async throws {
        let responder = TCPResponder()
        responder.stop()
        let fixture = try StreamFixture([responder.endpoint])
        for _ in 0..<20 {
            fixture.truncate(0)
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(fixture.handles[0].total(.tcpConnections) == 1)
        #expect(fixture.handles[0].outstanding == 0)
        await fixture.stop()
    }
}
