// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// One thread's counters of a listener: it alone adds to them, any thread reads.
public struct ThreadFrontendCounters: @unchecked Sendable {
    // Unchecked: a pointer to atomics.
    let slots: UnsafeMutablePointer<Atomic<UInt64>>

    public func count(_ counter: FrontendCounter, _ amount: UInt64 = 1) {
        let slot = slots + counter.rawValue
        // One writer: no locked instruction is needed.
        slot.pointee.store(
            slot.pointee.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }
}
