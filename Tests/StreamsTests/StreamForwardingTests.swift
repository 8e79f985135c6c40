// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import Declarations
import Proxy
import Streams
import Synchronization
import Testing

/// Catches queries over TCP that are lost, mixed up, or answered with another's answer.
@Suite(.serialized) struct StreamForwardingTests {
    @Test func anAnswerComesBackWithTheClientsIdentifierAndFlags() async throws {
        let seen = Mutex<[UInt8]>([])
        let responder = TCPResponder { request in
            seen.withLock { $0 = request.query }
            request.answer()
        }
        let fixture = try StreamFixture([responder.endpoint])
        let client = fixture.client()
        let query = Message.query(0x1234, flags: 0x0110)
        client.send(Message.framed(query))
        let answer = try #require(client.receiveMessage())
        #expect(Message.id(answer) == 0x1234)
        #expect(Message.flags(answer) == 0x8190, "QR and RA are the server's, RD and CD ours")
        #expect(Array(answer[4...]) == Array(query[4...]))
        #expect(Array(seen.withLock { $0 }[2...]) == Array(query[2...]))
        #expect(fixture.counters[.queries] == 1 && fixture.counters[.responses] == 1)
        #expect(fixture.handles[0].total(.responses) == 1)
        #expect(fixture.handles[0].outstanding == 0)
        await fixture.stop()
        responder.stop()
    }

    @Test(arguments: 1..<31)
    func aQueryMayComeInTwoParts(cut: Int) async throws {
        let responder = TCPResponder()
        let fixture = try StreamFixture([responder.endpoint])
        let client = fixture.client()
        let framed = Message.framed(Message.query(7))
        client.send(Array(framed[..<cut]))
        try await Task.sleep(for: .milliseconds(3))
        client.send(Array(framed[cut...]))
        #expect(Message.id(client.receiveMessage()) == 7)
        await fixture.stop()
        responder.stop()
    }

    @Test func answersComeInTheOrderOfTheServer() async throws {
        let held = Mutex<TCPResponder.Request?>(nil)
        let responder = TCPResponder { request in
            if request.number == 1 {
                held.withLock { $0 = request }
            } else {
                request.answer()
                held.withLock { $0 }?.answer()
            }
        }
        let fixture = try StreamFixture([responder.endpoint])
        let client = fixture.client()
        client.send(
            Message.framed(Message.query(1, "a.example"))
                + Message.framed(Message.query(2, "b.example")))
        #expect(Message.id(client.receiveMessage()) == 2)
        #expect(Message.id(client.receiveMessage()) == 1)
        #expect(responder.connections == 1)
        await fixture.stop()
        responder.stop()
    }

    @Test func hundredsOfPipelinedQueriesAreEachAnswered() async throws {
        let responder = TCPResponder()
        let fixture = try StreamFixture([responder.endpoint])
        let client = fixture.client()
        let ids = (0..<1_000).map { UInt16($0) }
        client.send(ids.flatMap { Message.framed(Message.query($0, "h\($0).example")) })
        var answered: [UInt16: [UInt8]] = [:]
        for _ in ids {
            let answer = try #require(client.receiveMessage())
            answered[Message.id(answer) ?? 0] = answer
        }
        #expect(answered.count == ids.count)
        #expect(
            answered.allSatisfy { id, answer in
                Array(answer[4...]) == Array(Message.query(id, "h\(id).example")[4...])
            })
        #expect(responder.connections == 1)
        await fixture.stop()
        responder.stop()
    }

    @Test func oneConnectionToAServerCarriesTheQueriesOfManyClients() async throws {
        let responder = TCPResponder()
        let fixture = try StreamFixture([responder.endpoint])
        for number in 0..<5 as Range<UInt16> {
            let client = fixture.client()
            client.send(Message.framed(Message.query(number)))
            #expect(Message.id(client.receiveMessage()) == number)
        }
        #expect(responder.connections == 1)
        #expect(fixture.handles[0].total(.tcpConnections) == 1)
        #expect(fixture.handles[0].total(.tcpReusedConnections) == 4)
        await fixture.stop()
        responder.stop()
    }

    @Test func theLargestAnswerPasses() async throws {
        let responder = TCPResponder(bytes: 65_535)
        let fixture = try StreamFixture([responder.endpoint])
        let client = fixture.client()
        for id in 1...3 as ClosedRange<UInt16> {
            client.send(Message.framed(Message.query(id)))
            let answer = try #require(client.receiveMessage())
            #expect(answer.count == 65_535 && Message.id(answer) == id)
            #expect(answer.suffix(60_000).allSatisfy { $0 == 7 })
        }
        await fixture.stop()
        responder.stop()
    }

    @Test func anAnswerToAnotherQuestionIsLeftAside() async throws {
        let responder = TCPResponder { request in
            var other = Message.query(0, "other.example")
            other.replaceSubrange(0..<2, with: request.query[0..<2])
            request.answer(other)
            request.socket.send(Message.framed(request.query))
            request.answer()
        }
        let fixture = try StreamFixture([responder.endpoint])
        let client = fixture.client()
        client.send(Message.framed(Message.query(5)))
        let answer = try #require(client.receiveMessage())
        #expect(Array(answer[4...]) == Array(Message.query(5)[4...]))
        #expect(fixture.counters[.nonCompliantResponses] == 2)
        await fixture.stop()
        responder.stop()
    }

    @Test func bothFamiliesAreServed() async throws {
        let responder = TCPResponder(address: .loopbackV6) { $0.answer() }
        let fixture = try StreamFixture([responder.endpoint], listen: .loopbackV6)
        let client = fixture.client()
        client.send(Message.framed(Message.query(6)))
        #expect(Message.id(client.receiveMessage()) == 6)
        await fixture.stop()
        responder.stop()
    }

    @Test func aConnectionOutlivesTheSnapshotThatItBeganWith() async throws {
        let held = Mutex<TCPResponder.Request?>(nil)
        let old = TCPResponder { request in held.withLock { $0 = request } }
        let new = TCPResponder()
        let fixture = try StreamFixture([old.endpoint])
        let client = fixture.client()
        client.send(Message.framed(Message.query(1)))
        #expect(try await eventually { held.withLock { $0 != nil } })
        let oldHandle = fixture.handles[0]
        try fixture.reload { $0.servers = StreamFixture.declarations([new.endpoint]) }
        #expect(fixture.cell.live == 1, "an idle loop holds no snapshot")
        client.send(Message.framed(Message.query(2)))
        #expect(Message.id(client.receiveMessage()) == 2)
        #expect(fixture.slab.collect() == 1, "the old record waits for its query")
        held.withLock { $0 }?.answer()
        #expect(Message.id(client.receiveMessage()) == 1)
        #expect(try await eventually { oldHandle.outstanding == 0 })
        #expect(fixture.slab.collect() == 0)
        await fixture.stop()
        old.stop()
        new.stop()
    }

    @Test func aPolicyOfThePoolChoosesTheServer() async throws {
        let responders = [TCPResponder(), TCPResponder()]
        let fixture = try StreamFixture(responders.map(\.endpoint)) {
            $0.policy = .builtin(.roundrobin)
        }
        let client = fixture.client()
        for id in 0..<6 as Range<UInt16> {
            client.send(Message.framed(Message.query(id)))
            #expect(Message.id(client.receiveMessage()) == id)
        }
        #expect(responders.map(\.queries) == [3, 3])
        await fixture.stop()
        responders.forEach { $0.stop() }
    }
}
