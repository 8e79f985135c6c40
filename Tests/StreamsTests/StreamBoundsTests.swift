// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import Declarations
import Glibc
import Proxy
import Streams
import Testing

/// Catches a client that holds more than its share: time, connections, memory.
@Suite(.serialized) struct StreamBoundsTests {
    private func limits(_ change: (inout StreamLimits) -> Void) -> StreamLimits {
        var limits = StreamLimits()
        change(&limits)
        return limits
    }

    @Test func aSilentClientIsClosed() async throws {
        let fixture = try StreamFixture([], limits: limits { $0.clientIdleMilliseconds = 200 })
        let client = fixture.client()
        #expect(client.isAtEnd())
        #expect(fixture.server.total(.idleCloses) == 1)
        await fixture.stop()
    }

    @Test func aClientThatWaitsForItsAnswerIsNotSilent() async throws {
        let responder = TCPResponder { request in
            usleep(700_000)
            request.answer()
        }
        let fixture = try StreamFixture(
            [responder.endpoint], limits: limits { $0.clientIdleMilliseconds = 200 })
        let client = fixture.client()
        client.send(Message.framed(Message.query(1)))
        #expect(Message.id(client.receiveMessage()) == 1)
        #expect(client.isAtEnd())
        await fixture.stop()
        responder.stop()
    }

    @Test func aQueryThatTricklesInIsCutOff() async throws {
        let fixture = try StreamFixture(
            [],
            limits: limits {
                $0.clientIdleMilliseconds = 5_000
                $0.queryReceiveMilliseconds = 400
            })
        let client = fixture.client()
        var sent = 0
        for byte in Message.framed(Message.query(1)) {
            guard client.send([byte]) else { break }
            sent += 1
            try await Task.sleep(for: .milliseconds(100))
        }
        #expect(client.isAtEnd())
        #expect(fixture.counters[.queries] == 0)
        #expect(fixture.server.total(.idleCloses) == 1)
        await fixture.stop()
    }

    @Test func oneAddressHasItsShareOfConnections() async throws {
        let responder = TCPResponder()
        let fixture = try StreamFixture(
            [responder.endpoint], limits: limits { $0.connectionsPerClientMax = 2 })
        var clients = [fixture.client(), fixture.client()]
        for client in clients {
            client.send(Message.framed(Message.query(1)))
            #expect(client.receiveMessage() != nil)
        }
        #expect(fixture.client().isAtEnd())
        #expect(fixture.server.total(.refusedByClient) == 1)
        clients.removeLast().end()
        #expect(try await eventually { fixture.server.clientCount == 1 })
        let another = fixture.client()
        another.send(Message.framed(Message.query(2)))
        #expect(Message.id(another.receiveMessage()) == 2)
        await fixture.stop()
        responder.stop()
    }

    @Test func aConnectionHasItsShareOfQueries() async throws {
        let responder = TCPResponder()
        let fixture = try StreamFixture(
            [responder.endpoint], limits: limits { $0.queriesPerConnectionMax = 2 })
        let client = fixture.client()
        client.send([1, 2, 3].flatMap { Message.framed(Message.query($0)) })
        let answered = [client.receiveMessage(), client.receiveMessage()].map { Message.id($0) }
        #expect(Set(answered) == [1, 2])
        #expect(client.isAtEnd())
        #expect(fixture.counters[.queries] == 2)
        await fixture.stop()
        responder.stop()
    }

    @Test func aConnectionEndsAtItsAgeHoweverBusy() async throws {
        let responder = TCPResponder()
        let fixture = try StreamFixture(
            [responder.endpoint],
            limits: limits {
                $0.connectionMillisecondsMax = 1_000
                $0.clientIdleMilliseconds = 10_000
            })
        let client = fixture.client()
        let start = ContinuousClock.now
        var answers: UInt16 = 0
        while answers < 1_000 {
            guard client.send(Message.framed(Message.query(answers))),
                client.receiveMessage() != nil
            else { break }
            answers += 1
            try await Task.sleep(for: .milliseconds(50))
        }
        let elapsed = ContinuousClock.now - start
        #expect(answers > 5 && answers < 1_000)
        #expect(elapsed > .milliseconds(900) && elapsed < .seconds(10), "\(elapsed)")
        await fixture.stop()
        responder.stop()
    }

    @Test func limitsThatChangeHoldForWhoIsConnected() async throws {
        let fixture = try StreamFixture(
            [], limits: limits { $0.clientIdleMilliseconds = 60_000 })
        let client = fixture.client()
        #expect(try await eventually { fixture.server.clientCount == 1 })
        fixture.server.setLimits(limits { $0.clientIdleMilliseconds = 200 })
        #expect(client.isAtEnd())
        #expect(fixture.server.total(.idleCloses) == 1)
        await fixture.stop()
    }

    @Test func aDeclarationBecomesLimits() {
        var declaration = StreamDeclaration()
        #expect(StreamLimits(declaration) == StreamLimits())
        declaration.connectionsPerClientMax = 3
        declaration.queriesPerConnectionMax = 4
        declaration.connectionSecondsMax = 5
        declaration.receiveSeconds = 6
        declaration.sendSeconds = 7
        let limits = StreamLimits(declaration)
        #expect(limits.connectionsPerClientMax == 3)
        #expect(limits.queriesPerConnectionMax == 4)
        #expect(limits.connectionMillisecondsMax == 5_000)
        #expect(limits.clientIdleMilliseconds == 6_000)
        #expect(limits.clientSendMilliseconds == 7_000)
    }

    @Test func allAddressesTogetherHaveALimit() async throws {
        let fixture = try StreamFixture([], limits: limits { $0.connectionsMax = 1 })
        let first = fixture.client()
        #expect(try await eventually { fixture.server.clientCount == 1 })
        #expect(fixture.client().isAtEnd())
        #expect(fixture.server.total(.refusedByTotal) == 1)
        first.end()
        await fixture.stop()
    }

    @Test func aClientOutsideTheAccessListIsClosed() async throws {
        let fixture = try StreamFixture([]) { $0.acl = [] }
        #expect(fixture.client().isAtEnd())
        #expect(fixture.counters[.aclDrops] == 1)
        await fixture.stop()
    }

    @Test func anAccessListThatShrinksClosesWhoIsConnected() async throws {
        let responder = TCPResponder()
        let fixture = try StreamFixture([responder.endpoint])
        let client = fixture.client()
        client.send(Message.framed(Message.query(1)))
        #expect(client.receiveMessage() != nil)
        try fixture.reload { $0.acl = [] }
        client.send(Message.framed(Message.query(2)))
        #expect(client.isAtEnd())
        await fixture.stop()
        responder.stop()
    }

    @Test func aClientThatDoesNotReadIsReadNoMore() async throws {
        let responder = TCPResponder(bytes: 60_000)
        let fixture = try StreamFixture([responder.endpoint])
        let client = fixture.client(receiveBufferBytes: 4_096)
        let ids = (0..<200).map { UInt16($0) }
        client.send(ids.flatMap { Message.framed(Message.query($0)) })
        try await Task.sleep(for: .milliseconds(500))
        let asked = responder.queries
        // The kernel's buffers take some megabytes, ours two messages and what was in flight.
        #expect(asked < 200, "\(asked) of 200 queries were read while nothing was taken")
        var answered = 0
        while answered < ids.count, client.receiveMessage() != nil { answered += 1 }
        #expect(answered == ids.count, "reading goes on when the client does")
        await fixture.stop()
        responder.stop()
    }

    @Test func aClientThatNeverReadsIsClosed() async throws {
        let responder = TCPResponder(bytes: 60_000)
        let fixture = try StreamFixture(
            [responder.endpoint], limits: limits { $0.clientIdleMilliseconds = 300 })
        let client = fixture.client(receiveBufferBytes: 4_096)
        client.send((0..<200).flatMap { Message.framed(Message.query(UInt16($0))) })
        #expect(try await eventually { fixture.server.total(.slowReaderCloses) == 1 })
        #expect(try await eventually { fixture.handles[0].outstanding == 0 })
        #expect(try await eventually { fixture.server.clientCount == 0 })
        client.end()
        await fixture.stop()
        responder.stop()
    }

    @Test func answersBeyondTheBoundCloseTheSlowestReader() async throws {
        // All are read before the first is answered, so that reading no more does not help.
        let responder = TCPResponder { request in
            if request.number == 1 { usleep(200_000) }
            request.answer(bytes: 65_535)
        }
        let fixture = try StreamFixture(
            [responder.endpoint],
            limits: limits {
                $0.clientIdleMilliseconds = 60_000
                $0.unreadBytesMax = 200_000
                $0.heldBytesPerConnectionMax = 16 << 20
            })
        let client = fixture.client(receiveBufferBytes: 4_096)
        client.send((0..<128).flatMap { Message.framed(Message.query(UInt16($0))) })
        #expect(try await eventually { fixture.server.total(.slowReaderCloses) == 1 })
        client.end()
        await fixture.stop()
        responder.stop()
    }

    @Test func queriesBeyondTheBoundWaitForAnswers() async throws {
        let responder = TCPResponder { request in
            // The fourth never comes while three are in flight.
            usleep(request.number == 1 ? 300_000 : 0)
            request.answer()
        }
        let fixture = try StreamFixture(
            [responder.endpoint], limits: limits { $0.inFlightPerConnectionMax = 3 })
        let client = fixture.client()
        client.send((0..<10).flatMap { Message.framed(Message.query(UInt16($0))) })
        try await Task.sleep(for: .milliseconds(150))
        #expect(fixture.handles[0].outstanding == 3)
        for _ in 0..<10 { #expect(client.receiveMessage() != nil) }
        await fixture.stop()
        responder.stop()
    }

    @Test func anIdleConnectionToAServerIsClosed() async throws {
        let responder = TCPResponder()
        let fixture = try StreamFixture(
            [responder.endpoint], limits: limits { $0.serverIdleMilliseconds = 200 })
        for id in 1...2 as ClosedRange<UInt16> {
            let client = fixture.client()
            client.send(Message.framed(Message.query(id)))
            #expect(Message.id(client.receiveMessage()) == id)
            try await Task.sleep(for: .milliseconds(600))
        }
        #expect(responder.connections == 2)
        await fixture.stop()
        responder.stop()
    }

    @Test func limitsAreKeptInTheirRanges() async throws {
        let fixture = try StreamFixture([], limits: limits { $0.clientIdleMilliseconds = -1 })
        let client = fixture.client()
        #expect(client.isAtEnd(), "100 ms at least, and not never")
        await fixture.stop()
    }
}
