// SPDX-License-Identifier: Apache-2.0

import Balancing
import Glibc
import Testing

@testable import Proxy

/// Catches answers that leave too early, in the wrong order, or without end.
@Suite struct DelayQueueTests {
    private func add(
        _ queue: inout DelayQueue, _ octet: UInt8, _ milliseconds: UInt32, now: UInt64 = 0,
        count: Int = 12
    ) -> Bool {
        [UInt8](repeating: octet, count: count).withUnsafeBytes { bytes in
            queue.add(
                bytes, client: sockaddr_in6(), clientLength: 16, local: sockaddr_in6(),
                listener: 0, milliseconds: milliseconds, nowMicroseconds: now)
        }
    }

    private func take(_ queue: inout DelayQueue, _ now: UInt64) -> UInt8? {
        guard let entry = queue.take(nowMicroseconds: now) else { return nil }
        defer { entry.message.deallocate() }
        return entry.message[0]
    }

    @Test func answersLeaveWhenTheyAreDueInOrder() {
        var queue = DelayQueue()
        let (isEmpty, next) = (queue.isEmpty, queue.nextMicroseconds)
        #expect(isEmpty && next == .max)
        var generator = SelectionGenerator(seed: 7)
        for delay in (UInt8(1)...200).shuffled(using: &generator) {
            let isKept = add(&queue, delay, UInt32(delay))
            #expect(isKept)
        }
        let first = queue.nextMicroseconds
        #expect(first == 1_000)
        let early = take(&queue, 999)
        #expect(early == nil)
        for delay in UInt8(1)...200 {
            let due = take(&queue, UInt64(delay) * 1_000)
            let other = take(&queue, UInt64(delay) * 1_000)
            #expect(due == delay && other == nil)
        }
        let left = queue.count
        #expect(left == 0)
    }

    @Test func aFullQueueTakesNoMoreAndALongDelayIsCut() {
        var queue = DelayQueue()
        var taken = 0
        while add(&queue, 1, .max) { taken += 1 }
        #expect(taken == DelayQueue.countMax)
        let cut = take(&queue, DelayQueue.microsecondsMax)
        #expect(cut == 1)
        let isKept = add(&queue, 2, 1)
        #expect(isKept)
        var large = DelayQueue()
        var kept = 0
        while add(&large, 1, 1, count: 4_096) { kept += 1 }
        #expect(kept == DelayQueue.bytesMax / 4_096)
    }
}
