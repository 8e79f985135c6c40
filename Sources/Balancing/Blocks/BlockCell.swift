// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Where plane threads find the compiled blocks; a `nil` while there are none.
///
/// Unchecked: a pointer to one atomic, which control stores and plane threads load.
public struct BlockCell: @unchecked Sendable {
    // Unchecked: a pointer to an atomic.
    private let place: UnsafeMutablePointer<Atomic<UnsafeRawPointer?>>

    init() {
        place = .allocate(capacity: 1)
        place.initialize(to: Atomic(nil))
    }

    func deallocate() {
        place.deinitialize(count: 1)
        place.deallocate()
    }

    func store(_ view: UnsafePointer<BlockView>?) {
        place.pointee.store(view.map { UnsafeRawPointer($0) }, ordering: .sequentiallyConsistent)
    }

    /// The blocks, valid as long as the snapshot that this cell is from; `nil` while there are none.
    @inline(__always)
    public var view: UnsafePointer<BlockView>? {
        place.pointee.load(ordering: .sequentiallyConsistent)?
            .assumingMemoryBound(to: BlockView.self)
    }
}
