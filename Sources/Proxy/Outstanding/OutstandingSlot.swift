// SPDX-License-Identifier: Apache-2.0

import Balancing
import Glibc

/// A query in flight over UDP. It names records, sockets and listeners, never a snapshot.
struct OutstandingSlot {
    enum Phase: UInt8 {
        /// Not in use.
        case free
        /// A client waits.
        case waiting
        /// Timed out: its identifier is kept from reuse, so that a late answer finds nobody.
        case expired
    }

    var phase: Phase
    /// Sent to a second server after a first did not answer: there is no third.
    var isRetry: Bool
    /// Octets of the question, from the header's end.
    var questionLength: UInt16
    /// Octets of the query as it was sent; 0 when it was too long to be kept.
    var messageLength: UInt16
    /// What we put in the identifier's place.
    var id: UInt16
    /// Octets of `client`.
    var clientLength: UInt8
    var identity: RequestIdentity
    /// Index of the server's socket.
    var socket: Int32
    /// Index of the listener the query came in by.
    var listener: Int32
    /// Next slot of the same hash chain, or of the free list; -1 ends it.
    var chainNext: Int32
    /// Neighbours in the wheel's bucket.
    var wheelNext: Int32
    var wheelPrevious: Int32
    var bucket: Int32
    /// The slot of a query that left in one message with this one, and so on round; -1 for none.
    var groupNext: Int32
    /// The long block of its octets plus one, or 0 (``QueryStore``).
    var longBlock: Int32
    var server: ServerHandle
    /// When it was sent to this server.
    var startMicroseconds: UInt64
    /// When the client asked: earlier, for a retry.
    var askedMicroseconds: UInt64
    /// Of the configuration that decided: what `state` names belongs to it.
    var generation: UInt64
    /// What rules said about the query; its tags are freed when it is settled.
    var state: QueryState
    /// A `sockaddr_in` or `sockaddr_in6`.
    var client: sockaddr_in6
    /// The address that was asked; used when the listener is a wildcard.
    var local: sockaddr_in6
}
