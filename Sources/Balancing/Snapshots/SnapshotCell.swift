// SPDX-License-Identifier: Apache-2.0
//
// Publication without locks or reference counts. Control exchanges one pointer and raises the epoch.
// Each plane thread has a mark on a cache line of its own: 0 while it is parked, else an epoch no
// newer than that of the snapshot it uses. A thread writes its mark before it loads the pointer, both
// sequentially consistent; so either control, looking through the marks after an exchange, sees this
// one, or the thread loads the new pointer. A snapshot that was replaced in epoch e is free once every
// mark is 0 or above e. Nobody waits: control looks again on its timer.
//
// A planned policy's plan is replaced in the snapshot that is current, in the same way: its pointer is
// exchanged, the epoch raised, and the old plan is free by the same marks (Docs/decisions/0013). So is
// the table of dynamic blocks, which belongs to no snapshot.

import Synchronization

/// Hands the plane's threads the newest ``PlaneSnapshot``, and frees what none can still see.
///
/// ``publish(_:)`` and ``collect()`` are called by one thread (control). A ``SnapshotReader`` is used
/// by one plane thread.
public final class SnapshotCell: @unchecked Sendable {
    // Unchecked: what the plane's threads touch is atomic; the list of snapshots is control's alone.

    /// Snapshots at most that live at once, the current one among them: a plane thread that holds on
    /// to an old one for so long that this many reloads pass is stuck.
    public static let liveMax = 8

    /// Octets between two marks: two cache lines, since processors fetch lines in pairs.
    static let markStride = 128

    /// Plans that were replaced and may still be in use, at most: a state that flaps must not fill
    /// the memory while a plane thread is stuck.
    public static let replacedPlansMax = 256

    private struct Replaced<Object> {
        let object: Object
        let epoch: UInt64
    }

    public let planeThreads: Int
    private let state: UnsafeMutablePointer<CellState>
    private let marks: UnsafeMutableRawPointer
    private var current: PlaneSnapshot
    private var replaced: [Replaced<PlaneSnapshot>] = []
    private var replacedPlans: [Replaced<CompiledPlan>] = []
    private var replacedBlocks: [Replaced<AnyObject>] = []

    public init(planeThreads: Int, _ first: PlaneSnapshot) {
        precondition(planeThreads > 0, "a cell without readers")
        self.planeThreads = planeThreads
        current = first
        state = .allocate(capacity: 1)
        state.initialize(to: CellState(first.view))
        marks = .allocate(byteCount: planeThreads * Self.markStride, alignment: Self.markStride)
        for thread in 0..<planeThreads {
            (marks + thread * Self.markStride).bindMemory(to: Atomic<UInt64>.self, capacity: 1)
                .initialize(to: Atomic(0))
        }
    }

    /// All readers must have stopped.
    deinit {
        state.deinitialize(count: 1)
        state.deallocate()
        marks.deallocate()
    }

    /// The reader of a plane thread. It must not outlive the cell.
    public func reader(thread: Int) -> SnapshotReader {
        precondition((0..<planeThreads).contains(thread), "no such plane thread")
        return SnapshotReader(
            state: state,
            mark: (marks + thread * Self.markStride).assumingMemoryBound(to: Atomic<UInt64>.self))
    }

    /// Makes a snapshot the current one. Throws, and changes nothing, while ``liveMax`` are in use.
    public func publish(_ snapshot: PlaneSnapshot) throws(BalancingError) {
        collect()
        guard live < Self.liveMax else { throw .planeHoldsSnapshots(live) }
        let epoch = state.pointee.epoch.load(ordering: .relaxed)
        state.pointee.current.store(
            UnsafeRawPointer(snapshot.view), ordering: .sequentiallyConsistent)
        state.pointee.epoch.store(epoch + 1, ordering: .sequentiallyConsistent)
        replaced.append(Replaced(object: current, epoch: epoch))
        current = snapshot
        collect()
    }

    /// Replaces the plan of a pool of the current snapshot. Throws, and changes nothing, while
    /// ``replacedPlansMax`` old ones are in use.
    ///
    /// - Parameter pool: its number in the snapshot; its policy is planned.
    public func publish(_ plan: ServerPlan, pool: Int) throws(BalancingError) {
        if replacedPlans.count == Self.replacedPlansMax { collect() }
        guard replacedPlans.count < Self.replacedPlansMax else {
            throw .planeHoldsPlans(replacedPlans.count)
        }
        let epoch = state.pointee.epoch.load(ordering: .relaxed)
        guard let old = current.exchangePlan(plan, pool: pool) else { return }
        state.pointee.epoch.store(epoch + 1, ordering: .sequentiallyConsistent)
        replacedPlans.append(Replaced(object: old, epoch: epoch))
        collect()
    }

    /// Gives the plane the blocks that there are now. Does nothing while ``replacedPlansMax`` old
    /// tables are in use: the next call does.
    public func publish(_ blocks: DynamicBlockTable) {
        guard blocks.needsPublishing else { return }
        if replacedBlocks.count == Self.replacedPlansMax { collect() }
        guard replacedBlocks.count < Self.replacedPlansMax else { return }
        let epoch = state.pointee.epoch.load(ordering: .relaxed)
        guard let old = blocks.exchange() else { return }
        state.pointee.epoch.store(epoch + 1, ordering: .sequentiallyConsistent)
        replacedBlocks.append(Replaced(object: old, epoch: epoch))
        collect()
    }

    /// Frees the snapshots, plans and tables of blocks that no thread can see any more; control calls it on a timer.
    public func collect() {
        guard !replaced.isEmpty || !replacedPlans.isEmpty || !replacedBlocks.isEmpty else {
            return
        }
        var oldest = UInt64.max
        for thread in 0..<planeThreads {
            let mark = (marks + thread * Self.markStride)
                .assumingMemoryBound(to: Atomic<UInt64>.self)
                .pointee.load(ordering: .sequentiallyConsistent)
            if mark != 0 { oldest = min(oldest, mark) }
        }
        replaced.removeAll { $0.epoch < oldest }
        replacedPlans.removeAll { $0.epoch < oldest }
        replacedBlocks.removeAll { $0.epoch < oldest }
    }

    /// Replaced tables of blocks that are not freed yet.
    public var waitingBlocks: Int { replacedBlocks.count }

    /// Replaced plans that are not freed yet.
    public var waitingPlans: Int { replacedPlans.count }

    /// Snapshots that are not freed yet, the current one among them.
    public var live: Int { replaced.count + 1 }

    /// The snapshot that is published.
    public var published: PlaneSnapshot { current }
}

/// What the cell and its readers share.
struct CellState: ~Copyable {
    let current: Atomic<UnsafeRawPointer>
    /// From 1: 0 marks a parked thread.
    let epoch = Atomic<UInt64>(1)

    init(_ view: UnsafePointer<PlaneView>) {
        current = Atomic(UnsafeRawPointer(view))
    }
}
