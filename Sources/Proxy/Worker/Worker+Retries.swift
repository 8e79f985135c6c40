// SPDX-License-Identifier: Apache-2.0
//
// A query whose server refused the port, could not be reached or did not answer in time goes once to
// another server of its pool. No script is asked which: it would name the same one, whose state the
// health check has not noticed yet.

import Balancing
import CLinux
import DNSWire
import Glibc

extension Worker {
    /// Sends a waiting query to another server, or forgets it. Its slot is free afterwards.
    mutating func retryOrDiscard(_ slot: Int32, _ view: UnsafePointer<PlaneView>) {
        retry(slot, view)
        discard(slot)
    }

    /// Sends a waiting query to another server if it may be and there is one. The slot stays the
    /// caller's to settle; what the query owned has gone with it.
    ///
    /// Sockets may move: no pointer into ``sockets`` lasts over this call.
    mutating func retry(_ slot: Int32, _ view: UnsafePointer<PlaneView>) {
        let first = table[slot]
        guard view.pointee.retriesOverUDP, !first.pointee.isRetry, !isStopping,
            first.pointee.messageLength > 0,
            // A pool is an index of the generation that decided about the query.
            first.pointee.generation == view.pointee.generation
        else { return }
        let ordinal = view.pointee.fallback(
            pool: Int(first.pointee.state.pool), otherThan: first.pointee.server)
        guard ordinal >= 0 else { return }
        let server = UnsafePointer(view.pointee.servers + Int(ordinal))
        // One that is not to know of clients' subnets is not told now.
        guard
            server.pointee.usesClientSubnet
                || first.pointee.state.flags.isDisjoint(with: .addedClientSubnet)
        else { return }
        let socket = sockets.choose(
            server, batch: batch, random: &random, nowMicroseconds: now)
        guard socket >= 0, sockets.waiting(server.pointee.id) < view.pointee.udpOutstandingMax,
            let id = freeIdentifier(socket)
        else { return }
        let again = table.insert(
            socket: socket, id: id,
            deadlineMicroseconds: now &+ Self.timeoutMicroseconds(of: server))
        guard again >= 0 else { return }
        move(slot, to: again, server: server.pointee.handle)
        sockets.noteWaiting(socket, 1)
        sockets[socket].pointee.held &+= 1
        listeners[table[again].pointee.listener].pointee.inFlight &+= 1
        server.pointee.handle.noteStarted()
        counters.count(.retries)
        send(again, by: socket)
    }

    /// How long a server is waited for.
    static func timeoutMicroseconds(of server: UnsafePointer<ServerView>) -> UInt64 {
        min(
            UInt64(max(1, server.pointee.udpTimeoutMilliseconds)) &* 1_000,
            OutstandingTable.timeoutMicrosecondsMax)
    }

    /// Makes a new slot the query's; the tags and the ticket move.
    private mutating func move(_ slot: Int32, to again: Int32, server: ServerHandle) {
        let (first, second) = (table[slot], table[again])
        second.pointee.isRetry = true
        second.pointee.groupNext = -1
        second.pointee.listener = first.pointee.listener
        second.pointee.server = server
        second.pointee.startMicroseconds = now
        second.pointee.askedMicroseconds = first.pointee.askedMicroseconds
        second.pointee.generation = first.pointee.generation
        second.pointee.identity = first.pointee.identity
        second.pointee.state = first.pointee.state.take()
        second.pointee.clientLength = first.pointee.clientLength
        second.pointee.client = first.pointee.client
        second.pointee.local = first.pointee.local
        let message = UnsafeRawBufferPointer(table.message(slot))
        table.setMessage(
            again, from: message.baseAddress!,  // it is not empty
            count: message.count, questionBytes: Int(first.pointee.questionLength))
    }

    /// Sends one query, which is over when the kernel does not take it.
    private mutating func send(_ slot: Int32, by socket: Int32) {
        listen(socket)
        let message = table.message(slot)
        message.storeBytes(of: table[slot].pointee.id.bigEndian, as: UInt16.self)
        let descriptor = sockets[socket].pointee.descriptor
        let server = table[slot].pointee.server
        server.takeQueryToken(nowMicroseconds: now)
        for _ in 0..<2 {
            // The first error may be of an earlier datagram.
            let flags = CInt(MSG_DONTWAIT)
            if Glibc.send(descriptor, message.baseAddress, message.count, flags) == message.count {
                server.count(.queries, thread: index)
                return
            }
            guard Self.isReportOfEarlier(Int(errno)) else { break }
        }
        server.count(.sendErrors, thread: index)
        counters.count(.downstreamSendErrors)
        discard(slot)
    }
}
