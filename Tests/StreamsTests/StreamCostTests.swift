// SPDX-License-Identifier: Apache-2.0

import Addressing
import CAllocations
import Declarations
import Proxy
import Streams
import Testing

/// Would catch a query over TCP that becomes dearer: NIO takes memory for what it reads, writes and
/// promises, so that the number is not zero, but it is known.
@Suite(.serialized) struct StreamCostTests {
    /// Blocks for a query that a server answers, pipelined or alone.
    private static let blocksMax = 60
    /// Blocks for one that we answer ourselves.
    private static let ownBlocksMax = 30
    private static let rounds = 200

    /// Of NIO's loops: the stream server's is the only one here.
    private func counts() -> callocations_counts { callocations_of("NIO-ELT-") }

    @Test func aForwardedQueryTakesSoMuchAndGivesItBack() async throws {
        let responder = TCPResponder()
        let fixture = try StreamFixture([responder.endpoint])
        let client = fixture.client()
        func ask(_ id: UInt16) {
            client.send(Message.framed(Message.query(id)))
            #expect(Message.id(client.receiveMessage()) == id)
        }
        for id in 0..<50 { ask(UInt16(id)) }
        let before = counts()
        for id in 0..<Self.rounds { ask(UInt16(id)) }
        let after = counts()
        let taken = after.taken - before.taken
        #expect(taken > 0, "the loop's thread has another name")
        #expect(taken <= Self.rounds * Self.blocksMax, "\(taken)")
        // What is under way at either look.
        #expect(abs(taken - (after.freed - before.freed)) <= Self.blocksMax, "\(before) \(after)")
        // Reading, writing and waiting, for the client and for the server.
        let calls = after.waits - before.waits + after.others - before.others
        #expect(calls <= Self.rounds * 10, "\(calls)")
        await fixture.stop()
        responder.stop()
    }

    @Test func pipelinedQueriesTakeFewerCalls() async throws {
        // Each is answered here.
        let fixture = try StreamFixture([]) { $0.answersServFailWhenNoServer = true }
        let client = fixture.client()
        let burst = (0..<UInt16(50)).flatMap { Message.framed(Message.query($0)) }
        func ask() throws {
            client.send(burst)
            for _ in 0..<50 { _ = try #require(client.receiveMessage()) }
        }
        for _ in 0..<5 { try ask() }
        let before = counts()
        for _ in 0..<20 { try ask() }
        let after = counts()
        let queries = 20 * 50
        let taken = after.taken - before.taken
        #expect(taken > 0 && taken <= queries * Self.ownBlocksMax, "\(taken)")
        let calls = after.waits - before.waits + after.others - before.others
        #expect(calls <= queries, "\(calls)")
        await fixture.stop()
    }
}
