// SPDX-License-Identifier: Apache-2.0

import Declarations
public import Synchronization

/// The mutable state of one server: flat, at one address for as long as its identity is configured
/// or a query of it is in flight.
///
/// Any thread reads and writes the atomics; none is ordered against another, because a balancing
/// decision made on a value that is a microsecond old is as good. Reach it by ``ServerHandle``.
public struct ServerRecord: ~Copyable {
    public let id: ServerID
    /// The last result of its health check.
    public let upStatus = Atomic<Bool>(false)
    /// A ``ForcedState``'s raw value.
    public let forced: Atomic<UInt8>
    /// 65 536ths; see ``ServerHandle/score``.
    public let scaledScore = Atomic<UInt32>(ServerHandle.scaledScoreMax)
    public let weight: Atomic<Int>
    public let order: Atomic<Int>
    /// Queries in flight, over UDP and TCP, of all threads.
    public let outstanding = Atomic<Int>(0)
    /// Moving average in microseconds, the bits of a `Double`.
    public let latencyBits = Atomic<UInt64>(0)
    /// 0 for no limit.
    public let queriesPerSecondMax: Atomic<Int>
    /// When the token bucket is full again, in nanoseconds of the monotonic clock.
    public let bucketFullAtNanoseconds = Atomic<UInt64>(0)
    /// When an answer with TC last asked for a connection over TCP, in microseconds of the monotonic
    /// clock; see ``ServerHandle/noteTruncated(nowMicroseconds:)``.
    public let truncatedMicroseconds = Atomic<UInt64>(0)
    /// Snapshots that name this record.
    let references = Atomic<Int>(0)
    /// The slab's.
    public let shared: UnsafeMutablePointer<SlabState>
    /// ``ServerCounter/stride`` for each plane thread.
    public let counters: UnsafeMutablePointer<Atomic<UInt64>>
    public let planeThreads: Int

    init(
        id: ServerID, declaration: ServerDeclaration, shared: UnsafeMutablePointer<SlabState>,
        counters: UnsafeMutablePointer<Atomic<UInt64>>, planeThreads: Int
    ) {
        self.id = id
        forced = Atomic(declaration.initialState.rawValue)
        weight = Atomic(ServerHandle.clamped(weight: declaration.weight))
        order = Atomic(declaration.order)
        queriesPerSecondMax = Atomic(max(0, declaration.queriesPerSecondMax))
        self.shared = shared
        self.counters = counters
        self.planeThreads = planeThreads
    }
}
