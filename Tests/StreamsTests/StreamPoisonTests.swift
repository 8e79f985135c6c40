// SPDX-License-Identifier: Apache-2.0

import Addressing
import Proxy
import Streams
import Testing

/// Would catch: a server over TCP that makes us give a client what it did not ask for.
@Suite(.serialized) struct StreamPoisonTests {
    /// Each in front of the right answer, on the connection that the query went out by.
    @Test(arguments: [
        "another identifier", "another name", "another type", "no question", "not an answer",
        "the header alone", "a query of its own",
    ])
    func aWrongAnswerIsCountedAndLeftAside(kind: String) async throws {
        let responder = TCPResponder { request in
            var forged = Message.answer(request.query)
            // NXDOMAIN: it is known again.
            forged[3] |= 3
            switch kind {
            case "another identifier": forged[1] ^= 0x55
            case "another name": forged[13] ^= 1
            case "another type": forged[forged.count - 3] = 28
            case "no question", "the header alone":
                forged[5] = kind == "no question" ? 0 : 1
                forged = Array(forged.prefix(12))
            case "not an answer": forged[2] &= 0x7f
            default: forged = Message.query(Message.id(request.query) ?? 0, "other.example")
            }
            request.socket.send(Message.framed(forged))
            request.answer()
        }
        let fixture = try StreamFixture([responder.endpoint])
        let client = fixture.client()
        for number in 0..<UInt16(20) {
            client.send(Message.framed(Message.query(number)))
            let answer = try #require(client.receiveMessage())
            #expect(Message.id(answer) == number && Message.responseCode(answer) == 0)
        }
        #expect(fixture.counters[.nonCompliantResponses] == 20)
        await fixture.stop()
        responder.stop()
    }

    /// With the question and each of the 65 536 identifiers, but for the one that is waited for.
    @Test func everyOtherIdentifierIsCountedAndLeftAside() async throws {
        let responder = TCPResponder { request in
            var forged = Message.answer(request.query)
            forged[3] |= 3
            let right = Message.id(request.query)
            for id in UInt16.min...UInt16.max where id != right {
                forged[0] = UInt8(id >> 8)
                forged[1] = UInt8(id & 0xff)
                request.socket.send(Message.framed(forged))
            }
            request.answer()
        }
        let fixture = try StreamFixture([responder.endpoint])
        let client = fixture.client()
        client.send(Message.framed(Message.query(7)))
        let answer = try #require(client.receiveMessage())
        #expect(Message.id(answer) == 7 && Message.responseCode(answer) == 0)
        #expect(fixture.counters[.nonCompliantResponses] == 65_535)
        await fixture.stop()
        responder.stop()
    }
}
