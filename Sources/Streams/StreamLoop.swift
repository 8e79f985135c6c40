// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import DNSWire
import Glibc
import NIOCore

/// Everything that happens on the stream loop: its clients, its connections to servers, and the
/// plane thread's own share of balancing. Never leaves its event loop.
final class StreamLoop {
    /// How often silence and lateness are looked for.
    static let tickMilliseconds: Int64 = 100

    /// A connection with something written and not flushed.
    private enum Unflushed {
        case client(ClientConnection)
        case server(ServerConnection)
    }

    let eventLoop: any EventLoop
    /// The plane thread's index.
    let thread: Int
    let limits: StreamLimits
    let counters: StreamCounterTable
    private let reader: SnapshotReader
    private let generator: UnsafeMutablePointer<SelectionGenerator>
    private var view: UnsafePointer<PlaneView>?
    private var unflushed: [Unflushed] = []

    private var clients: [ObjectIdentifier: ClientConnection] = [:]
    private var clientsByAddress: [IPAddress: Int] = [:]
    private var connections: [ServerID: ServerConnection] = [:]
    /// Those that are full, or carry a transfer: closed when they have nothing left to do.
    private var furtherConnections: [ObjectIdentifier: ServerConnection] = [:]
    private(set) var inFlight = 0
    private var isStopping = false

    init(
        eventLoop: any EventLoop, thread: Int, reader: SnapshotReader, limits: StreamLimits,
        counters: StreamCounterTable
    ) {
        self.eventLoop = eventLoop
        self.thread = thread
        self.reader = reader
        self.limits = limits
        self.counters = counters
        generator = .allocate(capacity: 1)
        generator.initialize(to: SelectionGenerator(seed: .random(in: .min ... .max)))
    }

    deinit { generator.deallocate() }

    var nowMilliseconds: UInt64 { NIODeadline.now().uptimeNanoseconds / 1_000_000 }

    /// Holds the current snapshot for one event, and flushes at its end what the event wrote.
    ///
    /// Events nest, since closing one connection may call another's handler: the outermost decides.
    func enter(_ body: (UnsafePointer<PlaneView>) -> Void) {
        if let view { return body(view) }
        let view = reader.acquire()
        self.view = view
        body(view)
        while !unflushed.isEmpty {
            let batch = unflushed
            unflushed.removeAll(keepingCapacity: true)
            for connection in batch {
                switch connection {
                case .client(let client): client.flush()
                case .server(let server): server.flush()
                }
            }
        }
        self.view = nil
        reader.park()
    }

    func flushLater(_ client: ClientConnection) { unflushed.append(.client(client)) }

    func flushLater(_ server: ServerConnection) { unflushed.append(.server(server)) }
}

// MARK: - Clients

extension StreamLoop {
    /// Whether a new client may stay; counts the reason when it may not.
    func admits(_ address: IPAddress) -> Bool {
        counters.add(.connections)
        var isAllowed = false
        enter { view in isAllowed = view.pointee.acl.contains(address) }
        guard isAllowed else {
            counters.add(.aclDrops)
            return false
        }
        guard clients.count < limits.connectionsMax, !isStopping else {
            counters.add(.refusedByTotal)
            return false
        }
        guard clientsByAddress[address, default: 0] < limits.connectionsPerClientMax else {
            counters.add(.refusedByClient)
            return false
        }
        return true
    }

    func add(_ client: ClientConnection) {
        clients[ObjectIdentifier(client)] = client
        clientsByAddress[client.address, default: 0] += 1
    }

    func remove(_ client: ClientConnection) {
        guard clients.removeValue(forKey: ObjectIdentifier(client)) != nil else { return }
        let left = clientsByAddress[client.address, default: 1] - 1
        clientsByAddress[client.address] = left > 0 ? left : nil
    }

    var clientCount: Int { clients.count }

    /// Answers a query, drops it or sends it on; `framed` has its length before it.
    func decide(
        _ framed: ByteBuffer, from client: ClientConnection, _ view: UnsafePointer<PlaneView>
    ) {
        let decision = framed.withUnsafeReadableBytes { bytes in
            QueryDecision(
                UnsafeRawBufferPointer(rebasing: bytes.dropFirst(2)), from: client, view,
                generator: generator, thread: thread, counters: counters)
        }
        switch decision {
        case .close:
            client.finish()
        case .answer(let answer):
            answerOurselves(framed, to: client, answer)
        case .forward(let ordinal):
            forward(framed, from: client, to: view.pointee.servers + ordinal)
        }
    }

    private func answerOurselves(
        _ framed: ByteBuffer, to client: ClientConnection, _ answer: LocalAnswer
    ) {
        var buffer = ByteBufferAllocator().buffer(capacity: 2 + LocalAnswer.bytesMax)
        buffer.writeInteger(UInt16(0))
        let length = framed.withUnsafeReadableBytes { bytes -> Int in
            let message = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(2))
            guard let query = DNSMessageView(message) else { return 0 }
            return buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: LocalAnswer.bytesMax) {
                answer.write(to: query, question: query.question, into: $0)
            }
        }
        guard length > 0 else { return client.finish() }
        buffer.setInteger(UInt16(length), at: buffer.readerIndex)
        counters.add(.selfAnswered)
        client.write(buffer)
    }

    private func forward(
        _ framed: ByteBuffer, from client: ClientConnection, to server: UnsafePointer<ServerView>
    ) {
        guard let target = ServerTarget(server.pointee),
            let clientID = framed.getInteger(at: framed.readerIndex + 2, as: UInt16.self),
            let flags = framed.getInteger(at: framed.readerIndex + 4, as: UInt16.self)
        else { return client.finish() }
        // A copy of its own size: the slice would keep the whole read alive.
        var query = ByteBufferAllocator().buffer(capacity: framed.readableBytes)
        query.writeImmutableBuffer(framed)
        let exchange = Exchange(
            client: client, server: server.pointee.handle, target: target, query: query,
            clientID: clientID, clientFlags: DNSFlags(rawValue: flags))
        inFlight += 1
        exchange.server.noteStarted()
        exchange.server.takeQueryToken(nowMicroseconds: nowMilliseconds * 1_000)
        client.noteStarted(bytes: query.readableBytes)
        connection(for: exchange).send(exchange)
    }
}

// MARK: - Servers

extension StreamLoop {
    private func connection(for exchange: Exchange) -> ServerConnection {
        let id = exchange.target.id
        if let known = connections[id] {
            if known.hasRoom { return known }
            furtherConnections[ObjectIdentifier(known)] = known
        }
        let made = ServerConnection(exchange.target, loop: self)
        exchange.server.count(.tcpConnections, thread: thread)
        connections[id] = made
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
        var answer = framed
        answer.withUnsafeMutableReadableBytes { bytes in
            guard
                let writer = DNSHeaderWriter(
                    UnsafeMutableRawBufferPointer(rebasing: bytes.dropFirst(2)))
            else { return }
            writer.setID(exchange.clientID)
            writer.restoreRequestFlags(of: exchange.clientFlags)
        }
        if exchange.client.isOpen {
            counters.add(.responses)
            exchange.client.write(answer)
        }
        end(exchange)
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
            if view.pointee.answersServFailWhenNoServer {
                var query = exchange.query
                query.setInteger(exchange.clientID, at: query.readerIndex + 2)
                answerOurselves(
                    query, to: exchange.client,
                    LocalAnswer(
                        .serverFailure,
                        recursionAvailable: exchange.clientFlags.recursionDesired))
            } else {
                exchange.client.finish()
            }
            end(exchange)
        }
    }

    private func end(_ exchange: Exchange) {
        inFlight -= 1
        exchange.server.noteFinished()
        exchange.client.noteFinished(bytes: exchange.query.readableBytes)
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

// MARK: - Time

extension StreamLoop {
    /// Looks for what has been silent or is late.
    func tick() {
        let now = nowMilliseconds
        for connection in Array(connections.values) { connection.sweep(now: now) }
        for connection in Array(furtherConnections.values) {
            if connection.exchanges.isEmpty { connection.close() }
            connection.sweep(now: now)
        }
        for client in Array(clients.values) { client.sweep(now: now) }
    }

    /// Takes no more queries; clients are closed as theirs are answered.
    func drain() {
        isStopping = true
        for client in Array(clients.values) { client.finish() }
    }

    /// Nothing is in flight, and no client waits for octets.
    var isDrained: Bool { inFlight == 0 && clients.isEmpty }

    func closeAll() {
        isStopping = true
        for client in Array(clients.values) { client.close() }
        for connection in Array(connections.values) { connection.close() }
        for connection in Array(furtherConnections.values) { connection.close() }
    }
}
