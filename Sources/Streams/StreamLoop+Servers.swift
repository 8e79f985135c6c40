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

    /// Connects to the servers whose answers over UDP were truncated lately, unless that is done, so
    /// that a client that asks again over TCP does not wait for two handshakes.
    func prepareForRetries() {
        guard !isStopping else { return }
        let now = MonotonicClock.microseconds
        enter { view in
            for ordinal in 0..<view.pointee.serverCount {
                let server = view.pointee.servers + ordinal
                let handle = server.pointee.handle
                guard
                    handle.wasTruncated(
                        within: Self.truncationMicroseconds, nowMicroseconds: now),
                    handle.isUp
                else { continue }
                if let known = connections[server.pointee.id] {
                    known.keep()
                    continue
                }
                guard let target = ServerTarget(server.pointee) else { continue }
                let made = ServerConnection(target, loop: self)
                handle.count(.tcpConnections, thread: thread)
                connections[target.id] = made
                made.connect()
            }
        }
    }

    /// What has been marked for longer was seen to when it was.
    private static let truncationMicroseconds: UInt64 = 1_000_000

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
    func finish(
        _ exchange: Exchange, with framed: ByteBuffer, _ view: UnsafePointer<PlaneView>
    ) {
        pass(framed, of: exchange, view)
        end(exchange)
    }

    /// Writes a server's message to the client that it is for. Those of a transfer are nobody's to
    /// change but for their headers.
    func pass(
        _ framed: ByteBuffer, of exchange: Exchange, _ view: UnsafePointer<PlaneView>
    ) {
        var answer = framed
        answer.withUnsafeMutableReadableBytes { bytes in
            pipeline.restore(
                exchange.identity,
                in: UnsafeMutableRawBufferPointer(rebasing: bytes.dropFirst(2)))
        }
        if !exchange.state.flags.isDisjoint(with: .addedClientSubnet) {
            removeAdded(exchange.state.flags, from: &answer)
        }
        guard view.pointee.changesAnswers, exchange.transfer == nil else {
            keep(answer, of: exchange, view)
            note(answer, of: exchange, view)
            return write(answer, of: exchange, view)
        }
        guard let changed = respond(answer, of: exchange, view) else {
            return exchange.client.finish()
        }
        keep(changed, of: exchange, view)
        note(changed, of: exchange, view)
        write(changed, of: exchange, view)
    }

    /// Writes an answer as its client gets it, with our NSID if it wants that.
    private func write(
        _ framed: ByteBuffer, of exchange: Exchange, _ view: UnsafePointer<PlaneView>
    ) {
        guard exchange.state.flags.contains(.wantsNSID), exchange.transfer == nil else {
            return exchange.client.write(framed)
        }
        var answer = framed
        addNSID(to: &answer, of: exchange, view)
        exchange.client.write(answer)
    }

    private func addNSID(
        to answer: inout ByteBuffer, of exchange: Exchange, _ view: UnsafePointer<PlaneView>
    ) {
        let length = answer.readableBytes - 2
        var longer = ByteBufferAllocator().buffer(
            capacity: 2 + length + view.pointee.identity.optionBytes)
        longer.writeImmutableBuffer(answer)
        let grown = longer.withVeryUnsafeMutableBytes { bytes in
            pipeline.addNSID(
                to: UnsafeMutableRawBufferPointer(rebasing: bytes[2...]), length: length,
                state: exchange.state, overTCP: true, view: view)
        }
        longer.setInteger(UInt16(grown), at: 0)
        longer.moveWriterIndex(to: 2 + grown)
        answer = longer
    }

    /// Takes what we added to a query out of its answer.
    private func removeAdded(_ flags: QueryState.Flags, from answer: inout ByteBuffer) {
        let length = answer.withUnsafeMutableReadableBytes { bytes in
            pipeline.removeAdded(
                flags, from: UnsafeMutableRawBufferPointer(rebasing: bytes.dropFirst(2)),
                length: bytes.count - 2)
        }
        answer.setInteger(UInt16(length), at: answer.readerIndex)
        answer.moveWriterIndex(to: answer.readerIndex + 2 + length)
    }

    /// Notes an answer, or with `nil` that none came, for what looks at the traffic.
    private func note(
        _ framed: ByteBuffer?, of exchange: Exchange, _ view: UnsafePointer<PlaneView>
    ) {
        guard view.pointee.traffic.isRecording else { return }
        let now = MonotonicClock.microseconds
        (framed ?? ByteBuffer()).withUnsafeReadableBytes { bytes in
            exchange.withQuestion { question in
                pipeline.note(
                    UnsafeRawBufferPointer(rebasing: bytes.dropFirst(2)), question: question,
                    client: exchange.client.remote,
                    latencyMicroseconds: now &- min(now, exchange.startMicroseconds),
                    nowMicroseconds: now, view: view)
            }
        }
    }

    /// Keeps an answer in the cache that had none.
    private func keep(
        _ framed: ByteBuffer, of exchange: Exchange, _ view: UnsafePointer<PlaneView>
    ) {
        guard exchange.state.ticket != nil, exchange.transfer == nil else { return }
        framed.withUnsafeReadableBytes { bytes in
            exchange.withQuestion { question in
                pipeline.keep(
                    UnsafeRawBufferPointer(rebasing: bytes.dropFirst(2)), question: question,
                    state: exchange.state, nowMicroseconds: MonotonicClock.microseconds,
                    view: view)
            }
        }
    }

    /// Shows an answer to the rules; `nil` when it is not to be sent.
    private func respond(
        _ framed: ByteBuffer, of exchange: Exchange, _ view: UnsafePointer<PlaneView>
    ) -> ByteBuffer? {
        let length = framed.readableBytes - 2
        // A copy with room, for rules that make it longer, and for the question if it has none.
        var answer = ByteBufferAllocator().buffer(
            capacity: 2 + max(length, view.pointee.answerBytesMax) + Self.questionBytesMax)
        answer.writeImmutableBuffer(framed)
        let kept = answer.withVeryUnsafeMutableBytes { bytes in
            exchange.withQuestion { question in
                withUnsafeMutablePointer(to: &exchange.state) { state in
                    pipeline.respond(
                        UnsafeMutableRawBufferPointer(rebasing: bytes[2...]), length: length,
                        to: AnsweredQuery(
                            question: question, client: exchange.client.remote,
                            local: exchange.client.local, overTCP: true, server: exchange.server,
                            state: state, nowMicroseconds: MonotonicClock.microseconds),
                        view: view)
                }
            }
        }
        guard (1...0xffff).contains(kept) else { return nil }
        answer.setInteger(UInt16(kept), at: 0)
        answer.moveWriterIndex(to: 2 + kept)
        return answer
    }

    /// A name of 255 octets, type and class (RFC 1035 §2.3.4).
    private static let questionBytesMax = 259

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
            note(nil, of: exchange, view)
            if view.pointee.answersServFailWhenNoServer, exchange.transfer?.hasBegun != true,
                let answer = serverFailure(exchange)
            {
                write(answer, of: exchange, view)
            } else {
                exchange.client.finish()
            }
            end(exchange)
        }
    }

    /// SERVFAIL to a query, its length before it.
    private func serverFailure(_ exchange: Exchange) -> ByteBuffer? {
        // What we added is not the client's, which may have no EDNS.
        if !exchange.state.flags.isDisjoint(with: .addedClientSubnet) {
            removeAdded(exchange.state.flags, from: &exchange.query)
        }
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
        buffer.withUnsafeMutableReadableBytes { bytes in
            let answer = UnsafeMutableRawBufferPointer(rebasing: bytes.dropFirst(2))
            DNSHeaderWriter(answer)?.restoreRequestFlags(of: exchange.identity.flags)
        }
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
