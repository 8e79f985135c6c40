// SPDX-License-Identifier: Apache-2.0

import Declarations
import Testing

@testable import Streams

/// Would catch: who answers told over UDP alone, and an OPT of ours in the answer to a client without.
@Suite(.serialized) struct StreamIdentityTests {
    private static let opt: [UInt8] = [0, 0, 41, 4, 208, 0, 0, 0, 0]
    private static let nsid: [UInt8] = [0, 3, 0, 4, 110, 111, 100, 101]

    private static func edns(_ options: [UInt8]) -> [UInt8] {
        var query = Message.query(7)
        query[11] = 1
        return query + opt + [0, UInt8(options.count)] + options
    }

    @Test(arguments: [false, true])
    func aForwardedAnswerCarriesOurNSID(hasRules: Bool) async throws {
        let responder = TCPResponder()
        let fixture = try StreamFixture([responder.endpoint]) {
            $0.identity = ServerIdentityDeclaration(name: "node")
            // Then answers go another way through the code.
            $0.stripsTruncatedAnswers = hasRules
        }
        let client = fixture.client()
        client.send(Message.framed(Self.edns([0, 3, 0, 0])))
        #expect(client.receiveMessage()?[4...] == Self.edns(Self.nsid)[4...])
        client.send(Message.framed(Self.edns([])))
        #expect(client.receiveMessage()?[4...] == Self.edns([])[4...])
        await fixture.stop()
        responder.stop()
    }

    @Test(arguments: [true, false])
    func aServerThatIsGoneIsToldOfWithTheClientsOwnEDNS(hasEDNS: Bool) async throws {
        let responder = TCPResponder { $0.socket.end() }
        let fixture = try StreamFixture([responder.endpoint]) {
            $0.identity = ServerIdentityDeclaration(name: "node")
            $0.answersServFailWhenNoServer = true
            $0.servers[0].usesClientSubnet = true
            $0.servers[0].tcpRetries = 0
        }
        let client = fixture.client()
        client.send(Message.framed(hasEDNS ? Self.edns([0, 3, 0, 0]) : Message.query(7)))
        let answer = try #require(client.receiveMessage())
        #expect(Message.responseCode(answer) == 2)
        let asked = hasEDNS ? Self.edns(Self.nsid) : Message.query(7)
        #expect(Array(answer[4...]) == Array(asked[4...]))
        await fixture.stop()
        responder.stop()
    }
}
