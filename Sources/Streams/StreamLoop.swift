// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import DNSWire
import Glibc
import NIOCore
import Proxy

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
    /// Owns the memory that the pipeline counts in.
    private let planeCounters: PlaneCounters
    var pipeline: Pipeline
    private var view: UnsafePointer<PlaneView>?
    private var unflushed: [Unflushed] = []

    private var clients: [ObjectIdentifier: ClientConnection] = [:]
    private var clientsByAddress: [IPAddress: Int] = [:]
    private var connections: [ServerID: ServerConnection] = [:]
    /// Those that are full, or carry a transfer: closed when they have nothing left to do.
    private var furtherConnections: [ObjectIdentifier: ServerConnection] = [:]
    private(set) var inFlight = 0
    /// Octets that all clients together have not taken.
    private var unreadBytes = 0
    private var isStopping = false

    init(
        eventLoop: any EventLoop, thread: Int, reader: SnapshotReader, limits: StreamLimits,
        counters: StreamCounterTable, planeCounters: PlaneCounters
    ) {
        self.eventLoop = eventLoop
        self.thread = thread
        self.reader = reader
        self.limits = limits
        self.counters = counters
        self.planeCounters = planeCounters
        pipeline = Pipeline(
            thread: thread, counters: planeCounters.counters(thread: thread),
            seed: .random(in: .min ... .max))
    }

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
            pipeline.counters.count(.aclDrops)
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

    /// A client has taken, or left, so many octets more than at the last look.
    func noteUnread(_ change: Int) {
        unreadBytes += change
        guard change > 0, unreadBytes > limits.unreadBytesMax,
            let slowest = clients.values.max(by: { $0.unreadBytes < $1.unreadBytes })
        else { return }
        counters.add(.slowReaderCloses)
        slowest.close()
    }

    /// Answers a query, drops it or sends it on; `framed` has its length before it.
    func decide(
        _ framed: ByteBuffer, from client: ClientConnection, _ view: UnsafePointer<PlaneView>
    ) {
        // A copy of its own: the slice would keep the whole read alive, and an answer of ours,
        // which is written in its place, may be longer.
        let length = framed.readableBytes - 2
        var query = ByteBufferAllocator().buffer(
            capacity: 2 + max(length, LocalAnswer.bytesMax))
        query.writeImmutableBuffer(framed)
        let identity = Self.identity(of: framed)
        let now = MonotonicClock.microseconds
        let decision = query.withVeryUnsafeMutableBytes { bytes in
            pipeline.decide(
                UnsafeMutableRawBufferPointer(rebasing: bytes[2...]), length: length,
                client: client.remote, local: client.local, overTCP: true, nowMicroseconds: now,
                view: view)
        }
        switch decision {
        case .drop:
            client.finish()
        case .answer(let length):
            query.setInteger(UInt16(length), at: 0)
            query.moveWriterIndex(to: 2 + length)
            client.write(query)
        case .forward(let ordinal, let questionEnd):
            let server = view.pointee.servers + Int(ordinal)
            guard let identity, let target = ServerTarget(server.pointee) else {
                return client.finish()
            }
            let exchange = Exchange(
                client: client, server: server.pointee.handle, target: target, query: query,
                identity: identity, questionEnd: questionEnd)
            start(exchange, nowMicroseconds: now)
        }
    }

    private static func identity(of framed: ByteBuffer) -> RequestIdentity? {
        framed.withUnsafeReadableBytes { bytes in
            DNSMessageView(UnsafeRawBufferPointer(rebasing: bytes.dropFirst(2)))
                .map { RequestIdentity($0) }
        }
    }

    private func start(_ exchange: Exchange, nowMicroseconds: UInt64) {
        inFlight += 1
        exchange.server.noteStarted()
        exchange.server.takeQueryToken(nowMicroseconds: nowMicroseconds)
        exchange.client.noteStarted(bytes: exchange.heldBytes)
        connection(for: exchange).send(exchange)
    }
}

// MARK: - Servers

extension StreamLoop {
    private func connection(for exchange: Exchange) -> ServerConnection {
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
