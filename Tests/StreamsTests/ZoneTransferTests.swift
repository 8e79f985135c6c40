// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Streams

/// Catches a zone transfer that is cut short, or whose end is waited for in vain.
@Suite struct ZoneTransferTests {
    /// Feeds messages, each a list of records: a serial for a SOA, 0 for another record.
    private func steps(_ query: [UInt8], _ messages: [[UInt32]]) -> [ZoneTransfer.Step] {
        var transfer = query.withUnsafeBytes { ZoneTransfer(query: $0) }
        return messages.compactMap { records in
            let message = TransferMessage.answer(query, records: records)
            return message.withUnsafeBytes { transfer?.receive($0) }
        }
    }

    private let full = Message.query(1, type: 252)

    @Test(arguments: [1, 28, 255, 6] as [UInt16])
    func otherQueriesAreNoTransfers(type: UInt16) {
        #expect(Message.query(1, type: type).withUnsafeBytes { ZoneTransfer(query: $0) } == nil)
    }

    @Test func aFullTransferEndsWithItsSecondSOA() {
        #expect(steps(full, [[5, 0, 0, 5]]) == [.complete])
        #expect(steps(full, [[5], [0, 0], [0], [0, 5]]) == [.more, .more, .more, .complete])
        #expect(steps(full, [[5], [5]]) == [.more, .complete])
    }

    @Test func aTransferThatIsRefusedHasOneMessage() {
        var refused = Message.answer(full)
        refused[3] = 5
        var transfer = full.withUnsafeBytes { ZoneTransfer(query: $0) }
        #expect(refused.withUnsafeBytes { transfer?.receive($0) } == .complete)
        #expect(steps(full, [[]]) == [.complete])
    }

    @Test func whatDoesNotBeginWithASOAIsBroken() {
        #expect(steps(full, [[0, 5]]) == [.broken])
    }

    @Test func anIncrementalTransferEndsWithTheThirdNewSOA() {
        let query = TransferMessage.incrementalQuery(serial: 3)
        #expect(steps(query, [[5, 3, 0, 4, 0, 4, 0, 5, 0, 5]]) == [.complete])
        #expect(steps(query, [[5], [3, 0], [5, 0], [5]]) == [.more, .more, .more, .complete])
    }

    @Test func anIncrementalTransferMayBeAFullOne() {
        let query = TransferMessage.incrementalQuery(serial: 3)
        #expect(steps(query, [[5, 0, 0], [0, 5]]) == [.more, .complete])
        #expect(steps(query, [[5, 5]]) == [.complete])
    }

    @Test(arguments: [(3, 3), (3, 2), (1, UInt32.max)] as [(UInt32, UInt32)])
    func aClientThatIsNotBehindGetsOneSOA(client: UInt32, server: UInt32) {
        #expect(
            steps(TransferMessage.incrementalQuery(serial: client), [[server]]) == [.complete])
    }

    @Test func everyCutOfAMessageIsSafe() {
        let message = TransferMessage.answer(full, records: [5, 0, 5])
        for length in 0..<message.count {
            var transfer = full.withUnsafeBytes { ZoneTransfer(query: $0) }
            let step = message.prefix(length).withUnsafeBytes { transfer?.receive($0) }
            #expect(step == .broken, "\(length) octets")
        }
    }
}
