// SPDX-License-Identifier: Apache-2.0

public import Synchronization

/// One plane thread's counters: it alone adds to them, any thread reads.
public struct ThreadCounters: @unchecked Sendable {
    // Unchecked: a pointer to atomics.
    @usableFromInline let slots: UnsafeMutablePointer<Atomic<UInt64>>

    @inlinable
    public func count(_ counter: PlaneCounter, _ amount: UInt64 = 1) {
        let slot = slots + counter.rawValue
        // One writer: no locked instruction is needed.
        slot.pointee.store(
            slot.pointee.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }

    public subscript(counter: PlaneCounter) -> UInt64 {
        slots[counter.rawValue].load(ordering: .relaxed)
    }
}
