// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import Declarations
import Proxy
import Streams
import Testing

/// Would catch rules that do something else over TCP than over UDP, or nothing.
@Suite(.serialized) struct StreamRuleTests {
    private static let location = SourceLocation(file: "test.lua", line: 1)

    private func rule(_ selector: Selector, _ action: Action) -> RuleDeclaration {
        RuleDeclaration(selector: selector, action: action, name: "r", location: Self.location)
    }

    private func rule(_ selector: Selector, _ action: ResponseAction) -> ResponseRuleDeclaration {
        ResponseRuleDeclaration(
            selector: selector, action: action, name: "r", location: Self.location)
    }

    @Test func answersOfRulesReachTheClientAndNoServer() async throws {
        let responder = TCPResponder()
        let fixture = try StreamFixture([responder.endpoint]) {
            $0.rules = [
                // A test's own text.
                rule(.queryType(1), .spoofAddresses([IPAddress("192.0.2.7")!])),
                rule(.queryType(16), .responseCode(5)),
            ]
        }
        let client = fixture.client()
        client.send(Message.framed(Message.query(1)))
        let spoofed = try #require(client.receiveMessage())
        #expect(Message.id(spoofed) == 1 && spoofed[7] == 1, "one record")
        #expect(Array(spoofed.suffix(4)) == [192, 0, 2, 7])
        client.send(Message.framed(Message.query(2, type: 16)))
        let refused = try #require(client.receiveMessage())
        #expect(Message.id(refused) == 2 && Message.responseCode(refused) == 5)
        #expect(responder.queries == 0 && fixture.counters[.selfAnswered] == 2)
        await fixture.stop()
        responder.stop()
    }

    @Test func aRulesPoolDecidesWhoIsAsked() async throws {
        let (first, second) = (TCPResponder(), TCPResponder())
        let fixture = try StreamFixture([first.endpoint, second.endpoint]) {
            $0.pools.append(PoolDeclaration(name: "other"))
            $0.servers[1].pools = ["other"]
            $0.rules = [
                rule(.queryType(28), .setTag(name: "t", value: "v")),
                rule(.tag(name: "t", value: "v"), .pool("other")),
            ]
        }
        let client = fixture.client()
        client.send(Message.framed(Message.query(1)))
        #expect(Message.id(client.receiveMessage()) == 1)
        #expect(first.queries == 1 && second.queries == 0)
        client.send(Message.framed(Message.query(2, type: 28)))
        #expect(Message.id(client.receiveMessage()) == 2)
        #expect(first.queries == 1 && second.queries == 1)
        await fixture.stop()
        first.stop()
        second.stop()
    }

    @Test func rulesOnAnswersSeeTheQuerysTagsAndDrop() async throws {
        let responder = TCPResponder()
        let fixture = try StreamFixture([responder.endpoint]) {
            $0.rules = [rule(.queryType(16), .setTag(name: "t", value: "v"))]
            $0.responseRules = [rule(.tag(name: "t", value: "v"), .drop)]
        }
        let client = fixture.client()
        client.send(Message.framed(Message.query(1)))
        #expect(Message.id(client.receiveMessage()) == 1)
        client.send(Message.framed(Message.query(2, type: 16)))
        #expect(client.isAtEnd(), "an answer that is not given ends the connection")
        #expect(responder.queries == 2 && fixture.counters[.ruleDrops] == 1)
        await fixture.stop()
        responder.stop()
    }

    @Test func aDynamicBlockHoldsOverTCPAndAnswersAreSeen() async throws {
        let responder = TCPResponder(bytes: 200)
        let fixture = try StreamFixture([responder.endpoint])
        let traffic = fixture.cell.published.traffic
        traffic.start()
        let client = fixture.client()
        client.send(Message.framed(Message.query(1)))
        #expect(Message.id(client.receiveMessage()) == 1)
        var seen: [UInt16] = []
        #expect(
            try await eventually {
                seen = []
                traffic.forEachAnswer(from: 0, to: .max) { seen.append($0.size) }
                return !seen.isEmpty
            })
        #expect(seen == [200])
        fixture.statistics.blocks.insert(
            BlockOrder(
                .source(BlockedSource(IPPrefix("127.0.0.1/32")!)), reason: "r", seconds: 600,
                action: .refused), nowMicroseconds: PlaneSnapshot.monotonicSeconds * 1_000_000)
        fixture.cell.publish(fixture.statistics.blocks)
        client.send(Message.framed(Message.query(2)))
        #expect(Message.responseCode(client.receiveMessage()) == 5)
        #expect(responder.queries == 1 && fixture.counters[.dynamicallyBlocked] == 1)
        await fixture.stop()
        responder.stop()
    }
}
