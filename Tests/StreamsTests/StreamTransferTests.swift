// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import Declarations
import Proxy
import Streams
import Synchronization
import Testing

/// Catches a zone transfer that does not pass whole, or that fills our memory.
@Suite(.serialized) struct StreamTransferTests {
    @Test func allMessagesOfATransferPass() async throws {
        let responder = TCPResponder { request in
            guard request.query[request.query.count - 3] == 252 else { return request.answer() }
            for (number, records) in [[5, 0], [0, 0, 0], [0, 5]].enumerated() {
                request.socket.send(
                    Message.framed(
                        TransferMessage.answer(
                            request.query, records: records.map { UInt32($0) },
                            withQuestion: number == 0)))
            }
        }
        let fixture = try StreamFixture([responder.endpoint])
        let client = fixture.client()
        client.send(Message.framed(Message.query(0x77, type: 252)))
        for answers in [2, 3, 2] as [UInt8] {
            let message = try #require(client.receiveMessage())
            #expect(Message.id(message) == 0x77 && message[7] == answers)
        }
        #expect(try await eventually { fixture.handles[0].outstanding == 0 })
        client.send(Message.framed(Message.query(0x78)))
        #expect(Message.id(client.receiveMessage()) == 0x78)
        #expect(responder.connections == 2, "the transfer had one of its own")
        await fixture.stop()
        responder.stop()
    }

    @Test func aTransferThatBreaksOffEndsTheClientsConnection() async throws {
        let responder = TCPResponder { request in
            request.socket.send(
                Message.framed(TransferMessage.answer(request.query, records: [5, 0])))
            request.socket.end()
        }
        let fixture = try StreamFixture([responder.endpoint]) {
            $0.answersServFailWhenNoServer = true
        }
        let client = fixture.client()
        client.send(Message.framed(Message.query(1, type: 252)))
        #expect(client.receiveMessage() != nil)
        #expect(client.isAtEnd(), "neither a second try nor SERVFAIL in the middle")
        #expect(responder.connections == 1)
        await fixture.stop()
        responder.stop()
    }

    private final class Sent: Sendable {
        let messages = Atomic<Int>(0)
    }

    @Test func aSlowClientSlowsItsTransferDown() async throws {
        let sent = Sent()
        let messages = 400
        let responder = TCPResponder { request in
            for number in 0..<messages {
                let records: [UInt32] =
                    number == 0 ? [5, 0] : number == messages - 1 ? [0, 5] : [0, 0]
                request.socket.send(
                    Message.framed(
                        TransferMessage.answer(
                            request.query, records: records, otherBytes: 30_000)))
                sent.messages.wrappingAdd(1, ordering: .relaxed)
            }
        }
        let fixture = try StreamFixture([responder.endpoint])
        let client = fixture.client(receiveBufferBytes: 4_096)
        client.send(Message.framed(Message.query(1, type: 252)))
        try await Task.sleep(for: .milliseconds(500))
        let early = sent.messages.load(ordering: .relaxed)
        #expect(early > 0 && early < messages, "\(early) were taken from the server")
        var received = 0
        while received < messages, client.receiveMessage() != nil { received += 1 }
        #expect(received == messages)
        await fixture.stop()
        responder.stop()
    }
}
