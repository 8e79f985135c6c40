// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import DNSWire
import Glibc
import NIOCore
import Proxy

/// A client's connection: cuts its queries out of the stream, and writes answers in the order in
/// which they come. Confined to the stream loop.
///
/// It reads only while it may take another query, so that what a client can make us hold is bounded
/// by ``StreamLimits``. It outlives snapshots: each query is decided with the one that is current.
final class ClientConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let address: IPAddress
    /// The client's and our own `sockaddr`, as policies read them.
    let remote: UnsafeMutablePointer<sockaddr_storage>
    let local: UnsafeMutablePointer<sockaddr_storage>

    private let loop: StreamLoop
    /// Of the listener that accepted it; the owner keeps the memory.
    private let frontend: ThreadFrontendCounters
    private let frontendOwner: FrontendCounters
    private var context: ChannelHandlerContext?
    private var framer = MessageFramer()
    private var inFlight = 0
    /// Queries taken so far.
    private var taken = 0
    private let startedMilliseconds: UInt64
    /// Octets of the queries in flight.
    private var heldBytes = 0
    private var isReading = false
    private var isTaking = false
    /// We take no more of its queries.
    private var takesNoMore = false
    /// The client has sent all that it wants to; some of it may still be in the framer.
    private var isInputClosed = false
    private var hasUnflushedWrites = false
    private var lastProgressMilliseconds: UInt64
    private var partialSinceMilliseconds: UInt64?
    /// Octets that the client had not taken at the last look.
    private(set) var unreadBytes = 0

    init(
        remote: sockaddr_storage, local: sockaddr_storage, address: IPAddress, loop: StreamLoop,
        frontend: FrontendCounters
    ) {
        self.frontend = frontend.counters(thread: 0)
        frontendOwner = frontend
        self.remote = .allocate(capacity: 1)
        self.local = .allocate(capacity: 1)
        self.remote.initialize(to: remote)
        self.local.initialize(to: local)
        self.address = address
        self.loop = loop
        startedMilliseconds = loop.nowMilliseconds
        lastProgressMilliseconds = startedMilliseconds
    }

    deinit {
        remote.deallocate()
        local.deallocate()
    }

    var isOpen: Bool { context != nil }

    var isWritable: Bool { context?.channel.isWritable ?? false }

    /// A server connection that waits until this client takes more of a zone transfer.
    weak var transferSource: ServerConnection?

    private var mayTakeQuery: Bool {
        !takesNoMore && inFlight < loop.limits.inFlightPerConnectionMax
            && heldBytes + unreadBytes < loop.limits.heldBytesPerConnectionMax
    }

    // MARK: Queries

    /// Takes queries until one more would be too many, then asks for more input if it may.
    private func takeQueries() {
        // An answer that comes at once ends up here again.
        guard !isTaking else { return }
        isTaking = true
        loop.enter { view in
            while mayTakeQuery, isOpen, let message = framer.next() {
                partialSinceMilliseconds = nil
                taken += 1
                frontend.count(.queries)
                loop.decide(message, from: self, view)
                if taken >= loop.limits.queriesPerConnectionMax { finish() }
            }
        }
        isTaking = false
        if framer.bufferedBytes > 0, mayTakeQuery {
            partialSinceMilliseconds = partialSinceMilliseconds ?? loop.nowMilliseconds
        }
        closeIfDone()
        readMore()
    }

    private func readMore() {
        // The tick may come between the handler's addition and the channel's activation, and a read
        // that is asked for before that is lost.
        guard let context, context.channel.isActive, !isReading, !isInputClosed, mayTakeQuery
        else { return }
        isReading = true
        context.read()
    }

    /// A query of this client is on its way.
    func noteStarted(bytes: Int) {
        inFlight += 1
        heldBytes += bytes
    }

    /// A query of this client was answered or given up.
    func noteFinished(bytes: Int) {
        inFlight -= 1
        heldBytes -= bytes
        lastProgressMilliseconds = loop.nowMilliseconds
        if isOpen { takeQueries() }
    }

    /// Takes no more queries, and closes when those in flight are answered.
    func finish() {
        takesNoMore = true
        framer.clear()
        closeIfDone()
    }

    func close() { context?.close(promise: nil) }

    private func closeIfDone() {
        guard takesNoMore || isInputClosed, inFlight == 0, isOpen, !isTaking else { return }
        if hasUnflushedWrites { flush() }
        if unreadBytes == 0 { close() }
    }

    // MARK: Answers

    /// Writes a message with its length before it; flushed at the end of the loop's event.
    func write(_ framed: ByteBuffer) {
        guard let context else { return }
        context.write(wrapOutboundOut(framed), promise: nil)
        frontend.count(.responses)
        lastProgressMilliseconds = loop.nowMilliseconds
        if !hasUnflushedWrites {
            hasUnflushedWrites = true
            loop.flushLater(self)
        }
    }

    func flush() {
        hasUnflushedWrites = false
        context?.flush()
        lookAtUnread()
    }

    private func lookAtUnread() {
        guard let context else { return }
        let before = unreadBytes
        // A channel that does not tell (none of ours) is taken to have none.
        unreadBytes = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        if unreadBytes < before { lastProgressMilliseconds = loop.nowMilliseconds }
        loop.noteUnread(unreadBytes - before)
    }

    /// Closes what has been silent for too long; called by the loop's tick.
    func sweep(now: UInt64) {
        lookAtUnread()
        takeQueries()
        if now - startedMilliseconds >= UInt64(loop.limits.connectionMillisecondsMax) { finish() }
        guard isOpen else { return }
        if unreadBytes > 0 {
            if now >= lastProgressMilliseconds + UInt64(loop.limits.clientSendMilliseconds) {
                loop.counters.add(.slowReaderCloses)
                close()
            }
            return
        }
        if let since = partialSinceMilliseconds,
            now >= since + UInt64(loop.limits.queryReceiveMilliseconds)
        {
            loop.counters.add(.idleCloses)
            return close()
        }
        if inFlight == 0,
            now >= lastProgressMilliseconds + UInt64(loop.limits.clientIdleMilliseconds)
        {
            loop.counters.add(.idleCloses)
            close()
        }
    }
}

// MARK: - Channel events

extension ClientConnection {
    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        frontend.count(.connections)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        frontend.count(.ended)
    }

    func channelActive(context: ChannelHandlerContext) { readMore() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastProgressMilliseconds = loop.nowMilliseconds
        guard !takesNoMore else { return }
        framer.append(unwrapInboundIn(data))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        takeQueries()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard context.channel.isWritable else { return }
        lookAtUnread()
        resumeTransfer()
        takeQueries()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // The client has no more queries, but waits for the answers to those it sent.
        if case .inputClosed? = event as? ChannelEvent {
            isInputClosed = true
            takeQueries()
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        framer.clear()
        loop.noteUnread(-unreadBytes)
        unreadBytes = 0
        loop.remove(self)
        resumeTransfer()
    }

    private func resumeTransfer() {
        guard let source = transferSource else { return }
        transferSource = nil
        source.resume(clientIsOpen: isOpen)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
