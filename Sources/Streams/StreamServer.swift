// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import Balancing
public import Declarations
import Glibc
import NIOCore
import NIOPosix
public import Proxy
import Synchronization

/// Serves DNS over TCP on one event loop of its own, which is the last plane thread.
///
/// Control calls it from its own thread; nothing here waits for the loop except ``stop`` and
/// ``commit``. Snapshots come through the ``SnapshotCell`` that the workers use too.
public final class StreamServer: Sendable {
    /// Listeners that have their addresses and do not accept yet; dropped, they are given back.
    public struct Prepared: Sendable {
        let fresh: [BoundSocket]
        let kept: Set<ListenerKey>

        /// The new listeners' addresses, with the ports that the kernel chose.
        public var endpoints: [Endpoint] { fresh.map(\.endpoint) }
    }

    private let group: MultiThreadedEventLoopGroup
    private let eventLoop: any EventLoop
    private let loop: NIOLoopBoundBox<StreamLoop>
    /// The listening channels.
    private let listening: NIOLoopBoundBox<[ListenerKey: any Channel]>
    private let counterTable: StreamCounterTable
    private let truncations: TruncationSignal?
    /// Of each listener over TCP. It outlives the loop, which counts in it.
    public let frontends = FrontendTable(threads: 1)
    private let beat = Atomic<UInt64>(0)
    private let clients = Atomic<Int>(0)
    private let hasStopped = Atomic<Bool>(false)
    private let known = Mutex<[ListenerKey: Endpoint]>([:])

    /// - Parameters:
    ///   - cell: where control publishes; it must outlive the server's ``stop``.
    ///   - thread: this loop's index among the plane's threads: the number of workers.
    ///   - counters: the plane's, of which this thread's are counted here.
    ///   - truncations: the plane's, which tells which servers will be asked over TCP next.
    public init(
        cell: SnapshotCell, thread: Int, counters: PlaneCounters,
        limits: StreamLimits = StreamLimits(), truncations: TruncationSignal? = nil
    ) {
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let eventLoop = group.next()
        self.eventLoop = eventLoop
        let table = StreamCounterTable()
        counterTable = table
        let reader = cell.reader(thread: thread)
        let limits = limits.clamped
        loop = .makeBoxSendingValue(
            StreamLoop(
                eventLoop: eventLoop, thread: thread, reader: reader, limits: limits,
                counters: table, planeCounters: counters),
            eventLoop: eventLoop)
        listening = .makeBoxSendingValue([:], eventLoop: eventLoop)
        self.truncations = truncations
        truncations?.observe { [eventLoop, loop] in
            eventLoop.execute { loop.value.prepareForRetries() }
        }
        eventLoop.scheduleRepeatedTask(
            initialDelay: .zero, delay: .milliseconds(StreamLoop.tickMilliseconds)
        ) { [weak self] task in
            guard let self else { return task.cancel() }
            tick()
        }
    }

    private func tick() {
        loop.value.tick()
        clients.store(loop.value.clientCount, ordering: .relaxed)
        beat.store(NIODeadline.now().uptimeNanoseconds, ordering: .relaxed)
    }

    /// Changes what clients may do, also for those that are connected: those that hold more than
    /// they may keep it. Any thread; done when the loop comes to it.
    public func setLimits(_ limits: StreamLimits) {
        guard !hasStopped.load(ordering: .relaxed) else { return }
        let limits = limits.clamped
        eventLoop.execute { [loop] in loop.value.limits = limits }
    }

    /// When the loop last looked at its clock, in nanoseconds of the monotonic clock: a heart-beat
    /// every ``StreamLoop/tickMilliseconds``.
    public var lastBeatNanoseconds: UInt64 { beat.load(ordering: .relaxed) }

    /// Clients connected at the last beat.
    public var clientCount: Int { clients.load(ordering: .relaxed) }

    public func total(_ counter: StreamCounter) -> UInt64 { counterTable.value(counter) }

    /// The addresses it accepts on.
    public var endpoints: [Endpoint] { known.withLock { Array($0.values) } }

    /// Binds the listeners that are new, without accepting; those in use stay as they are.
    public func prepare(_ listeners: [ListenerDeclaration]) throws(StreamError) -> Prepared {
        let current = known.withLock { Set($0.keys) }
        var wanted = Set<ListenerKey>()
        var fresh: [BoundSocket] = []
        for listener in listeners where wanted.insert(ListenerKey(listener)).inserted {
            guard !current.contains(ListenerKey(listener)) else { continue }
            fresh.append(try BoundSocket(listener))
        }
        return Prepared(fresh: fresh, kept: current.intersection(wanted))
    }

    /// Accepts on what was prepared, and no more on what is not in it. Connections that were
    /// accepted stay. The addresses that could not be served after all are thrown as the first's
    /// error; the others are served.
    public func commit(_ prepared: Prepared) throws(StreamError) {
        guard !hasStopped.load(ordering: .relaxed) else { throw .stopped }
        var failure: StreamError?
        for socket in prepared.fresh {
            do {
                try socket.listen()
                try accept(on: socket)
            } catch {
                failure = failure ?? error
            }
        }
        let wanted = prepared.kept.union(prepared.fresh.map { ListenerKey($0.listener) })
        let removed = known.withLock { known in
            let removed = known.keys.filter { !wanted.contains($0) }
            for listener in removed { known[listener] = nil }
            return removed
        }
        eventLoop.execute { [listening] in
            for listener in removed {
                listening.value.removeValue(forKey: listener)?.close(promise: nil)
            }
        }
        if let failure { throw failure }
    }

    /// Stops accepting, lets queries in flight be answered for at most `drainMilliseconds`, closes
    /// everything and ends the loop's thread. A second call waits for nothing.
    public func stop(drainMilliseconds: Int = 2_000) async {
        let deadline = NIODeadline.now() + .milliseconds(Int64(drainMilliseconds))
        // A loop that has ended answers no more: a second call must not ask it.
        guard !hasStopped.exchange(true, ordering: .relaxed) else { return }
        known.withLock { $0.removeAll() }
        truncations?.observe(nil)
        do {
            try await eventLoop.submit { [loop, listening] in
                for channel in listening.value.values { channel.close(promise: nil) }
                listening.value = [:]
                loop.value.drain()
            }.get()
            while NIODeadline.now() < deadline,
                !(try await eventLoop.submit { [loop] in loop.value.isDrained }.get())
            {
                try await eventLoop.scheduleTask(in: .milliseconds(10)) {}.futureResult.get()
            }
            try await eventLoop.submit { [loop] in loop.value.closeAll() }.get()
            try await group.shutdownGracefully()
        } catch {
            // The loop has ended: there is nothing left to stop.
        }
    }
}

extension StreamServer {
    private func accept(on socket: BoundSocket) throws(StreamError) {
        let listener = ListenerKey(socket.listener)
        let endpoint = socket.endpoint
        let descriptor = try socket.duplicate()
        let bootstrap = ServerBootstrap(group: group)
            // NIO listens again, with 128 unless it is told: fewer than `tcpListenQueueSize` says.
            .serverChannelOption(
                .backlog, value: Int32(clamping: socket.listener.tcpListenQueueSize)
            )
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    // Out of descriptors: accept again in a second, rather than spin.
                    try channel.pipeline.syncOperations.addHandler(AcceptBackoffHandler())
                }
            }
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 1 << 15, high: 1 << 16))
            .childChannelInitializer { [loop, frontends] channel in
                channel.eventLoop.makeCompletedFuture {
                    try Self.admit(channel, loop.value, frontends[endpoint])
                }
            }
        do {
            let channel = try bootstrap.withBoundSocket(descriptor).wait()
            eventLoop.execute { [listening] in listening.value[listener] = channel }
            known.withLock { $0[listener] = endpoint }
        } catch {
            throw .listener(endpoint, call: "accept", code: (error as? IOError)?.errnoCode ?? 0)
        }
    }

    private struct Refused: Error {}

    /// Gives a new connection its handler, or throws, which closes it.
    private static func admit(
        _ channel: any Channel, _ loop: StreamLoop, _ frontend: FrontendCounters
    ) throws {
        guard let remote = channel.remoteAddress.map(storage), let address = remote.address,
            loop.admits(address)
        else { throw Refused() }
        let local = channel.localAddress.map(storage)?.storage ?? sockaddr_storage()
        let client = ClientConnection(
            remote: remote.storage, local: local, address: address, loop: loop,
            frontend: frontend)
        try channel.pipeline.syncOperations.addHandler(client)
        loop.add(client)
    }

    private static func storage(
        _ address: SocketAddress
    ) -> (storage: sockaddr_storage, address: IPAddress?) {
        var storage = sockaddr_storage()
        address.withSockAddr { pointer, length in
            withUnsafeMutableBytes(of: &storage) { bytes in
                bytes.copyMemory(
                    from: UnsafeRawBufferPointer(start: pointer, count: min(length, bytes.count)))
            }
        }
        let parsed = withUnsafePointer(to: &storage) {
            IPAddress(rawSocketAddress: UnsafeRawPointer($0))
        }
        return (storage, parsed)
    }
}
