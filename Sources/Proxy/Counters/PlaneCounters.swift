// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The counters of all plane threads, the stream loop's among them, on cache lines of their own.
///
/// Any thread may read at any time: a sum is of numbers that are each exact, if not of one moment.
public final class PlaneCounters: @unchecked Sendable {
    // Unchecked: the memory holds atomics only, and goes with the last reference.
    public let planeThreads: Int
    private let slots: UnsafeMutablePointer<Atomic<UInt64>>

    public init(planeThreads: Int) {
        precondition(planeThreads > 0, "counters without threads")
        self.planeThreads = planeThreads
        let count = planeThreads * PlaneCounter.stride
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: count * MemoryLayout<Atomic<UInt64>>.stride, alignment: 128)
        slots = memory.bindMemory(to: Atomic<UInt64>.self, capacity: count)
        for index in 0..<count { (slots + index).initialize(to: Atomic(0)) }
    }

    /// The threads that count must have stopped.
    deinit {
        slots.deinitialize(count: planeThreads * PlaneCounter.stride)
        slots.deallocate()
    }

    /// A thread's own; it must not outlive this object.
    public func counters(thread: Int) -> ThreadCounters {
        precondition((0..<planeThreads).contains(thread), "no such plane thread")
        return ThreadCounters(slots: slots + thread * PlaneCounter.stride)
    }

    /// The sum over all threads.
    public subscript(counter: PlaneCounter) -> UInt64 {
        (0..<planeThreads).reduce(0) { $0 &+ counters(thread: $1)[counter] }
    }
}
