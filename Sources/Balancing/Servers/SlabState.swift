// SPDX-License-Identifier: Apache-2.0

public import Synchronization

/// What all records of one slab share.
public struct SlabState: ~Copyable {
    /// Grows at each change of a record's health, forced state, score, weight or order, so that a
    /// plane VM knows when the copies of those in its server tables are old.
    public let stateEpoch = Atomic<UInt64>(1)
    /// The turn of `roundrobin`: one for all pools and transports, as in dnsdist.
    public let roundRobinTurn = Atomic<UInt64>(0)

    /// Who wants to hear of changes, and whether it was told since it last looked.
    private let observer = Mutex<(@Sendable () -> Void)?>(nil)
    private let isObserved = Atomic<Bool>(false)
    private let isTold = Atomic<Bool>(false)

    public init() {}

    /// Any thread, after a change. The observer is told once until it looks.
    func noteChange() {
        stateEpoch.wrappingAdd(1, ordering: .releasing)
        guard isObserved.load(ordering: .relaxed),
            !isTold.exchange(true, ordering: .acquiringAndReleasing)
        else { return }
        observer.withLock { $0 }?()
    }

    func observe(_ body: (@Sendable () -> Void)?) {
        observer.withLock { $0 = body }
        isTold.store(false, ordering: .releasing)
        isObserved.store(body != nil, ordering: .releasing)
    }

    /// The observer is about to look: what changes from now on it will be told of.
    func acknowledge() {
        // An exchange and not a store: it sees what every change before it wrote.
        _ = isTold.exchange(false, ordering: .acquiringAndReleasing)
    }
}
