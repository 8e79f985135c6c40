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
    /// Clamped; a reload changes it.
    var limits: StreamLimits
    let counters: StreamCounterTable
    private let reader: SnapshotReader
    /// Owns the memory that the pipeline counts in.
    private let planeCounters: PlaneCounters
    var pipeline: Pipeline
    private var view: UnsafePointer<PlaneView>?
    private var unflushed: [Unflushed] = []

    var clients: [ObjectIdentifier: ClientConnection] = [:]
    var clientsByAddress: [IPAddress: Int] = [:]
    var connections: [ServerID: ServerConnection] = [:]
    /// Those that are full, or carry a transfer: closed when they have nothing left to do.
    var furtherConnections: [ObjectIdentifier: ServerConnection] = [:]
    var inFlight = 0
    /// Octets that all clients together have not taken.
    var unreadBytes = 0
    var isStopping = false

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
