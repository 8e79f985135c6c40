// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import DNSWire
import Declarations
import Glibc
import Testing

@testable import Proxy

/// Would catch a query or an answer that takes the wrong branch, and a branch that is not counted.
@Suite struct PipelineTests {
    private let counters = PlaneCounters(planeThreads: 2)

    private func decide(
        _ packet: [UInt8], from client: String = "127.0.0.1", overTCP: Bool = false,
        _ change: (inout DeclaredConfiguration) -> Void = { _ in }
    ) throws -> (decision: QueryDecision, bytes: [UInt8]) {
        let fixture = PlaneFixture(servers: [PlaneFixture.endpoint("127.0.0.1", port: 5300)])
        change(&fixture.configuration)
        let snapshot = try fixture.snapshot()
        var pipeline = Pipeline(thread: 0, counters: counters.counters(thread: 0), seed: 1)
        var remote = PlaneFixture.endpoint(client, port: 4000).socketAddress.storage
        var local = PlaneFixture.endpoint("127.0.0.1", port: 53).socketAddress.storage
        var buffer = packet + [UInt8](repeating: 0, count: 512)
        let decision = buffer.withUnsafeMutableBytes {
            pipeline.decide(
                $0, length: packet.count, client: &remote, local: &local, overTCP: overTCP,
                nowMicroseconds: 1, view: snapshot.view)
        }
        withExtendedLifetime(snapshot) {}
        return (decision, buffer)
    }

    private func rule(_ selector: Selector, _ action: Action) -> RuleDeclaration {
        RuleDeclaration(
            selector: selector, action: action, name: "r",
            location: SourceLocation(file: "test.lua", line: 1))
    }

    @Test func forwardsAQuestionToTheOnlyServer() throws {
        let packet = Packets.query()
        #expect(
            try decide(packet).decision == .forward(ordinal: 0, questionEnd: packet.count))
        #expect(counters[.queries] == 1 && counters[.forwarded] == 1)
        #expect(counters[.recursionDesiredQueries] == 1)
    }

    @Test(arguments: ["8.8.8.8", "2001:db8::1"])
    func dropsAClientOutsideTheAccessList(client: String) throws {
        #expect(try decide(Packets.query(), from: client).decision == .drop)
        #expect(counters[.aclDrops] == 1 && counters[.queries] == 0)
    }

    @Test(arguments: [
        Packets.query(flags: 0x8100),
        Array(Packets.query().prefix(11)),
        Array(Packets.query().dropLast(3)),
        Packets.query().prefix(12) + [0xc0, 0x0c, 0, 1, 0, 1],
    ])
    func dropsWhatIsNoQuery(packet: [UInt8]) throws {
        #expect(try decide(packet).decision == .drop)
        #expect(counters[.nonCompliantQueries] == 1)
    }

    @Test func answersNoQuestionWithNotImplemented() throws {
        let (decision, bytes) = try decide(Packets.query(questionCount: 0))
        #expect(decision == .answer(length: 12))
        #expect(Packets.responseCode(bytes) == 4 && counters[.emptyQueries] == 1)
    }

    @Test func answersTwoQuestionsWithFormatError() throws {
        let (decision, bytes) = try decide(Packets.query(questionCount: 2))
        #expect(decision == .answer(length: 12))
        #expect(Packets.responseCode(bytes) == 1)
    }

    @Test(arguments: [(overTCP: false, isTruncated: true), (overTCP: true, isTruncated: false)])
    func truncatesAnyOverUDPAlone(overTCP: Bool, isTruncated: Bool) throws {
        let packet = Packets.query(type: Packets.any)
        let (decision, bytes) = try decide(packet, overTCP: overTCP) {
            $0.rules = [
                rule(.and([.queryType(Packets.any), .overTCP(false)]), .truncate)
            ]
        }
        if isTruncated {
            #expect(decision == .answer(length: packet.count))
            #expect(Packets.isTruncated(bytes) && Packets.id(bytes) == 0x1234)
            #expect(bytes[3] & 0x80 != 0, "RA as RD")
            #expect(counters[.ruleTruncated] == 1 && counters[.selfAnswered] == 1)
        } else {
            #expect(decision == .forward(ordinal: 0, questionEnd: packet.count))
        }
    }

    @Test(arguments: [
        (code: UInt8(5), counter: PlaneCounter.ruleRefused),
        (code: 3, counter: .ruleNameErrors), (code: 2, counter: .ruleServerFailures),
    ])
    func answersWithARulesCode(code: UInt8, counter: PlaneCounter) throws {
        let (_, bytes) = try decide(Packets.query()) {
            $0.rules = [rule(.all, .responseCode(code))]
        }
        #expect(Packets.responseCode(bytes) == code && counters[counter] == 1)
    }

    @Test func dropsByRule() throws {
        let decision = try decide(Packets.query()) { $0.rules = [rule(.all, .drop)] }.decision
        #expect(decision == .drop && counters[.ruleDrops] == 1)
    }

    @Test(arguments: [true, false])
    func answersServFailWithoutAServerWhenToldTo(answers: Bool) throws {
        let (decision, bytes) = try decide(Packets.query()) {
            $0.servers[0].initialState = .down
            $0.answersServFailWhenNoServer = answers
        }
        #expect(counters[.noPolicy] == 1)
        #expect(answers ? Packets.responseCode(bytes) == 2 : decision == .drop)
        // No RA, as with dnsdist: nobody is there who would recurse.
        if answers { #expect(bytes[3] & 0x80 == 0) }
    }

    @Test(arguments: [
        (change: "none", verdict: AnswerVerdict.accepted),
        (change: "case", verdict: .accepted), (change: "name", verdict: .mismatch),
        (change: "type", verdict: .mismatch), (change: "query", verdict: .mismatch),
        (change: "longer", verdict: .mismatch), (change: "emptyNoError", verdict: .mismatch),
        (change: "emptyRefused", verdict: .accepted), (change: "short", verdict: .mismatch),
    ])
    func acceptsOnlyTheAnswerToItsQuestion(change: String, verdict: AnswerVerdict) {
        let question = Packets.question("www.example.org", type: 1)
        var answer = Packets.answer(to: Packets.query())
        switch change {
        case "case": answer[13] = UInt8(ascii: "W")
        case "name": answer[13] = UInt8(ascii: "x")
        case "type": answer[answer.count - 3] = 28
        case "query": answer[2] &= 0x7f
        case "longer":
            answer = Packets.answer(to: Packets.query("www.example.organisation"))
        case "emptyNoError": answer = Packets.answer(to: Packets.query(questionCount: 0))
        case "emptyRefused":
            answer = Packets.answer(to: Packets.query(questionCount: 0), responseCode: 5)
        case "short": answer = Array(answer.prefix(11))
        default: break
        }
        let pipeline = Pipeline(thread: 0, counters: counters.counters(thread: 0), seed: 1)
        let found = answer.withUnsafeBytes { bytes in
            question.withUnsafeBytes { pipeline.verify(bytes, question: $0) }
        }
        #expect(found == verdict)
    }

    @Test func survivesRandomAndMutatedMessages() throws {
        let seed = UInt64.random(in: 1...UInt64.max)
        print("seed \(seed)")
        var generator = SelectionGenerator(seed: seed)
        let fixture = PlaneFixture(servers: [PlaneFixture.endpoint("127.0.0.1", port: 5300)])
        fixture.configuration.rules = [rule(.queryType(Packets.any), .truncate)]
        let snapshot = try fixture.snapshot()
        var pipeline = Pipeline(thread: 0, counters: counters.counters(thread: 0), seed: 1)
        var remote = PlaneFixture.endpoint("127.0.0.1", port: 4000).socketAddress.storage
        let question = Packets.question("www.example.org", type: 1)
        for round in 0..<20_000 {
            var packet = Packets.query(type: round % 3 == 0 ? Packets.any : 1) + [0, 0, 41]
            for _ in 0..<Int.random(in: 0..<8, using: &generator) {
                packet[Int.random(in: 0..<packet.count, using: &generator)] =
                    UInt8.random(in: 0...255, using: &generator)
            }
            let length = Int.random(in: 0...packet.count, using: &generator)
            var buffer = Array(packet[..<length]) + [UInt8](repeating: 0xee, count: 512)
            let decision = buffer.withUnsafeMutableBytes {
                pipeline.decide(
                    $0, length: length, client: &remote, local: &remote, overTCP: false,
                    nowMicroseconds: 1, view: snapshot.view)
            }
            switch decision {
            case .drop: break
            case .answer(let answered): #expect((12...300).contains(answered))
            case .forward(_, let end): #expect((17...length).contains(end))
            }
            let isAccepted = packet[..<length].withUnsafeBytes { bytes in
                question.withUnsafeBytes { pipeline.verify(bytes, question: $0) == .accepted }
            }
            if isAccepted { #expect(packet[2] & 0x80 != 0) }
        }
        withExtendedLifetime(snapshot) {}
    }

    @Test func restoresIdentifierAndRequestFlags() {
        let pipeline = Pipeline(thread: 0, counters: counters.counters(thread: 0), seed: 1)
        // The server cleared RD and set CD; the client had asked the other way round.
        var answer = Packets.answer(to: Packets.query(id: 9, flags: 0), responseCode: 2)
        answer[3] |= 0x10
        answer.withUnsafeMutableBytes {
            pipeline.restore(
                RequestIdentity(id: 0xbeef, flags: .init(rawValue: 0x0100)), in: $0)
        }
        #expect(Packets.id(answer) == 0xbeef)
        #expect(answer[2] == 0x81 && answer[3] == 0x82)
        #expect(counters[.serverFailureResponses] == 1 && counters[.responses] == 1)
    }
}
