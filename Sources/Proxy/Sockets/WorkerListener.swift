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
    /// The answers of the current batch that leave by it.
    var chain: DatagramChain
}
