// SPDX-License-Identifier: Apache-2.0

import Balancing
import DNSWire
import NIOCore
import Proxy

extension StreamLoop {
    func connection(for exchange: Exchange) -> ServerConnection {
        let id = exchange.target.id
        if exchange.transfer != nil {
            let own = make(for: exchange)
            furtherConnections[ObjectIdentifier(own)] = own
            return own
        }
        if let known = connections[id] {
            if known.hasRoom { return known }
            furtherConnections[ObjectIdentifier(known)] = known
        }
        let made = make(for: exchange)
        connections[id] = made
        return made
    }

    private func make(for exchange: Exchange) -> ServerConnection {
        let made = ServerConnection(exchange.target, loop: self)
        exchange.server.count(.tcpConnections, thread: thread)
        made.connect()
        return made
    }

    func remove(_ connection: ServerConnection) {
        furtherConnections[ObjectIdentifier(connection)] = nil
        if connections[connection.target.id] === connection {
            connections[connection.target.id] = nil
        }
    }

    /// Passes a server's answer on to its client.
    func finish(_ exchange: Exchange, with framed: ByteBuffer) {
        pass(framed, of: exchange)
        end(exchange)
    }

    /// Writes a server's message to the client that it is for.
    func pass(_ framed: ByteBuffer, of exchange: Exchange) {
        var answer = framed
        answer.withUnsafeMutableReadableBytes { bytes in
            pipeline.restore(
                exchange.identity,
                in: UnsafeMutableRawBufferPointer(rebasing: bytes.dropFirst(2)))
        }
        exchange.client.write(answer)
    }

    /// Sends a query again on a new connection while it has retries left, else gives it up.
    func retry(_ exchange: Exchange, after loss: ServerConnection.Loss) {
        exchange.server.count(loss.counter, thread: thread)
        guard exchange.client.isOpen, exchange.retriesLeft > 0 else {
            exchange.server.count(.tcpGaveUp, thread: thread)
            exchange.server.count(.drops, thread: thread)
            counters.add(.givenUp)
            return fail(exchange)
        }
        exchange.retriesLeft -= 1
        connection(for: exchange).send(exchange)
    }

    /// Gives a query up: SERVFAIL where the configuration says so when no server answers, else the
    /// connection's end, as in dnsdist, once its other queries are answered.
    func fail(_ exchange: Exchange) {
        enter { view in
            if view.pointee.answersServFailWhenNoServer, exchange.transfer?.hasBegun != true,
                let answer = serverFailure(exchange)
            {
                exchange.client.write(answer)
            } else {
                exchange.client.finish()
            }
            end(exchange)
        }
    }

    /// SERVFAIL to a query, its length before it.
    private func serverFailure(_ exchange: Exchange) -> ByteBuffer? {
        var buffer = ByteBufferAllocator().buffer(capacity: 2 + LocalAnswer.bytesMax)
        buffer.writeInteger(UInt16(0))
        let answer = LocalAnswer(
            .serverFailure, recursionAvailable: exchange.identity.flags.recursionDesired)
        let length = exchange.query.withUnsafeReadableBytes { bytes -> Int in
            let message = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(2))
            guard let query = DNSMessageView(message) else { return 0 }
            return buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: LocalAnswer.bytesMax) {
                answer.write(to: query, question: query.question, into: $0)
            }
        }
        guard length > 0 else { return nil }
        buffer.setInteger(UInt16(length), at: 0)
        buffer.setInteger(exchange.identity.id, at: 2)
        pipeline.counters.count(.selfAnswered)
        pipeline.counters.count(.frontendServerFailures)
        return buffer
    }

    private func end(_ exchange: Exchange) {
        inFlight -= 1
        exchange.server.noteFinished()
        exchange.client.noteFinished(bytes: exchange.heldBytes)
    }
}

extension ServerConnection.Loss {
    /// What a query that it hit counts as.
    fileprivate var counter: ServerCounter {
        switch self {
        case .connectTimeout: .tcpConnectTimeouts
        case .connectFailed: .tcpDiedSendingQuery
        case .closed: .tcpDiedReadingResponse
        case .writeTimeout: .tcpWriteTimeouts
        case .readTimeout: .tcpReadTimeouts
        }
    }
}
