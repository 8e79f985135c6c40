// SPDX-License-Identifier: Apache-2.0

public import Synchronization

/// What is counted for each policy.
public enum PolicyCounter: Int, CaseIterable, Sendable {
    case calls
    case errors
    case timeouts
    case nonsense
    /// Queries that the fallback decided: after a fault, and while tripped.
    case fallbacks
    /// Times the policy said that no server is to answer.
    case noServer

    @usableFromInline static let stride = 8
}

/// One policy's counters, a cache line for each plane thread and one for control, which runs plans;
/// kept by name across reloads.
public struct PolicyStatistics: @unchecked Sendable {
    // Unchecked: the memory consists of atomics and is never returned.
    @usableFromInline let counters: UnsafeMutablePointer<Atomic<UInt64>>
    let writers: Int

    init(planeThreads: Int) {
        writers = planeThreads + 1
        let count = writers * PolicyCounter.stride
        counters = UnsafeMutableRawPointer.allocate(byteCount: count * 8, alignment: 64)
            .bindMemory(to: Atomic<UInt64>.self, capacity: count)
        for slot in 0..<count { (counters + slot).initialize(to: Atomic(0)) }
    }

    func deallocate() { UnsafeMutableRawPointer(counters).deallocate() }

    /// What control counts under.
    public var controlThread: Int { writers - 1 }

    /// Counts one; `thread` is the calling plane thread's index, the counter's only writer.
    @inlinable
    public func count(_ counter: PolicyCounter, thread: Int) {
        let slot = counters + (thread &* PolicyCounter.stride &+ counter.rawValue)
        slot.pointee.store(slot.pointee.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
    }

    /// The sum over all threads.
    public func total(_ counter: PolicyCounter) -> UInt64 {
        (0..<writers).reduce(0) { sum, thread in
            let slot = counters + (thread * PolicyCounter.stride + counter.rawValue)
            return sum &+ slot.pointee.load(ordering: .relaxed)
        }
    }
}
