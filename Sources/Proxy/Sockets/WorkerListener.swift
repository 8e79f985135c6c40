// SPDX-License-Identifier: Apache-2.0

/// A listener as its worker uses it.
struct WorkerListener {
    /// -1 while the place is not in use.
    var descriptor: Int32
    var token: UInt64
    /// Bound to all addresses: each datagram tells which was asked.
    var isWildcard: Bool
    /// No longer read; closed once nothing is in flight.
    var isLeaving: Bool
    /// In network order.
    var portBigEndian: UInt16
    /// Queries that came in by it and wait for a server.
    var inFlight: Int32
    let counters: ThreadFrontendCounters
    /// Since when its queue has been older than it may be; 0 while it is not.
    var overdueSince: UInt64 = 0
    /// When its queue was last made shorter, and the octets it had before the first time; 0 while it
    /// is as long as may be.
    var shortenedAt: UInt64 = 0
    var fullBufferBytes: Int32 = 0
    /// What the kernel had dropped when it was last asked.
    var queueDrops: UInt32 = 0
    /// The answers of the current batch that leave by it.
    var chain: DatagramChain
}
