// SPDX-License-Identifier: Apache-2.0

import Balancing
import DNSWire
import NIOCore
import Proxy

/// One query on its way to a server: it holds a handle, which its being outstanding keeps valid, and
/// never a snapshot.
final class Exchange {
    let client: ClientConnection
    let server: ServerHandle
    let target: ServerTarget
    /// The query with its length before it; the identifier in it is the server connection's.
    var query: ByteBuffer
    /// The client's identifier and flags.
    let identity: RequestIdentity
    /// Where the question ends, in octets from the message's start.
    let questionEnd: Int
    var retriesLeft: Int
    var deadlineMilliseconds: UInt64 = 0
    /// When the query was decided about.
    var startMicroseconds: UInt64 = 0
    /// What rules said about the query; its tags are freed with it.
    var state: QueryState
    /// Of a query that many messages answer; it has a server connection of its own.
    var transfer: ZoneTransfer?

    /// What it makes us hold.
    var heldBytes: Int { query.storageCapacity }

    init(
        client: ClientConnection, server: ServerHandle, target: ServerTarget, query: ByteBuffer,
        identity: RequestIdentity, state: QueryState, questionEnd: Int
    ) {
        self.client = client
        self.server = server
        self.target = target
        self.query = query
        self.identity = identity
        self.questionEnd = questionEnd
        self.state = state
        transfer = query.withUnsafeReadableBytes {
            ZoneTransfer(query: UnsafeRawBufferPointer(rebasing: $0.dropFirst(2)))
        }
        retriesLeft = target.retries
    }

    deinit {
        state.deallocate()
    }

    /// The question's octets in ``query``.
    func withQuestion<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        query.withUnsafeReadableBytes {
            body(
                UnsafeRawBufferPointer(
                    rebasing: $0[2 + DNSMessageView.headerBytes..<2 + questionEnd]))
        }
    }
}
