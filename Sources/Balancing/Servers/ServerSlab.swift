// SPDX-License-Identifier: Apache-2.0

public import Declarations
import Synchronization

/// Owns the records of all servers, and keeps a server's record across reloads by its identity.
///
/// One thread uses it (control, or a test). A record whose server is no longer configured is reused
/// only after ``collect()`` saw that no snapshot names it and no query of it is in flight. Memory is
/// taken in chunks that stay where they are until the slab's end.
public final class ServerSlab {
    /// Records a chunk holds.
    private static let chunkRecords = 64
    /// Records at most: beyond it something declares servers in a loop.
    public static let recordsMax = 65_536

    private struct Resident {
        var handle: ServerHandle
        var declaration: ServerDeclaration
    }

    public let planeThreads: Int
    private let shared: UnsafeMutablePointer<SlabState>
    private var chunks: [UnsafeMutableRawPointer] = []
    private var counterBlocks: [UnsafeMutablePointer<Atomic<UInt64>>] = []
    private var generations: [UInt32] = []
    private var free: [UInt32] = []
    private var residents: [String: Resident] = [:]
    private var leaving: [Resident] = []
    /// Records made so far (the largest index plus one).
    private var used = 0

    /// - Parameter planeThreads: how many threads count: the workers and the stream loop.
    public init(planeThreads: Int) {
        precondition(planeThreads > 0, "a slab without plane threads counts nothing")
        self.planeThreads = planeThreads
        shared = .allocate(capacity: 1)
        shared.initialize(to: SlabState())
    }

    deinit {
        for index in 0..<used {
            pointer(at: index).deinitialize(count: 1)
            counterBlocks[index].deinitialize(count: planeThreads * ServerCounter.stride)
            counterBlocks[index].deallocate()
        }
        for chunk in chunks { chunk.deallocate() }
        shared.deinitialize(count: 1)
        shared.deallocate()
    }

    /// Grows when a record's health, forced state, score, weight or order changes.
    public var stateEpoch: UInt64 { shared.pointee.stateEpoch.load(ordering: .acquiring) }

    /// Calls `body` after a change of ``stateEpoch``, on the thread that made it, then not again
    /// before ``acknowledgeChanges()``. `nil` ends it.
    public func observeChanges(_ body: (@Sendable () -> Void)?) {
        shared.pointee.observe(body)
    }

    /// Called before the changes that were told are looked at.
    public func acknowledgeChanges() {
        shared.pointee.acknowledge()
    }

    /// The state that all records share, for the snapshots.
    var state: UnsafeMutablePointer<SlabState> { shared }

    /// Makes the slab hold exactly these servers and returns their handles, in the same order.
    ///
    /// A server of a known identity keeps its record, unless its address or source changed: then
    /// only what was forced on it goes on, since its health and latency were another machine's.
    /// Weight and order are the new declaration's; a forced state stays unless the declaration's own
    /// changed.
    public func update(to declarations: [ServerDeclaration]) throws(BalancingError)
        -> [ServerHandle]
    {
        guard declarations.count + leaving.count <= Self.recordsMax else {
            throw .tooManyServers(declarations.count + leaving.count, max: Self.recordsMax)
        }
        var identities = Set<String>()
        for declaration in declarations where !identities.insert(declaration.identity).inserted {
            throw .repeatedServer(declaration.identity, declaration.location)
        }
        var next: [String: Resident] = [:]
        let handles = declarations.map { declaration in
            let handle = place(declaration)
            next[declaration.identity] = Resident(handle: handle, declaration: declaration)
            return handle
        }
        for (identity, resident) in residents where next[identity]?.handle != resident.handle {
            leaving.append(resident)
        }
        residents = next
        return handles
    }

    /// The handle of a configured server.
    public func handle(identity: String) -> ServerHandle? { residents[identity]?.handle }

    /// The handle of a record that is still the one meant: configured, or not yet reused.
    public func handle(id: ServerID) -> ServerHandle? {
        guard Int(id.index) < used, generations[Int(id.index)] == id.generation else { return nil }
        return ServerHandle(record: pointer(at: Int(id.index)))
    }

    /// Lets go of the records that nothing can reach any more, and returns how many still wait.
    @discardableResult
    public func collect() -> Int {
        leaving.removeAll { resident in
            let record = resident.handle.record
            guard record.pointee.references.load(ordering: .acquiring) == 0,
                record.pointee.outstanding.load(ordering: .acquiring) == 0
            else { return false }
            let index = record.pointee.id.index
            generations[Int(index)] &+= 1
            free.append(index)
            return true
        }
        return leaving.count
    }
}

extension ServerSlab {
    private func place(_ declaration: ServerDeclaration) -> ServerHandle {
        guard let resident = residents[declaration.identity] ?? takeBack(declaration) else {
            return make(declaration)
        }
        let old = resident.declaration
        let isSameMachine =
            old.address == declaration.address && old.source == declaration.source
            && old.sourceInterface == declaration.sourceInterface
        let handle = isSameMachine ? resident.handle : make(declaration)
        handle.setWeight(ServerHandle.clamped(weight: declaration.weight))
        handle.setOrder(declaration.order)
        handle.setQueriesPerSecondMax(declaration.queriesPerSecondMax)
        let forced =
            declaration.initialState == old.initialState
            ? resident.handle.forced : declaration.initialState
        handle.impose(forced)
        return handle
    }

    /// The record of a server that left and is wanted again before its record was reused: what the
    /// plane still counts on it goes on, also when a refused reload is undone.
    private func takeBack(_ declaration: ServerDeclaration) -> Resident? {
        guard
            let index = leaving.lastIndex(where: {
                $0.declaration.identity == declaration.identity
                    && $0.declaration.address == declaration.address
            })
        else { return nil }
        return leaving.remove(at: index)
    }

    private func make(_ declaration: ServerDeclaration) -> ServerHandle {
        let index: Int
        if let reused = free.popLast() {
            index = Int(reused)
            pointer(at: index).deinitialize(count: 1)
        } else {
            index = used
            used += 1
            generations.append(1)
            counterBlocks.append(
                .allocate(capacity: planeThreads * ServerCounter.stride))
            if index / Self.chunkRecords == chunks.count { addChunk() }
        }
        let counters = counterBlocks[index]
        for slot in 0..<planeThreads * ServerCounter.stride {
            (counters + slot).initialize(to: Atomic(0))
        }
        let record = pointer(at: index)
        record.initialize(
            to: ServerRecord(
                id: ServerID(index: UInt32(index), generation: generations[index]),
                declaration: declaration, shared: shared, counters: counters,
                planeThreads: planeThreads))
        shared.pointee.noteChange()
        return ServerHandle(record: record)
    }

    /// Two cache lines, so that the neighbours' `outstanding` is never on this record's.
    private static var recordBytes: Int { (MemoryLayout<ServerRecord>.stride + 127) & ~127 }

    private func addChunk() {
        chunks.append(
            .allocate(byteCount: Self.chunkRecords * Self.recordBytes, alignment: 128))
    }

    private func pointer(at index: Int) -> UnsafeMutablePointer<ServerRecord> {
        (chunks[index / Self.chunkRecords] + index % Self.chunkRecords * Self.recordBytes)
            .assumingMemoryBound(to: ServerRecord.self)
    }
}
