// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import Declarations
import Glibc
import Proxy
import Streams
import Testing

/// Catches listeners that a reload loses or keeps, and a stop that drops answers or never ends.
@Suite(.serialized) struct StreamServerTests {
    @Test func aClientThatSentAllItWantsToStillGetsItsAnswers() async throws {
        let responder = TCPResponder { request in
            usleep(100_000)
            request.answer()
        }
        let fixture = try StreamFixture([responder.endpoint])
        let client = fixture.client()
        client.send(Message.framed(Message.query(1)) + Message.framed(Message.query(2)))
        client.shutdownSending()
        #expect(client.receiveMessage() != nil)
        #expect(client.receiveMessage() != nil)
        #expect(client.isAtEnd())
        await fixture.stop()
        responder.stop()
    }

    @Test func stoppingWaitsForAnswers() async throws {
        let responder = TCPResponder { request in
            usleep(300_000)
            request.answer()
        }
        let fixture = try StreamFixture([responder.endpoint])
        let client = fixture.client()
        client.send(Message.framed(Message.query(1)))
        #expect(try await eventually { fixture.handles[0].outstanding == 1 })
        let clock = ContinuousClock()
        let start = clock.now
        await fixture.server.stop()
        #expect(clock.now - start < .seconds(2))
        #expect(Message.id(client.receiveMessage()) == 1)
        #expect(client.isAtEnd())
        #expect(BlockingSocket(to: fixture.endpoint) == nil, "refused")
        responder.stop()
    }

    @Test func stoppingDoesNotWaitForEver() async throws {
        let responder = TCPResponder { _ in }
        let fixture = try StreamFixture([responder.endpoint])
        let client = fixture.client()
        client.send(Message.framed(Message.query(1)))
        #expect(try await eventually { fixture.handles[0].outstanding == 1 })
        let clock = ContinuousClock()
        let start = clock.now
        await fixture.server.stop(drainMilliseconds: 300)
        let took = clock.now - start
        #expect(took >= .milliseconds(250) && took < .seconds(3), "\(took)")
        #expect(client.isAtEnd())
        await fixture.server.stop()
        responder.stop()
    }

    @Test func aPortInUseIsRefusedWithItsName() async throws {
        let responder = TCPResponder()
        let fixture = try StreamFixture([])
        #expect(
            throws: StreamError.listener(responder.endpoint, call: "bind", code: EADDRINUSE)
        ) {
            try fixture.server.prepare([ListenerDeclaration(endpoint: responder.endpoint)])
        }
        #expect(
            "\(StreamError.listener(responder.endpoint, call: "bind", code: EADDRINUSE))"
                == "TCP \(responder.endpoint): bind: Address already in use")
        await fixture.stop()
        responder.stop()
    }

    @Test func anAddressThatIsNotHereYetCanBeBound() async throws {
        let fixture = try StreamFixture([])
        let endpoint = Endpoint(address: try #require(IPAddress("192.0.2.53")), port: 0)
        let prepared = try fixture.server.prepare([ListenerDeclaration(endpoint: endpoint)])
        #expect(prepared.endpoints.map(\.address) == [endpoint.address])
        await fixture.stop()
    }

    @Test func aReloadKeepsListenersAndClosesThoseThatAreGone() async throws {
        let responder = TCPResponder()
        let fixture = try StreamFixture([responder.endpoint])
        let first = ListenerDeclaration(endpoint: Endpoint(address: .loopbackV4, port: 0))
        let second = ListenerDeclaration(endpoint: Endpoint(address: .loopbackV6, port: 0))
        let connected = fixture.client()
        connected.send(Message.framed(Message.query(1)))
        #expect(connected.receiveMessage() != nil)

        let both = try fixture.server.prepare([first, second])
        #expect(both.endpoints.count == 1, "the first is in use and stays")
        try fixture.server.commit(both)
        #expect(fixture.server.endpoints.count == 2)
        let six = try #require(BlockingSocket(to: both.endpoints[0]))
        six.send(Message.framed(Message.query(2)))
        #expect(Message.id(six.receiveMessage()) == 2)

        try fixture.server.commit(try fixture.server.prepare([second]))
        #expect(fixture.server.endpoints == both.endpoints)
        #expect(try await eventually { BlockingSocket(to: fixture.endpoint) == nil })
        connected.send(Message.framed(Message.query(3)))
        #expect(Message.id(connected.receiveMessage()) == 3, "its connection stays")
        await fixture.stop()
        responder.stop()
    }

    @Test func anotherQueueLengthKeepsTheListener() async throws {
        let fixture = try StreamFixture([])
        let longer = ListenerDeclaration(
            endpoint: Endpoint(address: .loopbackV4, port: 0), tcpListenQueueSize: 9)
        let prepared = try fixture.server.prepare([longer, longer])
        #expect(prepared.endpoints.isEmpty)
        try fixture.server.commit(prepared)
        #expect(fixture.server.endpoints == [fixture.endpoint])
        await fixture.stop()
    }

    @Test func whatIsPreparedAndNotCommittedIsGivenBack() async throws {
        let fixture = try StreamFixture([])
        let wanted = ListenerDeclaration(endpoint: Endpoint(address: .loopbackV4, port: 0))
        let other = ListenerDeclaration(endpoint: Endpoint(address: .loopbackV6, port: 0))
        var prepared: StreamServer.Prepared? = try fixture.server.prepare([wanted, other])
        let endpoint = try #require(prepared?.endpoints.first)
        #expect(BlockingSocket(to: endpoint) == nil, "bound, not listening")
        prepared = nil
        let again = try fixture.server.prepare([ListenerDeclaration(endpoint: endpoint)])
        #expect(again.endpoints == [endpoint])
        await fixture.stop()
    }

    @Test func theLoopBeats() async throws {
        let fixture = try StreamFixture([])
        #expect(try await eventually { fixture.server.lastBeatNanoseconds > 0 })
        let before = fixture.server.lastBeatNanoseconds
        #expect(try await eventually { fixture.server.lastBeatNanoseconds > before })
        await fixture.stop()
    }
}
