// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import CAllocations
import Declarations
import Glibc
import Testing

@testable import Proxy

/// Would catch a query that takes memory on the built-in path, and what a query owns that is not
/// given back, or given back twice.
@Suite struct AllocationTests {
    private static let rounds = 500

    private static func rule(_ selector: Selector, _ action: Action) -> RuleDeclaration {
        RuleDeclaration(
            selector: selector, action: action, name: "r",
            location: SourceLocation(file: "test.lua", line: 1))
    }

    /// What deciding the same query many times takes and gives back, after a first time.
    ///
    /// - Parameter takes: whether the state goes with the query, as to an outstanding slot.
    private func count(
        _ packet: [UInt8] = Packets.query(), takes: Bool = false, seesTraffic: Bool = false,
        blocks: [(subject: DynamicBlock.Subject, action: ScriptAction)] = [],
        _ change: (inout DeclaredConfiguration) -> Void
    ) throws -> (taken: Int, freed: Int, decision: QueryDecision) {
        let counters = PlaneCounters(planeThreads: 2)
        let fixture = PlaneFixture(servers: [PlaneFixture.endpoint("127.0.0.1", port: 5300)])
        change(&fixture.configuration)
        let snapshot = try fixture.snapshot()
        if seesTraffic { snapshot.traffic.start() }
        let cell = SnapshotCell(planeThreads: 2, snapshot)
        for block in blocks {
            fixture.statistics.blocks.insert(
                BlockOrder(block.subject, reason: "r", seconds: 60, action: block.action),
                nowMicroseconds: 1_000_000)
        }
        cell.publish(fixture.statistics.blocks)
        var pipeline = Pipeline(thread: 0, counters: counters.counters(thread: 0), seed: 1)
        var remote = PlaneFixture.endpoint("127.0.0.2", port: 4000).socketAddress.storage
        var local = PlaneFixture.endpoint("127.0.0.1", port: 53).socketAddress.storage
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1_024, alignment: 8)
        defer { buffer.deallocate() }
        var decision = QueryDecision.drop
        func decide() {
            packet.withUnsafeBytes { buffer.copyMemory(from: $0) }
            decision = pipeline.decide(
                buffer, length: packet.count, client: &remote, local: &local, overTCP: false,
                nowMicroseconds: 2_000_000, view: snapshot.view)
            if takes {
                var state = pipeline.takeState()
                pipeline.discardState()
                state.deallocate()
            } else {
                pipeline.discardState()
            }
        }
        decide()
        let (taken, freed) = (callocations_taken(), callocations_freed())
        for _ in 0..<Self.rounds { decide() }
        let result = (callocations_taken() - taken, callocations_freed() - freed, decision)
        withExtendedLifetime(cell) {}
        return result
    }

    @Test func theCounterCounts() {
        let (taken, freed) = (callocations_taken(), callocations_freed())
        let block = UnsafeMutableRawPointer.allocate(byteCount: 100, alignment: 64)
        #expect(callocations_taken() - taken >= 1)
        block.deallocate()
        #expect(callocations_freed() - freed >= 1)
    }

    @Test func answersOfRulesTakeNone() throws {
        let refused = try count { $0.rules = [Self.rule(.all, .responseCode(5))] }
        #expect(refused.taken == 0 && refused.freed == 0, "\(refused)")
        let truncated = try count { $0.rules = [Self.rule(.all, .truncate)] }
        #expect(truncated.taken == 0 && truncated.freed == 0, "\(truncated)")
    }

    @Test(arguments: [ScriptAction.noOp, .refused, .drop])
    func blocksAndRingsTakeNone(action: ScriptAction) throws {
        let name = Array(Packets.question("example.org", type: 1).dropLast(4))
        let result = try count(
            seesTraffic: true,
            blocks: [
                // A test's own text.
                (.source(BlockedSource(IPPrefix("127.0.0.2/32")!)), action),
                (.source(BlockedSource(IPPrefix("10.0.0.0/8")!)), .drop),
                (.name(name), .noOp),
            ]
        ) { _ in }
        #expect(result.taken == 0 && result.freed == 0, "\(result)")
    }

    /// One block for a query's tags, given back once: when it goes no further, and when its state
    /// goes with it to a server.
    @Test(arguments: [
        (takes: false, end: Action.drop), (takes: false, end: .responseCode(5)),
        (takes: true, end: .setTag(name: "three", value: "3")),
    ])
    func tagsAreGivenBackOnce(takes: Bool, end: Action) throws {
        let result = try count(takes: takes) {
            $0.rules = [
                Self.rule(.all, .setTag(name: "one", value: "1")),
                Self.rule(.all, .setTag(name: "two", value: "2")),
                Self.rule(.tag(name: "one", value: "1"), end),
            ]
        }
        #expect(result.taken == Self.rounds && result.freed == Self.rounds, "\(result)")
    }
}
