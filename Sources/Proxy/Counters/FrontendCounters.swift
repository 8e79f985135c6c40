// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What one listener counts, by each thread on cache lines of its own. Any thread may read.
public final class FrontendCounters: @unchecked Sendable {
    // Unchecked: the memory holds atomics only, and goes with the last reference.
    private let threads: Int
    private let slots: UnsafeMutablePointer<Atomic<UInt64>>

    public init(threads: Int) {
        precondition(threads > 0, "counters without threads")
        self.threads = threads
        let count = threads * FrontendCounter.stride
        slots = UnsafeMutableRawPointer.allocate(
            byteCount: count * MemoryLayout<Atomic<UInt64>>.stride, alignment: 128
        ).bindMemory(to: Atomic<UInt64>.self, capacity: count)
        for index in 0..<count { (slots + index).initialize(to: Atomic(0)) }
    }

    /// The threads that count must have stopped.
    deinit {
        slots.deinitialize(count: threads * FrontendCounter.stride)
        slots.deallocate()
    }

    /// A thread's own; it must not outlive this object.
    public func counters(thread: Int) -> ThreadFrontendCounters {
        precondition((0..<threads).contains(thread), "no such thread")
        return ThreadFrontendCounters(slots: slots + thread * FrontendCounter.stride)
    }

    /// The sum over all threads.
    public subscript(counter: FrontendCounter) -> UInt64 {
        (0..<threads).reduce(0) {
            $0 &+ slots[$1 * FrontendCounter.stride + counter.rawValue].load(ordering: .relaxed)
        }
    }
}
