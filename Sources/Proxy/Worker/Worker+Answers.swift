// SPDX-License-Identifier: Apache-2.0

import Balancing
import CLinux
import DNSWire
import Glibc

extension Worker {
    /// Entries of a socket's error queue that one turn looks at.
    private static let errorsPerTurn = 256

    /// Reads a server's socket. Answers gather over all sockets of a turn, so that one call sends
    /// those of many servers.
    mutating func receiveAnswers(
        _ socketIndex: Int32, hasFailed: Bool, view: UnsafePointer<PlaneView>
    ) {
        if hasFailed { takeErrors(socketIndex, view) }
        for _ in 0..<Self.roundsPerTurn {
            let descriptor = sockets[socketIndex].pointee.descriptor
            guard descriptor >= 0 else { return }
            let first = answerCount
            let count = answers.receive(descriptor, from: first, wantsControl: false)
            guard count > 0 else {
                if Self.isReportOfEarlier(-count) { takeErrors(socketIndex, view) }
                return
            }
            for index in first..<first + count { handleAnswer(index, socketIndex, view) }
            answerCount = first + count
            if answerCount < answers.capacity { return }
            flushAnswers()
            now = clinux_now_microseconds()
        }
    }

    /// Accepts an answer only on its own socket, with its own identifier and its own question.
    @inline(__always)
    private mutating func handleAnswer(
        _ index: Int, _ socketIndex: Int32, _ view: UnsafePointer<PlaneView>
    ) {
        let length = answers.receivedLength(index)
        let buffer = UnsafeMutableRawBufferPointer(rebasing: answers.buffer(index)[..<length])
        guard length >= DNSMessageView.headerBytes else {
            counters.count(.nonCompliantResponses)
            return
        }
        let id = UInt16(bigEndian: buffer.loadUnaligned(as: UInt16.self))
        let slot = table.find(socket: socketIndex, id: id)
        guard slot >= 0, table[slot].pointee.phase == .waiting else {
            counters.count(.strayResponses)
            let socket = sockets[socketIndex]
            // Without a query in flight the record may be another server's by now.
            if socket.pointee.waiting > 0 {
                socket.pointee.server.count(.strayResponses, thread: self.index)
            }
            return
        }
        guard
            pipeline.verify(UnsafeRawBufferPointer(buffer), question: table.question(slot))
                == .accepted
        else {
            counters.count(.nonCompliantResponses)
            return
        }
        let entry = table[slot]
        // Looked at before rules may make something else of it: the flags' lower octet has the code.
        let isServerFailure =
            DNSFlags(rawValue: UInt16(buffer[3])).responseCode == .serverFailure
        var kept = answers.isCut(index) ? pipeline.truncate(buffer) : length
        // TC, in the third octet: the client will come back over TCP.
        if buffer[2] & 0x02 != 0 { noteTruncated(entry.pointee.server) }
        pipeline.restore(entry.pointee.identity, in: buffer)
        if !entry.pointee.state.flags.isDisjoint(with: .addedClientSubnet) {
            kept = pipeline.removeAdded(entry.pointee.state.flags, from: buffer, length: kept)
        }
        if view.pointee.changesAnswers { kept = respond(index, length: kept, slot, view) }
        if entry.pointee.state.ticket != nil {
            pipeline.keep(
                UnsafeRawBufferPointer(rebasing: answers.buffer(index)[..<kept]),
                question: table.question(slot), state: entry.pointee.state, nowMicroseconds: now,
                view: view)
        }
        // After the cache, which keeps what is for everybody.
        if entry.pointee.state.flags.contains(.wantsNSID), kept > 0 {
            kept = pipeline.addNSID(
                to: answers.buffer(index), length: kept, state: entry.pointee.state,
                overTCP: false, view: view)
        }
        answers.lengths[index] = Int32(truncatingIfNeeded: kept)
        answers.name(index).storeBytes(of: entry.pointee.client, as: sockaddr_in6.self)
        let listener = entry.pointee.listener
        if listeners[listener].pointee.isWildcard {
            answers.local(index).storeBytes(of: entry.pointee.local, as: sockaddr_in6.self)
        }
        // The slot may be another query's before this answer leaves: what sending needs is copied.
        answers.nameLengths[index] = entry.pointee.clientLength
        let delay = entry.pointee.state.delayMilliseconds
        let elapsed = now &- min(now, entry.pointee.startMicroseconds)
        if kept > 0 {
            pipeline.note(
                UnsafeRawBufferPointer(rebasing: answers.buffer(index)[..<kept]),
                question: table.question(slot), client: answers.name(index),
                latencyMicroseconds: elapsed, nowMicroseconds: now, view: view)
        }
        countLatency(now &- min(now, entry.pointee.askedMicroseconds))
        let server = entry.pointee.server
        server.count(.responses, thread: self.index)
        if isServerFailure { server.count(.serverFailures, thread: self.index) }
        server.recordLatency(microseconds: elapsed)
        discard(slot)
        guard kept > 0 else { return }
        if delay > 0,
            keepsBack(
                UnsafeRawBufferPointer(rebasing: answers.buffer(index)[..<kept]),
                client: answers.name(index), clientLength: answers.nameLengths[index],
                local: answers.local(index), listener: listener, milliseconds: delay)
        {
            return
        }
        if listeners[listener].pointee.chain.append(index, answers.next) {
            touchedListeners[touchedListenerCount] = listener
            touchedListenerCount &+= 1
        }
    }

    @inline(never)
    private func noteTruncated(_ server: ServerHandle) {
        if server.noteTruncated(nowMicroseconds: now) { truncations.raise() }
    }

    /// Shows an answer to the rules; its length afterwards, 0 when it is not to be sent.
    private mutating func respond(
        _ index: Int, length: Int, _ slot: Int32, _ view: UnsafePointer<PlaneView>
    ) -> Int {
        let entry = table[slot]
        let listener = entry.pointee.listener
        let isWildcard = listeners[listener].pointee.isWildcard
        let server = entry.pointee.server
        let question = table.question(slot)
        // The slot stays where it is: these pointers last for the call.
        return withUnsafeMutablePointer(to: &entry.pointee.state) { state in
            withUnsafePointer(to: &entry.pointee.client) { client in
                withUnsafePointer(to: &entry.pointee.local) { local in
                    pipeline.respond(
                        answers.buffer(index), length: length,
                        to: AnsweredQuery(
                            question: question, client: client,
                            local: isWildcard ? UnsafeRawPointer(local) : listeners.local(listener),
                            overTCP: false, server: server, state: state, nowMicroseconds: now),
                        view: view)
                }
            }
        }
    }

    /// Sends the answers that have gathered, by the listeners their queries came in by.
    mutating func flushAnswers() {
        for position in 0..<touchedListenerCount {
            let listener = listeners[touchedListeners[position]]
            let isWildcard = listener.pointee.isWildcard
            vector.clear()
            var next = listener.pointee.chain.first
            while next >= 0 {
                let index = Int(next)
                vector.append(
                    answers.buffer(index).baseAddress!,  // the batch's own memory
                    length: Int(answers.lengths[index]), origin: index,
                    name: answers.name(index), nameLength: Int(answers.nameLengths[index]),
                    source: isWildcard ? UnsafeRawPointer(answers.local(index)) : nil)
                next = answers.next[index]
            }
            listener.pointee.chain.clear()
            sendToClients(listener)
        }
        touchedListenerCount = 0
        answerCount = 0
    }

    /// ICMP told that datagrams of ours did not arrive: the queries in them go to another server, or
    /// are over. The kernel quotes each, so no other query of the socket is given up for it.
    private mutating func takeErrors(_ socketIndex: Int32, _ view: UnsafePointer<PlaneView>) {
        let descriptor = sockets[socketIndex].pointee.descriptor
        guard descriptor >= 0 else { return }
        // The queue's entries are taken into a buffer of answers that holds none.
        if answerCount == answers.capacity { flushAnswers() }
        let buffer = answers.buffer(answers.capacity - 1)
        for _ in 0..<Self.errorsPerTurn {
            var length = 0
            let code = clinux_take_error(descriptor, buffer.baseAddress, buffer.count, &length)
            guard code > 0 else { break }
            guard length >= 2, Self.isReportOfEarlier(Int(code)) else { continue }
            let id = UInt16(bigEndian: buffer.loadUnaligned(as: UInt16.self))
            let slot = table.find(socket: socketIndex, id: id)
            guard slot >= 0, table[slot].pointee.phase == .waiting else { continue }
            counters.count(.downstreamRefused)
            table[slot].pointee.server.count(.drops, thread: index)
            retryGroup(slot, view)
        }
        clinux_take_pending_error(descriptor)
    }

    @inline(__always)
    private func countLatency(_ microseconds: UInt64) {
        counters.count(.latencyMicroseconds, microseconds)
        switch microseconds {
        case ..<1_000: counters.count(.latencyBelow1)
        case ..<10_000: counters.count(.latencyBelow10)
        case ..<50_000: counters.count(.latencyBelow50)
        case ..<100_000: counters.count(.latencyBelow100)
        case ..<1_000_000: counters.count(.latencyBelow1000)
        default: counters.count(.latencySlow)
        }
    }
}
