// SPDX-License-Identifier: Apache-2.0

import Balancing
import DNSWire
import NIOCore

/// One query on its way to a server: it holds a handle, which its being outstanding keeps valid, and
/// never a snapshot.
final class Exchange {
    let client: ClientConnection
    let server: ServerHandle
    let target: ServerTarget
    /// The query with its length before it; the identifier in it is the server connection's.
    var query: ByteBuffer
    /// The client's identifier.
    let clientID: UInt16
    /// The client's flags, of which RD and CD are put back into the answer.
    let clientFlags: DNSFlags
    var retriesLeft: Int
    var deadlineMilliseconds: UInt64 = 0

    init(
        client: ClientConnection, server: ServerHandle, target: ServerTarget, query: ByteBuffer,
        clientID: UInt16, clientFlags: DNSFlags
    ) {
        self.client = client
        self.server = server
        self.target = target
        self.query = query
        self.clientID = clientID
        self.clientFlags = clientFlags
        retriesLeft = target.retries
    }

    /// Whether a server's message answers this query: an answer with the same question.
    ///
    /// Without a question it counts only with a response code that says why (FORMERR, REFUSED, …),
    /// as in dnsdist.
    func isAnswered(by message: DNSMessageView) -> Bool {
        guard message.isResponse else { return false }
        guard message.questionCount > 0 else {
            return message.responseCode != .noError && message.responseCode != .nameError
        }
        return query.withUnsafeReadableBytes { bytes in
            let mine = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(2))
            guard let asked = DNSMessageView(mine)?.question, let answered = message.question
            else { return false }
            return answered.isSame(as: asked)
        }
    }
}
