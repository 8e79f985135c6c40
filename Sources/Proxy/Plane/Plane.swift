// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import Balancing
import CLinux
public import Declarations
import Glibc
import Synchronization

/// The UDP data plane: its workers, their listeners, and what they count.
///
/// One thread owns it (control); ``counters`` and ``heartbeats`` may be read by any. Snapshots reach
/// the workers by the cell, which the stream loop reads as well: its index is ``workers``.
public final class Plane {
    /// Listeners of one configuration, at most; ``ListenerTable/capacity`` leaves room for those of
    /// the one before.
    public static let listenersMax = 1_000

    struct Serving {
        let declaration: ListenerDeclaration
        let endpoint: Endpoint
        let token: UInt64
        /// By worker. Theirs to close, which they do after they were told to leave it.
        let descriptors: [Int32]
    }

    /// The number of worker threads, and the plane thread index of the stream loop.
    public let workers: Int
    public var planeThreads: Int { workers + 1 }
    /// Of all plane threads, the stream loop's among them.
    public let counters: PlaneCounters
    /// Of each listener over UDP.
    public let frontends: FrontendTable
    /// The soft limit of open files after raising it.
    public let fileLimit: Int

    private let cell: SnapshotCell
    private let options: PlaneOptions
    let mailboxes: [WorkerMailbox]
    private var threads: [UInt64] = []
    private(set) var serving: [Serving] = []
    /// By worker: whether it moves on, and who reads its listeners, by their tokens, when it does not.
    var watches: [BeatWatch]
    var covers: [[UInt64: Cover]]
    /// Tokens of removed listeners, with the workers that have not closed theirs yet.
    private var draining: [UInt64: (endpoint: Endpoint, workers: Int)] = [:]
    private var nextToken: UInt64 = 1

    /// The workers that `options` ask for: what the cell, the slab and the scripts must be made for,
    /// and one thread more for the stream loop.
    public static func workerCount(_ options: PlaneOptions) -> Int {
        let wanted = options.workers > 0 ? options.workers : Int(clinux_processor_count())
        return min(wanted, PlaneOptions.workersMax)
    }

    /// Starts the workers. They serve nothing until listeners are committed.
    ///
    /// - Parameters:
    ///   - cell: made for ``workerCount(_:)`` plus one threads.
    ///   - truncations: raised when a server truncates; the stream loop's too.
    public init(
        cell: SnapshotCell, options: PlaneOptions = PlaneOptions(),
        truncations: TruncationSignal = TruncationSignal()
    ) throws(PlaneError) {
        workers = Self.workerCount(options)
        precondition(cell.planeThreads == workers + 1, "a cell for the workers and the stream loop")
        self.cell = cell
        self.options = options
        counters = PlaneCounters(planeThreads: workers + 1)
        frontends = FrontendTable(threads: workers)
        fileLimit = Int(clinux_raise_file_limit(Self.filesWanted))
        var mailboxes: [WorkerMailbox] = []
        for _ in 0..<workers { mailboxes.append(try WorkerMailbox()) }
        self.mailboxes = mailboxes
        watches = Array(repeating: BeatWatch(), count: workers)
        covers = Array(repeating: [:], count: workers)
        do throws(PlaneError) {
            for index in 0..<workers { try start(index, truncations) }
        } catch {
            stop(inFlightMilliseconds: 0)
            throw error
        }
    }

    deinit {
        stop(inFlightMilliseconds: 0)
    }

    /// What a worker has, beyond its queries, for the rest: closing some thousands of sockets.
    private static let endMicroseconds: UInt64 = 1_000_000

    /// 1 000 servers with four sockets in each of 64 workers, and room for TCP.
    private static let filesWanted: UInt64 = 524_288

    private func start(_ index: Int, _ truncations: TruncationSignal) throws(PlaneError) {
        let place = UnsafeMutablePointer<Worker>.allocate(capacity: 1)
        do throws(PlaneError) {
            place.initialize(
                to: try Worker(
                    index: index, mailbox: mailboxes[index], reader: cell.reader(thread: index),
                    counters: counters.counters(thread: index), options: options,
                    truncations: truncations))
        } catch {
            place.deallocate()
            throw error
        }
        var thread: UInt64 = 0
        let result = clinux_thread_start(
            &thread, "pharos-udp-\(index)",
            { context in
                // Moved in: from here on it is this thread's alone.
                let place = context!.assumingMemoryBound(to: Worker.self)  // never started with nil
                var worker = place.move()
                place.deallocate()
                worker.run()
                return nil
            }, place)
        guard result == 0 else {
            place.deinitialize(count: 1)
            place.deallocate()
            throw .resources("thread", errno: -result)
        }
        threads.append(thread)
    }

    // MARK: - Listeners

    /// Binds what is wanted and not served yet; changes nothing that is served.
    ///
    /// Throws when an address is another process's, or cannot be bound. Kept across it, and across
    /// ``commit(_:)``, are the sockets of every listener that is declared as before.
    public func prepare(
        listeners: [ListenerDeclaration]
    ) throws(PlaneError) -> PreparedListeners {
        guard !isStopped else { throw .stopped }
        guard listeners.count <= Self.listenersMax else {
            throw .tooManyListeners(listeners.count, max: Self.listenersMax)
        }
        noteClosed()
        var wanted = Set<Endpoint>()
        for listener in listeners where listener.endpoint.port != 0 {
            guard wanted.insert(listener.endpoint).inserted else {
                throw .repeatedListener(listener.endpoint)
            }
        }
        var removed = Set(serving.map(\.token))
        var opened: [PreparedListeners.Opened] = []
        var absent: [Endpoint] = []
        do throws(PlaneError) {
            for listener in listeners {
                if !ListenerSockets.isOnThisHost(listener) { absent.append(listener.endpoint) }
                if let kept = serving.first(where: {
                    removed.contains($0.token) && Self.isSame($0.declaration, listener)
                }) {
                    removed.remove(kept.token)
                    continue
                }
                opened.append(try open(listener, besides: opened))
            }
        } catch {
            for listener in opened { listener.descriptors.forEach { close($0) } }
            throw error
        }
        return PreparedListeners(
            notOnThisHost: absent, opened: opened, removed: removed.sorted())
    }

    /// Hands prepared listeners to the workers: new ones are read from now on, removed ones are
    /// drained and closed.
    public func commit(_ prepared: PreparedListeners) {
        guard !isStopped else { return }
        for listener in prepared.opened {
            for (worker, descriptor) in listener.descriptors.enumerated() {
                mailboxes[worker].send(
                    .add(
                        BoundListener(
                            token: listener.token, descriptor: descriptor,
                            endpoint: listener.endpoint,
                            counters: frontends[listener.endpoint].counters(thread: worker))))
            }
            serving.append(
                Serving(
                    declaration: listener.declaration, endpoint: listener.endpoint,
                    token: listener.token, descriptors: listener.descriptors))
        }
        prepared.opened = []
        let removed = Set(prepared.removed)
        for listener in serving where removed.contains(listener.token) {
            draining[listener.token] = (listener.endpoint, workers)
            for mailbox in mailboxes { mailbox.send(.remove(token: listener.token)) }
        }
        serving.removeAll { removed.contains($0.token) }
        if watches.contains(where: \.isStuck) { arrangeCovers() }
    }

    /// What is bound, with the ports the kernel gave to listeners that declare port 0.
    public var boundEndpoints: [Endpoint] { serving.map(\.endpoint) }

    /// Endpoints of removed listeners whose last answers are still awaited.
    public var drainingEndpoints: [Endpoint] {
        noteClosed()
        return draining.values.map(\.endpoint)
    }

    private func open(
        _ listener: ListenerDeclaration, besides opened: [PreparedListeners.Opened]
    ) throws(PlaneError) -> PreparedListeners.Opened {
        let ours =
            serving.map(\.endpoint) + opened.map(\.endpoint) + draining.values.map(\.endpoint)
        // Our own sockets would answer the probe: those of a wildcard, or of a listener that is
        // draining still.
        if !ours.contains(where: { Self.overlap($0, listener.endpoint) }) {
            try ListenerSockets.probe(listener)
        }
        let (endpoint, descriptors) = try ListenerSockets.open(
            listener, workers: workers, receiveBufferBytes: options.receiveBufferBytes)
        return PreparedListeners.Opened(
            declaration: listener, endpoint: endpoint, token: takeToken(), descriptors: descriptors)
    }

    func takeToken() -> UInt64 {
        defer { nextToken += 1 }
        return nextToken
    }

    /// The length of TCP's queue is not ours.
    private static func isSame(_ left: ListenerDeclaration, _ right: ListenerDeclaration) -> Bool {
        left.endpoint == right.endpoint && left.interface == right.interface
    }

    private static func overlap(_ left: Endpoint, _ right: Endpoint) -> Bool {
        left.port == right.port && left.address.family == right.address.family
            && (left.address == right.address || left.address.isUnspecified
                || right.address.isUnspecified)
    }

    private func noteClosed() {
        for mailbox in mailboxes {
            for token in mailbox.takeClosed() {
                guard let entry = draining[token] else { continue }
                draining[token] = entry.workers > 1 ? (entry.endpoint, entry.workers - 1) : nil
            }
        }
    }

    // MARK: - Publishing, reading, ending

    /// Makes a snapshot the current one, for the stream loop as well.
    public func publish(_ snapshot: PlaneSnapshot) throws(BalancingError) {
        try cell.publish(snapshot)
    }

    /// Turns of each worker's loop: one that stands still for over a second is stuck, since an idle
    /// worker turns twice a second.
    public var heartbeats: [UInt64] {
        mailboxes.map { $0.heartbeats.load(ordering: .relaxed) }
    }

    public var isStopped: Bool { threads.isEmpty }

    /// Answers what has been received, waits for servers at most so long, and ends the workers.
    ///
    /// Blocks the caller for about that time at most. Whatever is in flight after it is counted as
    /// timed out, so that servers' counts of outstanding queries are exact.
    public func stop(inFlightMilliseconds: Int = 2_000) {
        guard !threads.isEmpty else { return }
        let bounded = UInt64(min(max(0, inFlightMilliseconds), 30_000)) * 1_000
        for index in threads.indices {
            mailboxes[index].send(.stop(inFlightMicroseconds: bounded))
        }
        let end = clinux_now_microseconds() + bounded + Self.endMicroseconds
        for (thread, mailbox) in zip(threads, mailboxes) {
            let now = clinux_now_microseconds()
            guard clinux_thread_join_within(thread, end - min(now, end)) == 0 else {
                // Stuck. The process is about to end, and what the thread may touch when it moves on
                // must not end before.
                _ = Unmanaged.passRetained(counters)
                _ = Unmanaged.passRetained(cell)
                continue
            }
            // What a worker was sent after its end was never its own.
            for case .add(let listener) in mailbox.take() { close(listener.descriptor) }
        }
        threads = []
        serving = []
        draining = [:]
    }
}
