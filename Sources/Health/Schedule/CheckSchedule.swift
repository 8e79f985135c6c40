// SPDX-License-Identifier: Apache-2.0
//
// Runs are start to start: with an interval of 1 s and a run that takes 0.3 s the starts are 1 s
// apart. The grid is that of the due times, so that a few milliseconds of lateness at each start do
// not add up. Runs never overlap: one that outlasts its interval delays the next, which then starts
// at once, and the starts that were missed are not made up for.

public import Declarations

/// When a check runs next; kept under its name across reloads. No clock: `now` is a parameter.
public struct CheckSchedule: Hashable, Sendable {
    /// What becomes of the outcome of a run that ended.
    public enum Completion: Hashable, Sendable {
        /// It is evidence: record it.
        case counts
        /// Control itself was late: it says nothing about the service.
        case discarded
    }

    /// Rounds in a row that lateness of control may discard. A host that is late for good must not
    /// blind its checks for ever: five rounds are a second or five, by the default intervals.
    public static let discardedInARowMax = 5

    /// How long a check is put off after it used up its budget: at first, and at most. Longer each time,
    /// so that some that loop do not take control's thread from those that do not.
    public static let putOffMin = Duration.seconds(1)
    public static let putOffMax = Duration.seconds(8)
    /// A run that kept control's thread is followed by so many times as long without one.
    private static let restFactor = 9

    public private(set) var interval: Duration
    public private(set) var fastInterval: Duration
    /// The bound of one run, by which a run that ended too late is told.
    public private(set) var timeout: Duration
    /// When the next run is to start; while one is going on, when it would be but for that.
    public private(set) var nextDue: Duration
    /// When the run that goes on was started.
    public private(set) var startedAt: Duration?
    /// Rounds that lateness of control discarded.
    public private(set) var discarded: UInt64 = 0
    /// Starts that a slow run made late.
    public private(set) var overruns: UInt64 = 0
    /// How late a run may end after its timeout before it is control that was late.
    public let tolerance: Duration
    private var lastDue: Duration?
    private var discardedInARow = 0
    private var budgetsInARow = 0
    /// This is the so-manieth of so many targets, whose runs are spread over the interval.
    private var share: Share

    /// A target's place among those of its check.
    public struct Share: Hashable, Sendable {
        public let number: Int
        public let count: Int

        /// - Parameter number: from 0.
        public init(_ number: Int, of count: Int) {
            self.number = number
            self.count = max(1, count)
        }

        public static let whole = Share(0, of: 1)
    }

    /// The first run is due after `splay`, which the owner draws from 0 to the declared splay. Those
    /// of several targets are spread over the fast interval: the first verdict comes soon.
    public init(
        _ declaration: CheckDeclaration, splay: Duration, share: Share = .whole, now: Duration,
        tolerance: Duration = PauseDetector.toleranceDefault
    ) {
        interval = .milliseconds(max(1, declaration.intervalMilliseconds))
        fastInterval = .milliseconds(max(1, declaration.fastIntervalMilliseconds))
        timeout = .milliseconds(max(1, declaration.timeoutMilliseconds))
        self.share = share
        nextDue =
            now + max(.zero, splay)
            + min(fastInterval, interval) * share.number / share.count
        self.tolerance = tolerance
    }

    public var isRunning: Bool { startedAt != nil }

    /// When a timer is to fire; `nil` while a run goes on, whose end decides.
    public var timerDeadline: Duration? { isRunning ? nil : nextDue }

    /// Starts the run that is due. Returns false, and changes nothing, before its time or while
    /// another goes on.
    public mutating func begin(now: Duration) -> Bool {
        guard !isRunning, now >= nextDue else { return false }
        start(now: now)
        return true
    }

    /// Starts a run out of turn: the one after a reload, or one that a person asked for.
    public mutating func beginNow(now: Duration) -> Bool {
        guard !isRunning else { return false }
        nextDue = now
        start(now: now)
        return true
    }

    private mutating func start(now: Duration) {
        startedAt = now
        // The grid is kept unless whole rounds were missed.
        lastDue = now - nextDue < interval ? nextDue : now
    }

    /// Ends the run: decides whether its outcome counts. Call ``scheduleNext(isTransient:now:)``
    /// after the outcome was recorded, because the position it leads to chooses the interval.
    public mutating func finish(now: Duration, latestPause: ControlPause?) -> Completion {
        guard let started = startedAt else { return .discarded }
        startedAt = nil
        let wasPaused = latestPause?.overlaps(from: started, to: now) ?? false
        let isTooLate = now - started > timeout + tolerance
        guard wasPaused || isTooLate, discardedInARow < Self.discardedInARowMax else {
            discardedInARow = 0
            return .counts
        }
        discardedInARow += 1
        discarded += 1
        return .discarded
    }

    /// Sets the next due time.
    ///
    /// - Parameters:
    ///   - isTransient: the check's while it rises or falls.
    ///   - held: how long the run kept control's thread without waiting for anything.
    ///   - usedUpBudget: it was cut off.
    public mutating func scheduleNext(
        isTransient: Bool, now: Duration, held: Duration = .zero, usedUpBudget: Bool = false
    ) {
        // A discarded round is repeated soon: what the service did meanwhile is not known.
        let isFast = isTransient || discardedInARow > 0
        let step = isFast ? min(fastInterval, interval) : interval
        var due = (lastDue ?? now) + step
        if !isFast { due -= distanceFromGrid(due) }
        if due < now { overruns += 1 }
        nextDue = max(due, now + held * Self.restFactor)
        guard usedUpBudget else {
            budgetsInARow = 0
            return
        }
        nextDue = max(nextDue, now + min(Self.putOffMin * (1 << budgetsInARow), Self.putOffMax))
        budgetsInARow = min(budgetsInARow + 1, 6)
    }

    /// Has the next run start at once; call it after ``scheduleNext(isTransient:now:held:usedUpBudget:)``.
    public mutating func expedite(now: Duration) {
        guard !isRunning else { return }
        nextDue = min(nextDue, now)
    }

    /// How far `moment` is after the last moment of this target's own grid: their runs are spread over
    /// the interval once they are not transient. Zero for a check without targets.
    private func distanceFromGrid(_ moment: Duration) -> Duration {
        guard share.count > 1 else { return .zero }
        let origin = interval * share.number / share.count
        let rounds = Int64(((moment - origin) / interval).rounded(.down))
        let distance = moment - origin - interval * rounds
        // A moment on the grid may come out a rounding error off it.
        return distance < .zero || distance >= interval ? .zero : distance
    }

    /// Drops a run that will not end: the check was disabled, or replaced while it went on.
    public mutating func abandon(now: Duration) {
        startedAt = nil
        nextDue = max(nextDue, now)
    }

    /// Applies the settings of a new generation. The next run stays where it is, or comes sooner
    /// when the new interval is shorter.
    public mutating func reconfigure(
        _ declaration: CheckDeclaration, share: Share = .whole, now: Duration
    ) {
        self.share = share
        interval = .milliseconds(max(1, declaration.intervalMilliseconds))
        fastInterval = .milliseconds(max(1, declaration.fastIntervalMilliseconds))
        timeout = .milliseconds(max(1, declaration.timeoutMilliseconds))
        if !isRunning { nextDue = min(nextDue, max(now, (lastDue ?? now) + interval)) }
    }
}
