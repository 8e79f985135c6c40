// SPDX-License-Identifier: Apache-2.0

public import Declarations
public import Synchronization

/// A server as every layer holds it: a pointer to its record, free to copy.
///
/// It may be used while a snapshot that names it is held, or while a query counted in
/// ``outstanding`` is in flight; ``ServerSlab`` reuses the record only when neither is so. The
/// memory itself is never returned before the slab's end.
public struct ServerHandle: Hashable, @unchecked Sendable {
    // Unchecked: the record consists of atomics and of constants.
    public let record: UnsafeMutablePointer<ServerRecord>

    /// A score of 1.
    public static let scaledScoreMax: UInt32 = 65_536
    /// dnsdist's `INT_MAX`, where its sum of weights saturates.
    public static let weightMax = Int(Int32.max)

    @inlinable
    public init(record: UnsafeMutablePointer<ServerRecord>) {
        self.record = record
    }

    public var id: ServerID { record.pointee.id }

    static func clamped(weight: Int) -> Int { min(max(weight, 1), weightMax) }
}

extension ServerHandle {
    /// Whether policies may choose it: what was forced, else the health check's last result.
    @inlinable
    public var isUp: Bool {
        switch record.pointee.forced.load(ordering: .relaxed) {
        case ForcedState.auto.rawValue: record.pointee.upStatus.load(ordering: .relaxed)
        case ForcedState.up.rawValue: true
        default: false
        }
    }

    /// Whether no query may go there even when a script names it.
    @inlinable
    public var isBarred: Bool {
        record.pointee.forced.load(ordering: .relaxed) == ForcedState.barred.rawValue
    }

    /// The last result of its health check alone.
    @inlinable
    public var upStatus: Bool { record.pointee.upStatus.load(ordering: .relaxed) }

    /// What an administrator or a script imposed.
    public var forced: ForcedState {
        ForcedState(rawValue: record.pointee.forced.load(ordering: .relaxed)) ?? .auto
    }

    /// Queries in flight, of all threads.
    @inlinable
    public var outstanding: Int { record.pointee.outstanding.load(ordering: .relaxed) }

    @inlinable
    public var order: Int { record.pointee.order.load(ordering: .relaxed) }

    @inlinable
    public var weight: Int { record.pointee.weight.load(ordering: .relaxed) }

    /// From 0 to 1: a check's opinion of how much of its weight the server can carry.
    public var score: Double {
        Double(scaledScore) / Double(Self.scaledScoreMax)
    }

    /// The same in 65 536ths.
    @inlinable
    public var scaledScore: UInt32 { record.pointee.scaledScore.load(ordering: .relaxed) }

    /// The moving average in microseconds: 0 until the first answer, and again when marked down.
    @inlinable
    public var latencyMicroseconds: Double {
        Double(bitPattern: record.pointee.latencyBits.load(ordering: .relaxed))
    }

    public var queriesPerSecondMax: Int {
        record.pointee.queriesPerSecondMax.load(ordering: .relaxed)
    }

    /// The slab's state epoch.
    @inlinable
    public var stateEpoch: UInt64 {
        record.pointee.shared.pointee.stateEpoch.load(ordering: .relaxed)
    }
}

// MARK: - State that policies see

extension ServerHandle {
    /// Sets the health check's result. Going down forgets the latency, as dnsdist does, so that a
    /// recovered server wins the ties of `leastOutstanding`.
    public func setUpStatus(_ isUp: Bool) {
        guard record.pointee.upStatus.exchange(isUp, ordering: .relaxed) != isUp else { return }
        if !isUp { record.pointee.latencyBits.store(0, ordering: .relaxed) }
        noteChange()
    }

    /// `setUp`, `setDown`, `setAuto`; without effect on a barred server.
    public func force(_ state: ForcedState) {
        if !isBarred { impose(state) }
    }

    func impose(_ state: ForcedState) {
        let old = record.pointee.forced.exchange(state.rawValue, ordering: .relaxed)
        if old != state.rawValue { noteChange() }
    }

    /// Sets the weight; `false`, and nothing set, when it is not from 1 to ``weightMax``.
    @discardableResult
    public func setWeight(_ weight: Int) -> Bool {
        guard (1...Self.weightMax).contains(weight) else { return false }
        if record.pointee.weight.exchange(weight, ordering: .relaxed) != weight { noteChange() }
        return true
    }

    /// Sets the order. Pools are not sorted again, as in dnsdist.
    public func setOrder(_ order: Int) {
        if record.pointee.order.exchange(order, ordering: .relaxed) != order { noteChange() }
    }

    /// Sets the score; values outside 0 to 1 are moved to the nearer end, NaN to 0.
    public func setScore(_ score: Double) {
        let bounded = score > 0 ? min(score, 1) : 0
        let scaled = UInt32((bounded * Double(Self.scaledScoreMax)).rounded())
        if record.pointee.scaledScore.exchange(scaled, ordering: .relaxed) != scaled {
            noteChange()
        }
    }

    /// `setQPS`: sets the limit of `firstAvailable`, 0 for none.
    public func setQueriesPerSecondMax(_ limit: Int) {
        record.pointee.queriesPerSecondMax.store(max(0, limit), ordering: .relaxed)
    }

    private func noteChange() {
        record.pointee.shared.pointee.noteChange()
    }
}

// MARK: - Counting

extension ServerHandle {
    /// A query is about to be in flight. Its end is told by ``noteFinished()``.
    @inlinable
    public func noteStarted() {
        record.pointee.outstanding.wrappingAdd(1, ordering: .relaxed)
    }

    /// A query in flight was answered or given up: the last touch of this handle on its behalf.
    @inlinable
    public func noteFinished() {
        record.pointee.outstanding.wrappingSubtract(1, ordering: .releasing)
    }

    /// Adds one answer's time to the moving average (dnsdist's weights, 127 to 1).
    ///
    /// Two threads at once may lose one sample, which an average of 128 does not notice.
    @inlinable
    public func recordLatency(microseconds: UInt64) {
        let next = latencyMicroseconds * (127.0 / 128.0) + Double(microseconds) * (1.0 / 128.0)
        record.pointee.latencyBits.store(next.bitPattern, ordering: .relaxed)
    }

    /// Sets the moving average: for tests of policies.
    public func setLatency(microseconds: Double) {
        record.pointee.latencyBits.store(microseconds.bitPattern, ordering: .relaxed)
    }

    /// Adds to a counter; `thread` is the calling plane thread's index, the counter's only writer.
    @inlinable
    public func count(_ counter: ServerCounter, _ amount: UInt64 = 1, thread: Int) {
        let slot = record.pointee.counters + (thread &* ServerCounter.stride &+ counter.rawValue)
        slot.pointee.store(
            slot.pointee.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }

    /// The sum over all plane threads.
    public func total(_ counter: ServerCounter) -> UInt64 {
        var sum: UInt64 = 0
        for thread in 0..<record.pointee.planeThreads {
            let slot = record.pointee.counters + (thread * ServerCounter.stride + counter.rawValue)
            sum &+= slot.pointee.load(ordering: .relaxed)
        }
        return sum
    }
}

// MARK: - Truncated answers

extension ServerHandle {
    /// How long one mark stands for all truncated answers: less than connections to servers last
    /// without a query, so that answers that go on truncating keep theirs.
    public static let truncationMicroseconds: UInt64 = 5_000_000

    /// Marks that the server truncated an answer; true when that was not marked already.
    ///
    /// Two threads at once may both be told so, which costs a second look for the connection.
    @inlinable
    public func noteTruncated(nowMicroseconds now: UInt64) -> Bool {
        let marked = record.pointee.truncatedMicroseconds.load(ordering: .relaxed)
        guard marked == 0 || now &- min(marked, now) >= Self.truncationMicroseconds else {
            return false
        }
        record.pointee.truncatedMicroseconds.store(max(1, now), ordering: .relaxed)
        return true
    }

    /// Whether the mark is no older than that.
    public func wasTruncated(within microseconds: UInt64, nowMicroseconds now: UInt64) -> Bool {
        let marked = record.pointee.truncatedMicroseconds.load(ordering: .relaxed)
        return marked > 0 && now &- min(marked, now) <= microseconds
    }
}
