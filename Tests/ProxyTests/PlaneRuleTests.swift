// SPDX-License-Identifier: Apache-2.0

import Balancing
import Declarations
import Glibc
import Testing

@testable import Proxy

/// Rules through a worker's sockets: answers kept back, changed, dropped.
@Suite(.serialized) struct PlaneRuleTests {
    private static let location = SourceLocation(file: "test.lua", line: 1)

    private func rule(_ selector: Selector, _ action: ResponseAction) -> ResponseRuleDeclaration {
        ResponseRuleDeclaration(
            selector: selector, action: action, name: "r", location: Self.location)
    }

    @Test func answersAreKeptBackAndChangedByTheirRules() throws {
        let server = UDPPeer()
        let client = UDPPeer()
        let fixture = PlaneFixture(servers: [server.endpoint])
        fixture.configuration.rules = [
            RuleDeclaration(
                selector: .all, action: .setTag(name: "t", value: "v"), name: "tag",
                location: Self.location)
        ]
        fixture.configuration.responseRules = [
            rule(.responseCode(5), .drop),
            rule(.tag(name: "t", value: "v"), .delay(milliseconds: 60)),
            rule(.responseCode(3), .truncate),
        ]
        let plane = try fixture.plane(listening: ["127.0.0.1:0"])
        defer { plane.stop(inFlightMilliseconds: 0) }
        var answers: [[UInt8]] = []
        for code in [UInt8(5), 0, 3] {
            client.send(Packets.query(id: UInt16(code)), to: plane.boundEndpoints[0])
            let asked = try #require(server.receive())
            server.send(Packets.answer(to: asked.bytes, responseCode: code), to: asked.from)
            guard code != 5 else { continue }
            answers.append(try #require(client.receive()).bytes)
        }
        // The one with code 5 was dropped: the others' identifiers came.
        #expect(answers.map { Packets.id($0) } == [0, 3])
        #expect(answers.map { Packets.isTruncated($0) } == [false, true])
        #expect(plane.counters[.delayedAnswers] == 2 && plane.counters[.ruleDrops] == 1)
        #expect(eventually { fixture.handles[0].outstanding == 0 })
    }

    /// `truncateTC(true)` of dnsdist up to 1.3: a truncated answer goes out without its records.
    @Test(arguments: [true, false])
    func truncatedAnswersAreStrippedWhenToldTo(isStripped: Bool) throws {
        let server = UDPPeer()
        let client = UDPPeer()
        let fixture = PlaneFixture(servers: [server.endpoint])
        fixture.configuration.stripsTruncatedAnswers = isStripped
        let plane = try fixture.plane(listening: ["127.0.0.1:0"])
        defer { plane.stop(inFlightMilliseconds: 0) }
        let record: [UInt8] = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]
        for truncated in [true, false] {
            client.send(Packets.query(), to: plane.boundEndpoints[0])
            let asked = try #require(server.receive())
            var answer = Packets.answer(to: asked.bytes)
            if truncated { answer[2] |= 0x02 }
            answer[7] = 1
            server.send(answer + record, to: asked.from)
            let received = try #require(client.receive()).bytes
            let keeps = !(truncated && isStripped)
            #expect(Packets.isTruncated(received) == truncated)
            #expect(received[7] == (keeps ? 1 : 0))
            #expect(received.count == asked.bytes.count + (keeps ? record.count : 0))
        }
    }

    @Test func aServerHasNoMoreInFlightThanIsAllowed() throws {
        let server = UDPPeer()
        let client = UDPPeer()
        let fixture = PlaneFixture(servers: [server.endpoint])
        fixture.configuration.udpOutstandingMax = 3
        let plane = try fixture.plane(listening: ["127.0.0.1:0"])
        defer { plane.stop(inFlightMilliseconds: 0) }
        for id in UInt16(1)...5 {
            client.send(Packets.query(id: id), to: plane.boundEndpoints[0])
        }
        #expect(eventually { plane.counters[.outstandingFull] == 2 })
        #expect(plane.counters[.forwarded] == 5 && fixture.handles[0].outstanding == 3)
    }
}
