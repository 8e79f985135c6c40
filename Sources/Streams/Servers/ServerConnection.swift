// SPDX-License-Identifier: Apache-2.0

import Balancing
import CLinux
import DNSWire
import NIOCore
import NIOPosix
import Proxy

/// A TCP connection to a server that carries many queries at once, told apart by random identifiers
/// (RFC 7766 §6.2.1, RFC 5452 §4.5). Confined to the stream loop.
final class ServerConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Queries in flight: a quarter of the identifiers, so that a random one is soon found free.
    static let inFlightMax = 16_384

    private enum State {
        case connecting, active, closed
    }

    /// How a connection came to its end.
    enum Loss {
        case connectTimeout, connectFailed, closed, writeTimeout, readTimeout
    }

    let target: ServerTarget
    private let loop: StreamLoop
    private var state = State.connecting
    private var context: ChannelHandlerContext?
    private var framer = MessageFramer()
    private(set) var exchanges: [UInt16: Exchange] = [:]
    /// Identifiers of the queries that wait for the connection, in order.
    private var waiting: [UInt16] = []
    private var hasCarriedQueries = false
    private var lastUseMilliseconds: UInt64
    private var unwritableSinceMilliseconds: UInt64?
    private var hasUnflushedWrites = false

    init(_ target: ServerTarget, loop: StreamLoop) {
        self.target = target
        self.loop = loop
        lastUseMilliseconds = loop.nowMilliseconds
    }

    var hasRoom: Bool { state != .closed && exchanges.count < Self.inFlightMax }

    /// It will be of use soon: its silence begins anew.
    func keep() { lastUseMilliseconds = loop.nowMilliseconds }

    func connect() {
        let handler = NIOLoopBound(self, eventLoop: loop.eventLoop)
        let interface = target.sourceInterfaceIndex
        let usesFastOpen = target.usesFastOpen
        var bootstrap = ClientBootstrap(group: loop.eventLoop)
            .connectTimeout(.milliseconds(Int64(target.connectTimeoutMilliseconds)))
            .channelOption(.writeBufferWaterMark, value: .init(low: 1 << 15, high: 1 << 16))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if interface != 0 { try Self.bind(channel, toInterface: interface) }
                    // A kernel without it connects in the ordinary way.
                    if usesFastOpen { try? Self.setFastOpen(channel) }
                    try channel.pipeline.syncOperations.addHandler(handler.value)
                }
            }
        if let source = target.source { bootstrap = bootstrap.bind(to: source) }
        bootstrap.connect(to: target.address).assumeIsolated().whenFailure { [self] error in
            let isTimeout =
                if let error = error as? ChannelError, case .connectTimeout = error { true } else {
                    false
                }
            lose(isTimeout ? .connectTimeout : .connectFailed)
        }
    }

    /// Sends a query, now or as soon as the connection is made. ``hasRoom`` must be true.
    func send(_ exchange: Exchange) {
        var id = UInt16.random(in: .min ... .max)
        while exchanges[id] != nil { id = UInt16.random(in: .min ... .max) }
        exchange.query.setInteger(id, at: exchange.query.readerIndex + 2)
        exchange.deadlineMilliseconds =
            loop.nowMilliseconds + UInt64(target.receiveTimeoutMilliseconds)
        exchanges[id] = exchange
        lastUseMilliseconds = loop.nowMilliseconds
        exchange.server.count(.queries, thread: loop.thread)
        if state == .active {
            if hasCarriedQueries {
                exchange.server.count(.tcpReusedConnections, thread: loop.thread)
            }
            write(exchange)
        } else {
            waiting.append(id)
        }
    }

    private func write(_ exchange: Exchange) {
        guard let context else { return }
        hasCarriedQueries = true
        context.write(wrapOutboundOut(exchange.query), promise: nil)
        if !hasUnflushedWrites {
            hasUnflushedWrites = true
            loop.flushLater(self)
        }
    }

    func flush() {
        hasUnflushedWrites = false
        context?.flush()
    }

    func close() {
        if let context { context.close(promise: nil) } else { lose(.closed) }
    }

    /// Kills timed-out queries and connections; called by the loop's tick.
    func sweep(now: UInt64) {
        if let since = unwritableSinceMilliseconds,
            now >= since + UInt64(target.sendTimeoutMilliseconds)
        {
            return lose(.writeTimeout)
        }
        if exchanges.isEmpty {
            if state == .active,
                now >= lastUseMilliseconds + UInt64(loop.limits.serverIdleMilliseconds)
            {
                close()
            }
            return
        }
        guard state == .active else { return }
        for exchange in exchanges.values where exchange.transfer != nil {
            // Nobody is left to read it, or its client is slower than the server, which is no fault
            // of the server's.
            if !exchange.client.isOpen { return close() }
            if !exchange.client.isWritable {
                exchange.deadlineMilliseconds =
                    now + UInt64(target.receiveTimeoutMilliseconds)
            }
        }
        let late = exchanges.filter { now >= $0.value.deadlineMilliseconds }
        for (id, exchange) in late {
            exchanges[id] = nil
            exchange.server.count(.tcpReadTimeouts, thread: loop.thread)
            exchange.server.count(.drops, thread: loop.thread)
            loop.pipeline.counters.count(.downstreamTimeouts)
            loop.fail(exchange)
        }
        // Nothing at all has come for as long: the next query is better off on a new connection.
        if !late.isEmpty,
            now >= lastUseMilliseconds + UInt64(target.receiveTimeoutMilliseconds)
        {
            lose(.readTimeout)
        }
    }

    /// Ends the connection and hands its queries back to be tried again.
    private func lose(_ loss: Loss) {
        guard state != .closed else { return }
        state = .closed
        loop.remove(self)
        let orphans = exchanges.values.sorted {
            $0.deadlineMilliseconds < $1.deadlineMilliseconds
        }
        exchanges = [:]
        framer.clear()
        loop.enter { _ in
            for exchange in orphans { loop.retry(exchange, after: loss) }
        }
        context?.close(promise: nil)
    }

    private static func setFastOpen(_ channel: any Channel) throws {
        // TCP_FASTOPEN_CONNECT, `linux/tcp.h`.
        try channel.syncOptions?.setOption(
            ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: 30)), value: 1)
    }

    private static func bind(_ channel: any Channel, toInterface index: UInt32) throws {
        // IP_UNICAST_IF's sibling for both families: SO_BINDTOIFINDEX, `asm-generic/socket.h`.
        try channel.syncOptions?.setOption(
            ChannelOptions.Types.SocketOption(level: .socket, name: .init(rawValue: 62)),
            value: SocketOptionValue(index))
    }
}

// MARK: - Channel events

extension ServerConnection {
    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        guard state == .connecting else {
            context.close(promise: nil)
            return
        }
        state = .active
        let now = loop.nowMilliseconds
        lastUseMilliseconds = now
        loop.enter { _ in
            let ids = waiting
            waiting = []
            for id in ids {
                guard let exchange = exchanges[id] else { continue }
                exchange.deadlineMilliseconds = now + UInt64(target.receiveTimeoutMilliseconds)
                write(exchange)
            }
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard state == .active else { return }
        lastUseMilliseconds = loop.nowMilliseconds
        framer.append(unwrapInboundIn(data))
        loop.enter { view in
            while state == .active, let message = framer.next() { receive(message, view) }
        }
    }

    private func receive(_ framed: ByteBuffer, _ view: UnsafePointer<PlaneView>) {
        let answered: Exchange? = framed.withUnsafeReadableBytes { bytes in
            guard
                let message = DNSMessageView(UnsafeRawBufferPointer(rebasing: bytes.dropFirst(2))),
                let exchange = exchanges[message.id], isAnswer(message, to: exchange)
            else { return nil }
            if exchange.transfer == nil {
                exchanges[message.id] = nil
                if message.responseCode == .serverFailure {
                    exchange.server.count(.serverFailures, thread: loop.thread)
                }
            }
            return exchange
        }
        // A stray message is left aside: its query, if it has one, may still be answered.
        guard let exchange = answered else {
            loop.pipeline.counters.count(.nonCompliantResponses)
            return
        }
        guard exchange.transfer == nil else { return relay(framed, of: exchange, view) }
        exchange.server.count(.responses, thread: loop.thread)
        loop.finish(exchange, with: framed, view)
    }

    private func isAnswer(_ message: DNSMessageView, to exchange: Exchange) -> Bool {
        // Later messages of a transfer may leave the question out (RFC 5936 §2.2.1).
        if exchange.transfer?.hasBegun == true, message.questionCount == 0 {
            return message.isResponse
        }
        return exchange.withQuestion { loop.pipeline.verify(message.bytes, question: $0) }
            == .accepted
    }

    /// Passes one message of a transfer on, and reads no further than its client does.
    private func relay(
        _ framed: ByteBuffer, of exchange: Exchange, _ view: UnsafePointer<PlaneView>
    ) {
        let step = framed.withUnsafeReadableBytes {
            exchange.transfer?.receive(UnsafeRawBufferPointer(rebasing: $0.dropFirst(2)))
        }
        // What has begun cannot begin again: the client has a part of it.
        exchange.retriesLeft = 0
        exchange.deadlineMilliseconds =
            loop.nowMilliseconds + UInt64(target.receiveTimeoutMilliseconds)
        switch step {
        case .more:
            loop.pass(framed, of: exchange, view)
            exchange.client.flush()
            if !exchange.client.isWritable { pause(for: exchange.client) }
        case .complete:
            exchanges = [:]
            exchange.server.count(.responses, thread: loop.thread)
            loop.finish(exchange, with: framed, view)
            close()
        case .broken, nil:
            loop.pipeline.counters.count(.nonCompliantResponses)
            close()
        }
    }

    private func pause(for client: ClientConnection) {
        client.transferSource = self
        setReading(false)
    }

    /// The client of a transfer takes more, or is gone.
    func resume(clientIsOpen: Bool) {
        if clientIsOpen { setReading(true) } else { close() }
    }

    private func setReading(_ isReading: Bool) {
        // A channel that is closing takes no options, and needs none.
        try? context?.channel.syncOptions?.setOption(.autoRead, value: isReading)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        unwritableSinceMilliseconds = context.channel.isWritable ? nil : loop.nowMilliseconds
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) { lose(.closed) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
