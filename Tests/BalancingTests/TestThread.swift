// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// A thread of its own for a body that spins: the pool that tests run on has as many threads as the
/// machine has processors, and two spinning tests would wait for each other's for ever.
final class TestThread: Sendable {
    private let isDone = Atomic<Bool>(false)

    init(_ body: @escaping @Sendable () -> Void) {
        Thread.detachNewThread { [self] in
            body()
            isDone.store(true, ordering: .releasing)
        }
    }

    func join() {
        while !isDone.load(ordering: .acquiring) { sched_yield() }
    }
}
