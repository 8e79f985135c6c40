// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPSpeaker
import Balancing
import Declarations
import Glibc
import Logging
import Probing
import Proxy
import Streams
import Synchronization

/// The parts that must never stop, as control and the way down hold them (DESIGN §2): publish,
/// command, read.
///
/// It outlives a control that hangs: ``stop(text:)`` needs nothing from control's loop. The
/// plane's owner is whoever has its lock, which control has for short calls only.
final class PlaneHandles: @unchecked Sendable {
    // Unchecked: `plane`, `prepared` and `streamWatch` are touched under `lock` alone.
    let speaker: Speaker
    private let lock = Mutex(())
    private let plane: Plane
    private let streams: StreamServer
    private let cell: SnapshotCell
    private let counts: PlaneCounters
    /// Queries that our own checks sent.
    let tally: QueryTally
    private var prepared: Prepared?
    private var streamWatch = BeatWatch()

    /// Listeners that are bound and not served yet.
    private struct Prepared {
        let datagram: PreparedListeners
        let stream: StreamServer.Prepared
    }

    init(
        workers: Int, slab: ServerSlab, statistics: PolicyStatisticsTable, tally: QueryTally,
        logger: Logger,
        onSessionEvent: @escaping @Sendable (SpeakerEvent) -> Void
    ) throws(DaemonError) {
        self.tally = tally
        do {
            let nothing = try PlaneSnapshot(
                DeclaredConfiguration(path: ""), generation: 0, handles: [], slab: slab,
                statistics: statistics)
            cell = SnapshotCell(planeThreads: workers + 1, nothing)
            var options = PlaneOptions()
            options.workers = workers
            let truncations = TruncationSignal()
            plane = try Plane(cell: cell, options: options, truncations: truncations)
            counts = plane.counters
            streams = StreamServer(
                cell: cell, thread: workers, counters: counts, truncations: truncations)
        } catch {
            throw .listener("the plane cannot start: \(error)")
        }
        speaker = Speaker(
            routerID: Controller.defaultRouterID(LocalAddresses.current() ?? []), logger: logger,
            onEvent: onSessionEvent)
    }

    // MARK: - Commands

    /// Binds what is wanted and not bound yet, for UDP and TCP; serves nothing of it yet.
    func prepare(_ listeners: [ListenerDeclaration]) throws(DaemonError) {
        do {
            try lock.withLock { _ in
                let datagram = try plane.prepare(listeners: listeners)
                let stream = try streams.prepare(listeners)
                prepared = Prepared(datagram: datagram, stream: stream)
            }
        } catch PlaneError.addressInUse(let endpoint) {
            let owner = PortOwner.processID(ofDatagramPort: endpoint).map { "process \($0)" }
            throw .listener(
                "listen on \(endpoint): \(owner ?? "another process") has the port; "
                    + "stop it, or listen elsewhere")
        } catch {
            throw .listener("\(error)")
        }
    }

    /// Refuses a generation whose new BGP listeners cannot be bound. The speaker binds them itself,
    /// on its own loop and after the point of no return.
    func probe(_ listeners: [Endpoint]) throws(DaemonError) {
        for endpoint in listeners {
            let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
            let descriptor = socket(endpoint.address.family == .v4 ? AF_INET : AF_INET6, type, 0)
            guard descriptor >= 0 else {
                throw .system(call: "socket", object: "\(endpoint)", code: errno)
            }
            defer { close(descriptor) }
            var on: Int32 = 1
            let size = socklen_t(MemoryLayout<Int32>.size)
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size)
            let (address, length) = endpoint.socketAddress
            let isFree = withUnsafePointer(to: address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, length) == 0 && listen(descriptor, 1) == 0
                }
            }
            guard isFree else {
                throw .listener("BGP listener \(endpoint): \(String(cString: strerror(errno)))")
            }
        }
    }

    /// Gives back what ``prepare(_:)`` bound.
    func abandon() {
        lock.withLock { _ in prepared = nil }
    }

    /// Serves what was prepared; what is no longer wanted is drained and closed. Returns what could
    /// not be served over TCP after all.
    func commit() async -> String? {
        let stream = lock.withLock { _ -> StreamServer.Prepared? in
            if let datagram = prepared?.datagram { plane.commit(datagram) }
            defer { prepared = nil }
            return prepared?.stream
        }
        guard let stream else { return nil }
        // It waits for the stream loop, which an event loop's thread must not.
        let failure = await BuilderThread.run { [streams] () -> String? in
            do throws(StreamError) {
                try streams.commit(stream)
                return nil
            } catch {
                return "\(error)"
            }
        }
        return failure ?? "the stream loop does not take the listeners"
    }

    /// What clients over TCP may do from now on, those that are connected too.
    func setStreamLimits(_ limits: StreamLimits) {
        streams.setLimits(limits)
    }

    /// Makes a snapshot the current one of all plane threads.
    func publish(_ snapshot: PlaneSnapshot) throws(BalancingError) {
        try cell.publish(snapshot)
    }

    /// Gives a pool of the current snapshot its new plan.
    func publish(_ plan: ServerPlan, pool: Int) throws(BalancingError) {
        try cell.publish(plan, pool: pool)
    }

    /// Gives the plane the dynamic blocks there are.
    func publish(_ blocks: DynamicBlockTable) {
        cell.publish(blocks)
    }

    /// Frees snapshots that no thread can see any more.
    func collect() {
        cell.collect()
    }

    // MARK: - Reading

    /// Says when the limit of open files is too low for a configuration.
    func fileShortage(for configuration: DeclaredConfiguration) -> String? {
        let (limit, workers) = lock.withLock { _ in (plane.fileLimit, plane.workers) }
        return DescriptorNeed(
            servers: configuration.servers, listeners: configuration.effectiveListeners.count,
            clients: StreamLimits.connections.standard, workers: workers
        ).shortage(limit: limit)
    }

    /// What the plane saw lately. For control's thread.
    var traffic: TrafficRings { cell.published.traffic }

    /// The rules of the snapshot that serves, and the stores they ask. For control's thread.
    var rules: [RuleSummary] { cell.published.rules }
    var stores: [KeyValueStore] { cell.published.stores }

    var boundEndpoints: [String] {
        lock.withLock { _ in plane.boundEndpoints.map(\.description) }
    }

    /// A listener as it is counted, over one transport.
    struct Frontend {
        let address: String
        /// `UDP` or `TCP`.
        let proto: String
        let counters: FrontendCounters
    }

    /// What serves now.
    var frontends: [Frontend] {
        let datagram = lock.withLock { _ in plane.boundEndpoints }.map {
            Frontend(address: "\($0)", proto: "UDP", counters: plane.frontends[$0])
        }
        let stream = streams.endpoints.map {
            Frontend(address: "\($0)", proto: "TCP", counters: streams.frontends[$0])
        }
        return datagram + stream.sorted { $0.address < $1.address }
    }

    /// Looks whether the plane's threads move on; returns what has changed since the last look. The
    /// stream loop has no stand-in.
    func supervise(nowMicroseconds: UInt64) -> (workers: [WorkerEvent], stream: BeatWatch.Change?) {
        lock.withLock { _ in
            (
                plane.supervise(nowMicroseconds: nowMicroseconds),
                streamWatch.look(
                    streams.lastBeatNanoseconds, nowMicroseconds: nowMicroseconds)
            )
        }
    }

    var workerStates: [WorkerState] { lock.withLock { _ in plane.workerStates } }

    var isStreamLoopStuck: Bool { lock.withLock { _ in streamWatch.isStuck } }

    /// Sums over all threads, under dnsdist's names and, for TCP, ours.
    func counters() -> [String: UInt64] {
        var result: [String: UInt64] = [:]
        for counter in PlaneCounter.allCases { result[counter.name] = counts[counter] }
        for counter in StreamCounter.allCases {
            result["tcp-\(counter.name)"] = streams.total(counter)
        }
        return result
    }

    // MARK: - The end

    /// Withdraws and says Cease first, then lets queries in flight end (DESIGN §9).
    func stop(text: String) async {
        await speaker.shutdown(text: text, deadlineSeconds: 5)
        async let stopped: Void? = BuilderThread.run { [self] in
            lock.withLock { _ in plane.stop() }
        }
        await streams.stop()
        _ = await stopped
    }
}

extension StreamCounter {
    /// In the manner of dnsdist's own names.
    var name: String {
        switch self {
        case .connections: "connections"
        case .refusedByTotal: "refused-total"
        case .refusedByClient: "refused-client"
        case .idleCloses: "idle-closes"
        case .slowReaderCloses: "slow-reader-closes"
        case .givenUp: "gaveup"
        }
    }
}
