// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import DNSWire
import Declarations
import Glibc
import Testing

@testable import Proxy

/// What clients get when a rule answers, and what servers get when a rule has changed the query.
@Suite struct RuleAnswerTests {
    private static let opt: [UInt8] = [0, 0, 41, 4, 208, 0, 0, 0x80, 0, 0, 0]

    private struct Outcome {
        var decision: QueryDecision
        var bytes: [UInt8]
        var identity: RequestIdentity
        var delay: UInt32
        var counters: PlaneCounters

        func message() throws -> DNSMessage {
            guard case .answer(let length) = decision else {
                Issue.record("no answer: \(decision)")
                return try DNSMessage(decoding: [])
            }
            return try DNSMessage(decoding: Array(bytes[..<length]))
        }
    }

    private func decide(
        _ packet: [UInt8], _ action: Action, overTCP: Bool = false,
        _ change: (inout DeclaredConfiguration) -> Void = { _ in }
    ) throws -> Outcome {
        let counters = PlaneCounters(planeThreads: 2)
        let fixture = PlaneFixture(servers: [PlaneFixture.endpoint("127.0.0.1", port: 5_300)])
        fixture.configuration.rules = [
            RuleDeclaration(
                selector: .all, action: action, name: "r",
                location: SourceLocation(file: "test.lua", line: 1))
        ]
        change(&fixture.configuration)
        let snapshot = try fixture.snapshot()
        var pipeline = Pipeline(thread: 0, counters: counters.counters(thread: 0), seed: 1)
        var remote = PlaneFixture.endpoint("127.0.0.1", port: 4_000).socketAddress.storage
        var local = PlaneFixture.endpoint("127.0.0.1", port: 53).socketAddress.storage
        var buffer = packet + [UInt8](repeating: 0, count: 4_096)
        let decision = buffer.withUnsafeMutableBytes {
            pipeline.decide(
                $0, length: packet.count, client: &remote, local: &local, overTCP: overTCP,
                nowMicroseconds: 1, view: snapshot.view)
        }
        pipeline.discardState()
        withExtendedLifetime(snapshot) {}
        return Outcome(
            decision: decision, bytes: buffer, identity: pipeline.identity,
            delay: pipeline.answerDelayMilliseconds, counters: counters)
    }

    private func query(type: UInt16 = 1, flags: UInt16 = 0x0110, edns: Bool = false) -> [UInt8] {
        var packet = Packets.query(type: type, flags: flags)
        if edns {
            packet[11] = 1
            packet += Self.opt
        }
        return packet
    }

    private func addresses(_ texts: String...) -> [IPAddress] { texts.compactMap { IPAddress($0) } }

    @Test(arguments: [(UInt16(1), 2), (28, 1), (255, 3)])
    func everyAddressOfTheTypeIsGiven(type: UInt16, count: Int) throws {
        var options = SpoofOptions()
        options.ttl = 33
        let action = Action.spoofAddresses(
            addresses("192.0.2.1", "192.0.2.2", "2001:db8::1"), options)
        for edns in [false, true] {
            let outcome = try decide(query(type: type, edns: edns), action)
            let message = try outcome.message()
            #expect(message.id == 0x1234 && message.questions.count == 1)
            #expect(message.answers.count == count && Set(message.answers).count == count)
            for record in message.answers {
                #expect(record.timeToLiveSeconds == 33 && record.name == message.questions[0].name)
            }
            #expect(message.flags.rawValue == 0x8190 && message.responseCode == .noError)
            #expect(message.edns?.dnssecOK == (edns ? true : nil))
            #expect(
                outcome.counters[.selfAnswered] == 1 && outcome.counters[.frontendNoErrors] == 1)
        }
    }

    @Test func aliasAndRawRecordsAnswerAnyType() throws {
        let alias = try decide(query(type: 16), .spoofAlias([1, 0x61, 0])).message()
        #expect(alias.answers.map(\.description) == ["www.example.org. 60 IN CNAME a."])
        let raw = try decide(query(type: 16), .spoofRaw([[2, 0x68, 0x69], [1, 0x78]], type: nil))
            .message()
        #expect(Set(raw.answers.map(\.data)) == [.text([[0x68, 0x69]]), .text([[0x78]])])
        let any = try decide(query(type: 255), .spoofRaw([[1, 0x78]], type: 16)).message()
        #expect(any.answers.map(\.type) == [.txt])
    }

    @Test(arguments: [false, true], [false, true])
    func aNegativeAnswerHasItsRecordWhereItIsWanted(inAuthority: Bool, edns: Bool) throws {
        let record = StartOfAuthority(
            zone: Array("\u{4}test\0".utf8),
            data: Array("\u{2}ns\0\u{2}me\0".utf8) + [UInt8](repeating: 1, count: 20),
            isInAuthoritySection: inAuthority)
        var options = SpoofOptions()
        options.ttl = 33
        let message = try decide(
            query(edns: edns), .negative(isNameError: inAuthority, record, options)
        ).message()
        #expect(message.responseCode == (inAuthority ? .nameError : .noError))
        #expect(message.answers.isEmpty && message.edns?.dnssecOK == (edns ? true : nil))
        let (there, elsewhere) =
            inAuthority
            ? (message.authority, message.additional) : (message.additional, message.authority)
        #expect(
            there.map(\.description).filter { $0.contains("SOA") } == [
                "test. 33 IN SOA ns. me. 16843009 16843009 16843009 16843009 16843009"
            ])
        #expect(!elsewhere.contains { $0.description.contains("SOA") })
    }

    @Test func headerBitsFollowTheOptions() throws {
        var options = SpoofOptions()
        (options.aa, options.ad, options.ra) = (true, true, false)
        for action in [
            Action.spoofAddresses([.loopbackV4], options), .responseCode(3, options),
            .extendedResponseCode(3, options),
        ] {
            let flags = try decide(query(), action).message().flags
            #expect(flags.isAuthoritative && flags.isAuthenticData && !flags.recursionAvailable)
            #expect(flags.recursionDesired && flags.checkingDisabled)
        }
    }

    @Test func extendedCodesTakeTheirUpperBitsIntoTheOPT() throws {
        let action = Action.extendedResponseCode(23)
        #expect(try decide(query(edns: true), action).message().responseCode.rawValue == 23)
        #expect(try decide(query(), action).message().responseCode.rawValue == 7)
    }

    @Test func whatIsTooLongForTheClientIsTruncatedOverUDP() throws {
        let many = (0..<60).map { IPAddress(v4: 0xc000_0200 + UInt32($0)) }
        let plain = try decide(query(), .spoofAddresses(many)).message()
        #expect(plain.flags.isTruncated && plain.answers.isEmpty)
        let large = try decide(query(edns: true), .spoofAddresses(many)).message()
        #expect(large.answers.count == 60 && !large.flags.isTruncated)
        let overTCP = try decide(query(), .spoofAddresses(many), overTCP: true).message()
        #expect(overTCP.answers.count == 60)
    }

    @Test(arguments: [Action.noRecurse, .disableValidation])
    func theServerSeesChangedBitsAndTheClientItsOwn(action: Action) throws {
        let outcome = try decide(query(flags: 0x0100), action)
        #expect(outcome.decision == .forward(ordinal: 0, questionEnd: query().count))
        let sent = UInt16(outcome.bytes[2]) << 8 | UInt16(outcome.bytes[3])
        #expect(sent == (action == .noRecurse ? 0x0000 : 0x0110))
        #expect(outcome.identity.flags.rawValue == 0x0100)
        // Also when we answer after all.
        let answered = try decide(query(flags: 0x0100), action) {
            $0.servers[0].initialState = .down
            $0.answersServFailWhenNoServer = true
        }
        let flags = try answered.message().flags
        #expect(flags.recursionDesired && !flags.checkingDisabled)
    }

    @Test func ourOwnAnswersGoThroughTheirRules() throws {
        func rule(_ selector: Selector, _ action: ResponseAction) -> ResponseRuleDeclaration {
            ResponseRuleDeclaration(
                selector: selector, action: action, name: "own",
                location: SourceLocation(file: "test.lua", line: 2))
        }
        let limited = try decide(query(), .spoofAddresses([.loopbackV4])) {
            $0.selfAnsweredResponseRules = [
                rule(.responseCode(0), .limitTTL(min: 0, max: 5, types: [])),
                rule(.all, .delay(milliseconds: 20)),
            ]
        }
        #expect(try limited.message().answers.map(\.timeToLiveSeconds) == [5])
        #expect(limited.delay == 20)
        let dropped = try decide(query(), .responseCode(3)) {
            $0.selfAnsweredResponseRules = [rule(.responseCode(3), .drop)]
        }
        #expect(dropped.decision == .drop && dropped.counters[.selfAnswered] == 0)
    }

    @Test func mutatedQueriesNeverCrashRules() throws {
        let seed = UInt64.random(in: 1...UInt64.max)
        print("seed \(seed)")
        var generator = SelectionGenerator(seed: seed)
        let fixture = PlaneFixture(servers: [PlaneFixture.endpoint("127.0.0.1", port: 5_300)])
        let location = SourceLocation(file: "test.lua", line: 1)
        let selectors: [Selector] = [
            .regularExpression("^[a-c]"), .suffixes([[3, 0x6f, 0x72, 0x67, 0]]), .dnssecOK,
            .ednsOption(10), .ednsVersionAbove(0), .trailingData,
            .labelCountOutside(min: 1, max: 3),
            .recordTypeCount(section: 3, type: 41, 1...9),
            .recordTypeCount(section: 1, type: 1, 0...0),
            .extendedResponseCode(16), .queryName([0]), .opcode(5), .probability(0.5),
        ]
        let actions: [Action] = [
            .spoofAddresses([.loopbackV4, .loopbackV6]), .spoofAlias([1, 0x61, 0]),
            .spoofRaw([[1], []], type: nil), .responseCode(3), .extendedResponseCode(300),
            .truncate,
            .noRecurse, .setTag(name: "t", value: "v"), .log(LogTarget(path: "")), .none,
        ]
        fixture.configuration.rules = (0..<60).map { _ in
            RuleDeclaration(
                selector: .and([
                    selectors.randomElement(using: &generator) ?? .all, .probability(0.2),
                ]),
                action: actions.randomElement(using: &generator) ?? .none, name: "r",
                location: location)
        }
        fixture.configuration.selfAnsweredResponseRules = [
            ResponseRuleDeclaration(
                selector: .all, action: .clearRecordTypes([28]), name: "c", location: location)
        ]
        let snapshot = try fixture.snapshot()
        let counters = PlaneCounters(planeThreads: 2)
        var pipeline = Pipeline(thread: 0, counters: counters.counters(thread: 0), seed: seed)
        var remote = PlaneFixture.endpoint("127.0.0.1", port: 4_000).socketAddress.storage
        for _ in 0..<20_000 {
            var packet = query(type: 255, edns: true)
            for _ in 0..<Int.random(in: 0..<8, using: &generator) {
                packet[Int.random(in: 0..<packet.count, using: &generator)] =
                    UInt8.random(in: 0...255, using: &generator)
            }
            let length = Int.random(in: 0...packet.count, using: &generator)
            var buffer = Array(packet[..<length]) + [UInt8](repeating: 0xee, count: 700)
            let decision = buffer.withUnsafeMutableBytes {
                pipeline.decide(
                    $0, length: length, client: &remote, local: &remote, overTCP: false,
                    nowMicroseconds: 1, view: snapshot.view)
            }
            pipeline.discardState()
            switch decision {
            case .drop: break
            case .answer(let answered): #expect((12...buffer.count).contains(answered))
            case .forward(_, let end): #expect((17...length).contains(end))
            }
        }
        withExtendedLifetime(snapshot) {}
    }
}
