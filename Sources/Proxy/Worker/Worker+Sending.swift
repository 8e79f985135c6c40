// SPDX-License-Identifier: Apache-2.0
//
// The queries of a batch leave by their servers' sockets, one system call a socket. Those of one
// length leave as one message that the kernel cuts apart, unless it has said that it cannot.

import Balancing
import CLinux
import Glibc

extension Worker {
    /// Sends the chain of a server's socket.
    mutating func sendToServer(_ socketIndex: Int32, _ view: UnsafePointer<PlaneView>) {
        let socket = sockets[socketIndex]
        listen(socketIndex)
        // Not by way of `socket` later: a retry may open another, which moves them all.
        let descriptor = socket.pointee.descriptor
        let server = socket.pointee.server
        let chain = socket.pointee.chain
        socket.pointee.chain.clear()
        vector.clear()
        if view.pointee.segmentsToServers, cutsMessages, chain.first != chain.last {
            gather(chain)
        } else {
            var next = chain.first
            while next >= 0 {
                append(Int(next))
                next = queries.next[Int(next)]
            }
        }
        for _ in 0..<vector.datagramCount { server.takeQueryToken(nowMicroseconds: now) }
        var failed = 0
        var position = 0
        var retries = 0
        while position < vector.count {
            let sent = vector.send(descriptor, from: position)
            if sent > 0 {
                position &+= sent
                continue
            }
            // The error may be of an earlier datagram, which the kernel reports by refusing this
            // one: then trying again sends it.
            if Self.isReportOfEarlier(-sent), retries < 2 {
                retries += 1
                continue
            }
            retries = 0
            failed &+= giveUp(position, descriptor, errno: -sent, view)
            position &+= 1
        }
        server.count(.queries, UInt64(vector.datagramCount - failed), thread: index)
        if failed > 0 {
            server.count(.sendErrors, UInt64(failed), thread: index)
            counters.count(.downstreamSendErrors, UInt64(failed))
        }
    }

    /// Watches a server's socket, and counts what lay in it.
    @inline(__always)
    mutating func listen(_ socketIndex: Int32) {
        let stale = sockets.listen(socketIndex, poll: poll)
        if stale > 0 {
            counters.count(.strayResponses, UInt64(stale))
            sockets[socketIndex].pointee.server.count(
                .strayResponses, UInt64(stale), thread: index)
        }
    }

    private mutating func append(_ index: Int) {
        vector.append(
            queries.buffer(index).baseAddress!,  // the batch's own memory
            length: Int(queries.lengths[index]), origin: index, name: nil, nameLength: 0,
            source: nil)
    }

    /// Fills the vector with one message for each length.
    private mutating func gather(_ chain: DatagramChain) {
        var next = chain.first
        while next >= 0 {
            groups.add(Int(next), length: Int(queries.lengths[Int(next)]))
            next = queries.next[Int(next)]
        }
        for group in 0..<groups.count {
            let first = groups.first(group)
            append(first)
            var last = first
            var index = groups.after(first)
            while index >= 0 {
                vector.extend(
                    queries.buffer(index).baseAddress!,  // the batch's own memory
                    length: Int(queries.lengths[index]), origin: index)
                // A ring: the error that one of them meets may be told for all by one report.
                table[queries.slots[last]].pointee.groupNext = queries.slots[index]
                last = index
                index = groups.after(index)
            }
            if last != first {
                table[queries.slots[last]].pointee.groupNext = queries.slots[first]
            }
        }
        groups.clear()
    }

    /// A message was not taken: its datagrams leave one by one when it was too much for the route,
    /// or their queries go to other servers. How many were not sent.
    private mutating func giveUp(
        _ position: Int, _ descriptor: Int32, errno code: Int, _ view: UnsafePointer<PlaneView>
    ) -> Int {
        let count = vector.datagrams(position)
        var failed = 0
        let isTooMuch = count > 1 && Self.isRefusalToCut(code)
        // Without checksums in hardware, or through a tunnel that encrypts, it never will be.
        if isTooMuch { cutsMessages = false }
        for offset in 0..<count {
            let index = vector.origin(position, offset)
            let bytes = queries.buffer(index)
            let length = Int(queries.lengths[index])
            if isTooMuch,
                Glibc.send(descriptor, bytes.baseAddress, length, Int32(MSG_DONTWAIT)) == length
            {
                continue
            }
            retryOrDiscard(queries.slots[index], view)
            failed &+= 1
        }
        return failed
    }

    private static func isRefusalToCut(_ code: Int) -> Bool {
        switch Int32(truncatingIfNeeded: code) {
        case EIO, EINVAL, EMSGSIZE, ENOPROTOOPT, EOPNOTSUPP: true
        default: false
        }
    }

    /// The queries that left in one message with this one are refused as it was: a server on this
    /// host is reached by the whole message, and reports it once.
    mutating func retryGroup(_ slot: Int32, _ view: UnsafePointer<PlaneView>) {
        let socket = table[slot].pointee.socket
        var next = table[slot].pointee.groupNext
        retryOrDiscard(slot, view)
        for _ in 0..<LengthGroups.segmentsMax where next >= 0 && next != slot {
            let entry = table[next]
            // One that was answered may be another query's by now: there the ring is cut.
            guard entry.pointee.phase == .waiting, entry.pointee.socket == socket else { return }
            let after = entry.pointee.groupNext
            counters.count(.downstreamRefused)
            entry.pointee.server.count(.drops, thread: index)
            retryOrDiscard(next, view)
            next = after
        }
    }

    static func isReportOfEarlier(_ code: Int) -> Bool {
        switch Int32(truncatingIfNeeded: code) {
        case ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, EPROTO, ENOPROTOOPT: true
        default: false
        }
    }
}
