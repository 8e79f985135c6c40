// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What is counted for each rule.
public enum RuleCounter: Int, CaseIterable, Sendable {
    /// Queries or answers that it selected.
    case hits
    /// Faults of its scripts, timeouts included.
    case errors
    case timeouts

    static let stride = 8
}

/// One rule's counters, a cache line for each plane thread; kept by name across reloads.
public struct RuleStatistics: @unchecked Sendable {
    // Unchecked: a pointer to atomics, which are never returned.
    private let counters: UnsafeMutablePointer<Atomic<UInt64>>
    private let planeThreads: Int

    init(planeThreads: Int) {
        self.planeThreads = planeThreads
        let count = planeThreads * RuleCounter.stride
        counters = UnsafeMutableRawPointer.allocate(byteCount: count * 8, alignment: 64)
            .bindMemory(to: Atomic<UInt64>.self, capacity: count)
        for slot in 0..<count { (counters + slot).initialize(to: Atomic(0)) }
    }

    func deallocate() { UnsafeMutableRawPointer(counters).deallocate() }

    /// Counts one; `thread` is the calling plane thread's index, the counter's only writer.
    func count(_ counter: RuleCounter, thread: Int) {
        let slot = counters + (thread &* RuleCounter.stride &+ counter.rawValue)
        slot.pointee.store(slot.pointee.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
    }

    /// The sum over all plane threads.
    public func total(_ counter: RuleCounter) -> UInt64 {
        (0..<planeThreads).reduce(0) { sum, thread in
            let slot = counters + (thread * RuleCounter.stride + counter.rawValue)
            return sum &+ slot.pointee.load(ordering: .relaxed)
        }
    }
}
