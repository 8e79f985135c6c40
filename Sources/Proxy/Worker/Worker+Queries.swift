// SPDX-License-Identifier: Apache-2.0

import Balancing
import CLinux
import DNSWire
import Glibc

extension Worker {
    /// Reads one listener: receives, decides and sends in batches. True when it may hold more.
    @discardableResult
    mutating func receiveQueries(_ listener: Int32, view: UnsafePointer<PlaneView>) -> Bool {
        let place = listeners[listener]
        let descriptor = place.pointee.descriptor
        guard descriptor >= 0, !place.pointee.isLeaving else { return false }
        var rounds = 0
        var overdueRounds = 0
        while rounds < Self.roundsPerTurn {
            let count = queries.receive(
                descriptor, from: 0, wantsControl: place.pointee.isWildcard)
            guard count > 0 else { return false }
            if count < queries.capacity {
                // The queue is empty now.
                place.pointee.overdueSince = 0
            } else if overdueRounds < Self.overdueRoundsMax, isOverdue(place, view) {
                counters.count(.overdueQueries, UInt64(count))
                overdueRounds &+= 1
                continue
            }
            rounds &+= 1
            batch &+= 1
            place.pointee.counters.count(.queries, UInt64(truncatingIfNeeded: count))
            var own = DatagramChain()
            for index in 0..<count {
                handleQuery(index, listener, place, view, &own)
            }
            for position in 0..<touchedSocketCount { sendToServer(touchedSockets[position], view) }
            touchedSocketCount = 0
            if !own.isEmpty { sendOwnAnswers(own, place) }
            if count < queries.capacity { return false }
            now = clinux_now_microseconds()
        }
        return true
    }

    @inline(__always)
    private mutating func handleQuery(
        _ index: Int, _ listener: Int32, _ place: UnsafeMutablePointer<WorkerListener>,
        _ view: UnsafePointer<PlaneView>, _ own: inout DatagramChain
    ) {
        guard !queries.isCut(index) else {
            counters.count(.nonCompliantQueries)
            return
        }
        var local = listeners.local(listener)
        if place.pointee.isWildcard {
            let asked = queries.local(index)
            guard
                clinux_local_address(
                    queries.messages + index, place.pointee.portBigEndian, asked)
            else {
                counters.count(.nonCompliantQueries)
                return
            }
            local = UnsafeRawPointer(asked)
        }
        let buffer = queries.buffer(index)
        let length = queries.receivedLength(index)
        let decision = pipeline.decide(
            buffer, length: length, client: queries.name(index), local: local, overTCP: false,
            nowMicroseconds: now, view: view)
        switch decision {
        case .drop: break
        case .answer(let length):
            if keepsBack(
                UnsafeRawBufferPointer(rebasing: buffer[..<length]), client: queries.name(index),
                clientLength: UInt8(
                    truncatingIfNeeded: queries.messages[index].header.msg_namelen),
                local: local, listener: listener,
                milliseconds: pipeline.answerDelayMilliseconds)
            {
                break
            }
            queries.lengths[index] = Int32(truncatingIfNeeded: length)
            _ = own.append(index, queries.next)
        case .forward(let ordinal, let questionEnd):
            queries.lengths[index] = Int32(truncatingIfNeeded: pipeline.queryBytes)
            forward(index, ordinal, questionEnd, listener, local, view)
        }
    }

    /// Finds a socket, an identifier and a slot for a query, and puts it on the socket's chain.
    @inline(__always)
    private mutating func forward(
        _ index: Int, _ ordinal: Int32, _ questionEnd: Int, _ listener: Int32,
        _ local: UnsafeRawPointer, _ view: UnsafePointer<PlaneView>
    ) {
        let server = UnsafePointer(view.pointee.servers + Int(ordinal))
        let socketIndex = sockets.choose(
            server, batch: batch, random: &random, nowMicroseconds: now)
        guard socketIndex >= 0 else {
            counters.count(.socketFailures)
            pipeline.discardState()
            return
        }
        guard sockets.waiting(server.pointee.id) < view.pointee.udpOutstandingMax else {
            counters.count(.outstandingFull)
            pipeline.discardState()
            return
        }
        let id = freeIdentifier(socketIndex)
        let slot = id.map {
            table.insert(
                socket: socketIndex, id: $0,
                deadlineMicroseconds: now &+ Self.timeoutMicroseconds(of: server))
        }
        guard let id, let slot, slot >= 0 else {
            counters.count(.outstandingFull)
            pipeline.discardState()
            return
        }
        let buffer = queries.buffer(index)
        let entry = table[slot]
        entry.pointee.listener = listener
        entry.pointee.server = server.pointee.handle
        entry.pointee.startMicroseconds = now
        entry.pointee.askedMicroseconds = now
        entry.pointee.generation = view.pointee.generation
        entry.pointee.isRetry = false
        entry.pointee.groupNext = -1
        entry.pointee.identity = pipeline.identity
        entry.pointee.state = pipeline.takeState()
        // The pipeline has seen a whole header and question.
        table.setMessage(
            slot, from: UnsafeRawPointer(queries.buffer(index).baseAddress!),
            count: pipeline.queryBytes, questionBytes: questionEnd - DNSMessageView.headerBytes)
        entry.pointee.clientLength = UInt8(
            truncatingIfNeeded: queries.messages[index].header.msg_namelen)
        entry.pointee.client = queries.name(index).load(as: sockaddr_in6.self)
        if listeners[listener].pointee.isWildcard {
            entry.pointee.local = local.load(as: sockaddr_in6.self)
        }
        buffer.storeBytes(of: id.bigEndian, as: UInt16.self)
        queries.slots[index] = slot
        let socket = sockets[socketIndex]
        sockets.noteWaiting(socketIndex, 1)
        socket.pointee.held &+= 1
        listeners[listener].pointee.inFlight &+= 1
        // At once, not when it is sent: the next query of this batch is balanced by it.
        server.pointee.handle.noteStarted()
        if socket.pointee.chain.append(index, queries.next) {
            touchedSockets[touchedSocketCount] = socketIndex
            touchedSocketCount &+= 1
        }
    }

    /// A random identifier that is not in use on the socket; `nil` after tries that only a socket
    /// with most of its 65 536 identifiers in flight would need.
    @inline(__always)
    mutating func freeIdentifier(_ socket: Int32) -> UInt16? {
        for _ in 0..<16 {
            let id = random.nextWord()
            if table.find(socket: socket, id: id) < 0 { return id }
        }
        return nil
    }

    /// Sends answers that the pipeline wrote in the place of their queries.
    private mutating func sendOwnAnswers(
        _ own: DatagramChain, _ place: UnsafeMutablePointer<WorkerListener>
    ) {
        vector.clear()
        var next = own.first
        while next >= 0 {
            let index = Int(next)
            vector.append(
                queries.buffer(index).baseAddress!,  // the batch's own memory
                length: Int(queries.lengths[index]), origin: index, name: queries.name(index),
                nameLength: Int(queries.messages[index].header.msg_namelen),
                source: place.pointee.isWildcard ? UnsafeRawPointer(queries.local(index)) : nil)
            next = queries.next[index]
        }
        sendToClients(place)
    }

    /// Sends the vector by a listener; what the kernel does not take is lost, and counted.
    mutating func sendToClients(_ listener: UnsafeMutablePointer<WorkerListener>) {
        let descriptor = listener.pointee.descriptor
        listener.pointee.counters.count(.responses, UInt64(truncatingIfNeeded: vector.count))
        var position = 0
        while position < vector.count {
            let sent = vector.send(descriptor, from: position)
            if sent > 0 {
                position &+= sent
            } else {
                counters.count(.clientSendErrors)
                position &+= 1
            }
        }
    }
}
