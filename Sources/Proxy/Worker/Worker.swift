// SPDX-License-Identifier: Apache-2.0
//
// One UDP worker: a thread, an epoll instance, and everything that thread needs, so that nothing is
// shared on a query's way but the servers' atomics. A turn of the loop: wait, take the newest
// snapshot, read every socket that is ready in batches, send what has been decided, sweep what has
// expired. Commands are looked at between batches only.

import Balancing
import CLinux
import Glibc
import Synchronization

/// Serves UDP queries on its own thread until it is told to stop.
struct Worker: ~Copyable {
    /// What an epoll event is about; in the upper half of its key, the index in the lower.
    enum EventKind {
        static let command: UInt64 = 0
        static let listener: UInt64 = 1
        static let server: UInt64 = 2
    }

    /// Batches read from one socket in one turn, so that a flooded one does not starve the others.
    static let roundsPerTurn = 4
    /// Sleeps at most so long when nothing is in flight: for the heart-beat.
    private static let idleMilliseconds: Int32 = 500
    /// Turns spent on the queue of a listener that leaves: 16 384 queries with the default batch,
    /// more than a receive buffer of 4 MiB holds.
    private static let drainTurnsMax = 64
    /// How often resting sockets are looked for.
    private static let restIntervalMicroseconds: UInt64 = 1_000_000

    let index: Int
    let mailbox: WorkerMailbox
    let reader: SnapshotReader
    let counters: ThreadCounters
    let truncations: TruncationSignal
    let poll: Int32
    let pinsThread: Bool
    var pipeline: Pipeline
    var table: OutstandingTable
    var sockets: ServerSocketTable
    var listeners: ListenerTable
    var random = RandomPool()
    var delays = DelayQueue()
    let queries: DatagramBatch
    let answers: DatagramBatch
    /// Answers received and not sent yet in this turn.
    var answerCount = 0
    var vector: SendVector
    var groups: LengthGroups
    /// Until the kernel says that it cannot cut messages for a route.
    var cutsMessages = true
    /// Server sockets that the current batch of queries uses.
    let touchedSockets: UnsafeMutablePointer<Int32>
    var touchedSocketCount = 0
    /// Listeners that the answers of this turn use.
    let touchedListeners: UnsafeMutablePointer<Int32>
    var touchedListenerCount = 0
    /// Grows with each batch of queries.
    var batch: UInt64 = 0
    var now: UInt64
    private var nextRest: UInt64
    private(set) var isStopping = false
    private var stopDeadline = UInt64.max

    init(
        index: Int, mailbox: WorkerMailbox, reader: SnapshotReader, counters: ThreadCounters,
        options: PlaneOptions, truncations: TruncationSignal = TruncationSignal()
    ) throws(PlaneError) {
        poll = clinux_poll_create()
        guard poll >= 0 else { throw .resources("epoll", errno: -poll) }
        self.index = index
        self.mailbox = mailbox
        self.reader = reader
        self.counters = counters
        self.truncations = truncations
        pinsThread = options.pinsWorkers
        now = clinux_now_microseconds()
        nextRest = now
        var seed: UInt64 = 0
        clinux_random(&seed, 8)
        pipeline = Pipeline(thread: index, counters: counters, seed: seed)
        table = OutstandingTable(capacity: options.outstandingMax, nowMicroseconds: now)
        sockets = ServerSocketTable(
            socketsPerServer: options.socketsPerServer,
            lifeMicroseconds: options.serverSocketMicroseconds,
            receiveBufferBytes: options.receiveBufferBytes)
        listeners = ListenerTable()
        let batch = min(
            max(options.batch, DatagramBatch.capacityMin), DatagramBatch.capacityMax)
        queries = DatagramBatch(
            capacity: batch, bufferBytes: Pipeline.queryBytesMax, receivesNames: true)
        answers = DatagramBatch(
            capacity: batch, bufferBytes: DatagramBatch.bufferBytes, receivesNames: false)
        vector = SendVector(capacity: batch)
        groups = LengthGroups(capacity: batch)
        touchedSockets = .allocate(capacity: batch)
        touchedSockets.initialize(repeating: -1, count: batch)
        touchedListeners = .allocate(capacity: batch)
        touchedListeners.initialize(repeating: -1, count: batch)
        clinux_poll_add(poll, mailbox.wakeDescriptor, EventKind.command << 32)
    }

    deinit {
        touchedSockets.deallocate()
        touchedListeners.deallocate()
        close(poll)
    }

    /// The thread's whole life.
    mutating func run() {
        if pinsThread { clinux_thread_pin(UInt32(index)) }
        mailbox.thread.store(clinux_thread_number(), ordering: .relaxed)
        let events = UnsafeMutablePointer<clinux_event>.allocate(capacity: Int(CLINUX_EVENTS_MAX))
        events.initialize(repeating: clinux_event(), count: Int(CLINUX_EVENTS_MAX))
        defer { events.deallocate() }
        while !isFinished {
            mailbox.heartbeats.wrappingAdd(1, ordering: .relaxed)
            mailbox.note(.waiting)
            reader.park()
            let count = clinux_poll_wait(
                poll, events, Int32(CLINUX_EVENTS_MAX), sleepMilliseconds)
            now = clinux_now_microseconds()
            if count > 0 { handle(UnsafeBufferPointer(start: events, count: Int(count))) }
            mailbox.note(.expiring)
            sweep()
            if !delays.isEmpty {
                mailbox.note(.sendingDelayed)
                sendDelayed()
            }
        }
        reader.park()
        abandon()
        mailbox.note(.ended)
    }

    private var isFinished: Bool {
        isStopping
            && ((table.waitingCount == 0 && delays.isEmpty) || now >= stopDeadline)
    }

    private var sleepMilliseconds: Int32 {
        guard !delays.isEmpty else { return undelayedSleepMilliseconds }
        let wait = (delays.nextMicroseconds &- min(now, delays.nextMicroseconds)) / 1_000 + 1
        return min(undelayedSleepMilliseconds, Int32(clamping: wait))
    }

    private var undelayedSleepMilliseconds: Int32 {
        if table.waitingCount > 0 || isStopping { return 16 }
        return table.expiredCount > 0 || listeners.isAnyLeaving ? 100 : Self.idleMilliseconds
    }

    private mutating func handle(_ events: UnsafeBufferPointer<clinux_event>) {
        var hasCommands = false
        let view = reader.acquire()
        for event in events {
            let target = Int32(truncatingIfNeeded: event.key & 0xffff_ffff)
            switch event.key >> 32 {
            case EventKind.listener:
                if event.has_failed {
                    clinux_take_pending_error(listeners[target].pointee.descriptor)
                }
                mailbox.note(.readingQueries)
                receiveQueries(target, view: view)
            case EventKind.server:
                mailbox.note(.readingAnswers)
                receiveAnswers(target, hasFailed: event.has_failed, view: view)
            default:
                hasCommands = true
            }
        }
        flushAnswers()
        if hasCommands { obey() }
    }

    // MARK: - Between batches

    private mutating func sweep() {
        while true {
            let slot = table.nextDue(nowMicroseconds: now)
            guard slot >= 0 else { break }
            if table[slot].pointee.phase == .expired {
                sockets[table[slot].pointee.socket].pointee.held -= 1
                table.release(slot)
            } else {
                expire(slot)
            }
        }
        listeners.closeIdle(poll: poll, mailbox: mailbox)
        if now >= nextRest {
            nextRest = now &+ Self.restIntervalMicroseconds
            sockets.rest(poll: poll, nowMicroseconds: now)
            tendQueues()
        }
    }

    /// A server did not answer in time: another is asked. The identifier is kept from reuse, so that a
    /// late answer finds nobody.
    private mutating func expire(_ slot: Int32) {
        let entry = table[slot]
        let server = entry.pointee.server
        counters.count(.downstreamTimeouts)
        server.count(.drops, thread: index)
        noteSilence(slot)
        let waited = min(
            now &- entry.pointee.startMicroseconds, OutstandingTable.timeoutMicrosecondsMax)
        retry(slot, reader.acquire())
        noteSettled(slot)
        table.quarantine(slot, untilMicroseconds: now &+ waited)
    }

    /// For what looks at the traffic.
    private func noteSilence(_ slot: Int32) {
        let entry = table[slot]
        let view = reader.acquire()
        withUnsafePointer(to: &entry.pointee.client) { client in
            pipeline.note(
                UnsafeRawBufferPointer(start: nil, count: 0), question: table.question(slot),
                client: client, latencyMicroseconds: now &- entry.pointee.startMicroseconds,
                nowMicroseconds: now, view: view)
        }
    }

    /// A waiting slot is no longer waited for. Its record may not be touched after this.
    @inline(__always)
    mutating func noteSettled(_ slot: Int32) {
        let entry = table[slot]
        sockets.noteWaiting(entry.pointee.socket, -1)
        listeners[entry.pointee.listener].pointee.inFlight -= 1
        entry.pointee.state.deallocate()
        entry.pointee.server.noteFinished()
    }

    /// Forgets a waiting slot at once: answered, or never sent.
    @inline(__always)
    mutating func discard(_ slot: Int32) {
        noteSettled(slot)
        sockets[table[slot].pointee.socket].pointee.held -= 1
        table.release(slot)
    }

    private mutating func obey() {
        mailbox.note(.obeying)
        for command in mailbox.take() {
            switch command {
            case .add(let listener):
                listeners.add(listener, poll: poll)
            case .remove(let token):
                drainAndLeave(listeners.find(token: token))
            case .call(let body):
                body()
            case .stop(let inFlightMicroseconds):
                for listener in 0..<Int32(listeners.used) { drainAndLeave(listener) }
                isStopping = true
                stopDeadline = now &+ inFlightMicroseconds
            }
        }
    }

    /// Answers what is queued in a listener, then reads it no more.
    private mutating func drainAndLeave(_ listener: Int32) {
        guard listener >= 0, listeners[listener].pointee.descriptor >= 0,
            !listeners[listener].pointee.isLeaving
        else { return }
        let view = reader.acquire()
        var turns = 0
        while turns < Self.drainTurnsMax, receiveQueries(listener, view: view) { turns += 1 }
        listeners.leave(listener, poll: poll)
    }

    /// The end: servers' counts of what is in flight go back to what they were.
    private mutating func abandon() {
        while true {
            let slot = table.anyInUse()
            guard slot >= 0 else { break }
            if table[slot].pointee.phase == .waiting {
                counters.count(.downstreamTimeouts)
                table[slot].pointee.server.count(.drops, thread: index)
                noteSettled(slot)
                table.quarantine(slot, untilMicroseconds: now)
            }
            table.release(slot)
        }
        listeners.closeAll(mailbox: mailbox)
    }
}
