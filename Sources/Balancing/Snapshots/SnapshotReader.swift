// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A plane thread's access to the current snapshot.
public struct SnapshotReader: @unchecked Sendable {
    // Unchecked: it consists of two pointers to atomics.
    let state: UnsafeMutablePointer<CellState>
    let mark: UnsafeMutablePointer<Atomic<UInt64>>

    /// The newest snapshot, to be used until the next ``acquire()`` or ``park()`` of this reader.
    ///
    /// Once a batch. While nothing was published since the last time it costs one load.
    public func acquire() -> UnsafePointer<PlaneView> {
        let epoch = state.pointee.epoch.load(ordering: .sequentiallyConsistent)
        if mark.pointee.load(ordering: .relaxed) != epoch {
            mark.pointee.store(epoch, ordering: .sequentiallyConsistent)
        }
        return state.pointee.current.load(ordering: .sequentiallyConsistent)
            .assumingMemoryBound(to: PlaneView.self)
    }

    /// Lets go of the snapshot: before sleeping, or an idle thread would keep it for ever.
    public func park() {
        mark.pointee.store(0, ordering: .releasing)
    }
}
