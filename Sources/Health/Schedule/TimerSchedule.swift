// SPDX-License-Identifier: Apache-2.0

/// When a script's timer runs next (`every`, `maintenance`); kept across reloads. No clock: `now` is
/// a parameter.
///
/// Runs are start to start on a grid; a run that comes late moves the grid only when whole rounds
/// were missed, and those are not made up for. A function that used up its budget is put off, longer
/// each time, so that one loop does not take control's thread.
public struct TimerSchedule: Hashable, Sendable {
    /// How long a function is put off after it used up its budget: at first, and at most.
    public static let putOffMin = Duration.seconds(1)
    public static let putOffMax = Duration.seconds(64)

    public private(set) var interval: Duration
    public private(set) var nextDue: Duration
    private var overrunsInARow = 0

    /// The first run is one interval away.
    public init(interval: Duration, now: Duration) {
        self.interval = max(.milliseconds(1), interval)
        nextDue = now + self.interval
    }

    /// Ends a run that began at `startedAt`.
    public mutating func finish(startedAt: Duration, now: Duration, usedUpBudget: Bool) {
        let base = startedAt - nextDue < interval ? nextDue : startedAt
        nextDue = max(base + interval, now)
        guard usedUpBudget else {
            overrunsInARow = 0
            return
        }
        let delay = Self.putOffMin * (1 << min(overrunsInARow, 6))
        overrunsInARow += 1
        nextDue = max(nextDue, now + min(delay, Self.putOffMax))
    }

    /// Starts over after a reload: the phase stays, what was put off is tried again, and a shorter
    /// interval comes sooner.
    public mutating func reconfigure(interval: Duration, now: Duration) {
        self.interval = max(.milliseconds(1), interval)
        overrunsInARow = 0
        nextDue = min(nextDue, now + self.interval)
    }
}
