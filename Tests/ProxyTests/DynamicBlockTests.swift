// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import Declarations
import Glibc
import Testing

@testable import Proxy

/// Would catch a block that does something else to a query than it says, or to the wrong query.
@Suite struct DynamicBlockTests {
    private let counters = PlaneCounters(planeThreads: 2)
    private let fixture = PlaneFixture(servers: [PlaneFixture.endpoint("127.0.0.1", port: 5300)])

    /// Decides a query at second 10, with blocks of 60 seconds inserted at second 1.
    private func decide(
        _ packet: [UInt8], from client: String = "127.0.0.2", overTCP: Bool = false,
        at seconds: UInt64 = 10, blocks: [(subject: DynamicBlock.Subject, action: ScriptAction)],
        _ change: (inout DeclaredConfiguration) -> Void = { _ in }
    ) throws -> (decision: QueryDecision, bytes: [UInt8]) {
        change(&fixture.configuration)
        let snapshot = try fixture.snapshot()
        let cell = SnapshotCell(planeThreads: 2, snapshot)
        for block in blocks {
            fixture.statistics.blocks.insert(
                BlockOrder(block.subject, reason: "r", seconds: 60, action: block.action),
                nowMicroseconds: 1_000_000)
        }
        cell.publish(fixture.statistics.blocks)
        var pipeline = Pipeline(thread: 0, counters: counters.counters(thread: 0), seed: 1)
        var remote = PlaneFixture.endpoint(client, port: 4000).socketAddress.storage
        var local = PlaneFixture.endpoint("127.0.0.1", port: 53).socketAddress.storage
        var buffer = packet + [UInt8](repeating: 0, count: 512)
        let decision = buffer.withUnsafeMutableBytes {
            pipeline.decide(
                $0, length: packet.count, client: &remote, local: &local, overTCP: overTCP,
                nowMicroseconds: seconds * 1_000_000, view: snapshot.view)
        }
        pipeline.discardState()
        withExtendedLifetime(cell) {}
        return (decision, buffer)
    }

    private func source(_ text: String) -> DynamicBlock.Subject {
        .source(BlockedSource(IPPrefix(text)!))  // a test's own text
    }

    private var client: DynamicBlock.Subject { source("127.0.0.2/32") }

    private func name(_ text: String) -> DynamicBlock.Subject {
        .name(Array(Packets.question(text, type: 1).dropLast(4)))
    }

    private func count(of subject: DynamicBlock.Subject) -> UInt64? {
        fixture.statistics.blocks.block(of: subject)?.count
    }

    @Test func dropsByDefault() throws {
        #expect(try decide(Packets.query(), blocks: [(client, .none)]).decision == .drop)
        #expect(counters[.dynamicallyBlocked] == 1 && counters[.queries] == 1)
        #expect(counters[.ruleDrops] == 0 && count(of: client) == 1)
    }

    @Test(arguments: [
        (action: ScriptAction.refused, code: UInt8(5)), (action: .nxdomain, code: 3),
    ])
    func answersWithACode(action: ScriptAction, code: UInt8) throws {
        let packet = Packets.query()
        let (decision, bytes) = try decide(packet, blocks: [(client, action)])
        #expect(decision == .answer(length: packet.count))
        #expect(Packets.responseCode(bytes) == code && Packets.id(bytes) == 0x1234)
        #expect(counters[.dynamicallyBlocked] == 1 && count(of: client) == 1)
    }

    @Test(arguments: [false, true])
    func truncatesOverUDPAlone(overTCP: Bool) throws {
        let packet = Packets.query()
        let (decision, bytes) = try decide(
            packet, overTCP: overTCP, blocks: [(client, .truncate)])
        if overTCP {
            #expect(decision == .forward(ordinal: 0, questionEnd: packet.count))
            #expect(counters[.dynamicallyBlocked] == 0 && count(of: client) == 0)
        } else {
            #expect(decision == .answer(length: packet.count) && Packets.isTruncated(bytes))
            #expect(counters[.dynamicallyBlocked] == 1)
        }
    }

    @Test func noOpCountsAndLetsPass() throws {
        let packet = Packets.query()
        let decision = try decide(packet, blocks: [(client, .noOp)]).decision
        #expect(decision == .forward(ordinal: 0, questionEnd: packet.count))
        #expect(counters[.dynamicallyBlocked] == 0 && count(of: client) == 1)
    }

    @Test func noRecurseTakesRDAndPassesTheRules() throws {
        let packet = Packets.query()
        let (decision, bytes) = try decide(packet, blocks: [(client, .noRecurse)]) {
            $0.rules = [
                RuleDeclaration(
                    selector: .all, action: .drop, name: "r",
                    location: SourceLocation(file: "test.lua", line: 1))
            ]
        }
        #expect(decision == .forward(ordinal: 0, questionEnd: packet.count))
        #expect(bytes[2] & 1 == 0 && counters[.dynamicallyBlocked] == 1)
    }

    @Test func blocksThatNameNoActionTakeTheConfigurations() throws {
        let (_, bytes) = try decide(Packets.query(), blocks: [(client, .none)]) {
            $0.blockAction = .refused
        }
        #expect(Packets.responseCode(bytes) == 5)
    }

    @Test func othersAreServed() throws {
        let packet = Packets.query()
        let decision = try decide(
            packet, from: "127.0.0.3", blocks: [(client, .drop), (name("example.com"), .drop)]
        ).decision
        #expect(decision == .forward(ordinal: 0, questionEnd: packet.count))
        #expect(counters[.dynamicallyBlocked] == 0)
    }

    @Test func aBlockThatIsOverDoesNothing() throws {
        let packet = Packets.query()
        let decision = try decide(packet, at: 61, blocks: [(client, .drop)]).decision
        #expect(decision == .forward(ordinal: 0, questionEnd: packet.count))
    }

    @Test func blocksNamesBelowASuffix() throws {
        let (_, bytes) = try decide(
            Packets.query("www.EXAMPLE.org"), blocks: [(name("example.org"), .refused)])
        #expect(Packets.responseCode(bytes) == 5)
        #expect(count(of: name("example.org")) == 1)
    }

    @Test func theClientsBlockComesFirstAndACountedOneGoesOnToTheName() throws {
        let (_, bytes) = try decide(
            Packets.query(),
            blocks: [(client, .noOp), (name("example.org"), .refused)])
        #expect(Packets.responseCode(bytes) == 5 && count(of: client) == 1)
        let both = try decide(
            Packets.query(), from: "127.0.0.4",
            blocks: [(source("127.0.0.4/32"), .drop), (name("example.org"), .refused)])
        #expect(both.decision == .drop && count(of: name("example.org")) == 1)
    }

    @Test func comesAfterTheAccessListAndSanity() throws {
        #expect(
            try decide(Packets.query(), from: "8.8.8.8", blocks: [(source("8.8.8.8/32"), .drop)])
                .decision == .drop)
        #expect(
            try decide(Packets.query(flags: 0x8100), blocks: [(client, .drop)]).decision == .drop)
        #expect(counters[.dynamicallyBlocked] == 0)
    }

    /// Who is blocked and goes on asking is seen, and so stays blocked; what we answer is seen, too.
    @Test func notesBlockedQueriesAndOurAnswers() throws {
        let snapshot = try fixture.snapshot()
        snapshot.traffic.start()
        _ = try decide(Packets.query(), blocks: [(client, .refused)])
        var queries: [SeenQuery] = []
        snapshot.traffic.forEachQuery(from: 0, to: .max) { queries.append($0) }
        #expect(queries.map(\.client.description) == ["127.0.0.2"] && queries[0].port == 4000)
        var answers: [(code: UInt16?, isHit: Bool, name: [UInt8])] = []
        snapshot.traffic.forEachAnswer(from: 0, to: .max) {
            answers.append(($0.responseCode, $0.isHit, Array($0.name)))
        }
        #expect(answers.map(\.code) == [5] && answers[0].isHit)
        #expect(answers[0].name == Array(Packets.question("www.example.org", type: 1).dropLast(4)))
    }
}
