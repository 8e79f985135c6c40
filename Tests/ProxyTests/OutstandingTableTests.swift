// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Proxy

/// Would catch an answer that finds another query's slot, a timeout that is early or never, and a
/// slot that is lost.
@Suite struct OutstandingTableTests {
    @Test func findsASlotByItsSocketAndIdentifierOnly() {
        var table = OutstandingTable(capacity: 256, nowMicroseconds: 0)
        let slot = table.insert(socket: 3, id: 77, deadlineMicroseconds: 1_000_000)
        #expect(table.find(socket: 3, id: 77) == slot)
        #expect(table.find(socket: 4, id: 77) == -1)
        #expect(table.find(socket: 3, id: 78) == -1)
        table.release(slot)
        #expect(table.find(socket: 3, id: 77) == -1)
        #expect(table.waitingCount == 0)
    }

    @Test func refusesMoreThanItsCapacityAndTakesAgainWhatIsReleased() {
        var table = OutstandingTable(capacity: 256, nowMicroseconds: 0)
        for id in 0..<UInt16(256) {
            #expect(table.insert(socket: 0, id: id, deadlineMicroseconds: 1_000) >= 0)
        }
        #expect(table.insert(socket: 0, id: 999, deadlineMicroseconds: 1_000) == -1)
        table.release(table.find(socket: 0, id: 128))
        #expect(table.insert(socket: 0, id: 999, deadlineMicroseconds: 1_000) >= 0)
        #expect(table.find(socket: 0, id: 127) >= 0 && table.find(socket: 0, id: 129) >= 0)
    }

    @Test(arguments: [UInt64(1), 20_000, 2_000_000, 30_000_000])
    func isDueAfterItsDeadlineAndWithinTwoTicks(timeout: UInt64) {
        var table = OutstandingTable(capacity: 256, nowMicroseconds: 5_000_000)
        let deadline = 5_000_000 + timeout
        let slot = table.insert(socket: 0, id: 1, deadlineMicroseconds: deadline)
        #expect(table.nextDue(nowMicroseconds: deadline) == -1)
        #expect(table.nextDue(nowMicroseconds: deadline + 2 << OutstandingTable.tickShift) == slot)
    }

    @Test func keepsTheIdentifierOfAnExpiredQueryUntilTheQuarantineEnds() {
        var table = OutstandingTable(capacity: 256, nowMicroseconds: 0)
        let slot = table.insert(socket: 0, id: 5, deadlineMicroseconds: 100_000)
        #expect(table.nextDue(nowMicroseconds: 200_000) == slot)
        table.quarantine(slot, untilMicroseconds: 400_000)
        #expect(table.find(socket: 0, id: 5) == slot && table[slot].pointee.phase == .expired)
        #expect(table.waitingCount == 0 && table.expiredCount == 1)
        #expect(table.nextDue(nowMicroseconds: 390_000) == -1)
        #expect(table.nextDue(nowMicroseconds: 500_000) == slot)
        table.release(slot)
        #expect(table.find(socket: 0, id: 5) == -1 && table.expiredCount == 0)
    }

    @Test func keepsShortAndLongQueriesApartAndUsesLongBlocksAgain() {
        var table = OutstandingTable(capacity: 256, nowMicroseconds: 0)
        let lengths = [29, 128, 129, 512, 513]
        for round in 0..<40 {
            var slots: [(slot: Int32, bytes: [UInt8])] = []
            for (index, length) in lengths.enumerated() {
                let bytes = [UInt8](repeating: UInt8(round + index), count: length)
                let id = UInt16(round * lengths.count + index)
                let slot = table.insert(socket: 0, id: id, deadlineMicroseconds: 1_000)
                bytes.withUnsafeBytes {
                    table.setMessage(
                        slot, from: $0.baseAddress!, count: length,
                        questionBytes: length > 140 ? 250 : 17)
                }
                slots.append((slot, bytes))
            }
            for (slot, bytes) in slots {
                let isKept = bytes.count <= OutstandingTable.messageBytesMax
                #expect(table.message(slot).elementsEqual(isKept ? bytes : []))
                let question = bytes.dropFirst(12).prefix(bytes.count > 140 ? 250 : 17)
                #expect(table.question(slot).elementsEqual(question))
            }
            // In another order each time, so that a block goes to a slot that had none.
            for index in slots.indices {
                table.release(slots[(index + round) % slots.count].slot)
            }
        }
    }

    /// What a flood without answers makes a worker keep; `capacityDefault` tells of it.
    @Test func aSlotAndItsQueryTakeThreeHundredAndTwentyOctets() {
        #expect(MemoryLayout<OutstandingSlot>.stride + QueryStore.shortBytes + 4 <= 320)
    }

    @Test func staysConsistentUnderRandomWork() {
        let seed = UInt64.random(in: 1...UInt64.max)
        print("seed \(seed)")
        var state = seed
        func next(_ bound: UInt64) -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state % bound
        }
        var table = OutstandingTable(capacity: 512, nowMicroseconds: 0)
        var model: [UInt32: Int32] = [:]
        var now: UInt64 = 0
        for _ in 0..<50_000 {
            now += next(400)
            let socket = Int32(next(4))
            let id = UInt16(next(2_000))
            let key = UInt32(socket) << 16 | UInt32(id)
            let found = table.find(socket: socket, id: id)
            #expect(found == model[key] ?? -1)
            if found >= 0 {
                table.release(found)
                model[key] = nil
            } else {
                let slot = table.insert(
                    socket: socket, id: id, deadlineMicroseconds: now + 1_000 + next(100_000))
                if slot >= 0 { model[key] = slot } else { #expect(model.count == 512) }
            }
            while case let due = table.nextDue(nowMicroseconds: now), due >= 0 {
                let key = UInt32(table[due].pointee.socket) << 16 | UInt32(table[due].pointee.id)
                #expect(model.removeValue(forKey: key) == due)
                table.release(due)
            }
            #expect(table.waitingCount == model.count)
        }
    }
}
