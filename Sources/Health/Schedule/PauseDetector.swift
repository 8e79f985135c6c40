// SPDX-License-Identifier: Apache-2.0

/// Notices that the control loop was late, from the lateness of its own timers.
///
/// All timers of one loop are served by one thread, so a late one means that every timer due since
/// then is late too. The owner tells it about each timer that fires, and about the end of each call
/// that kept the loop busy if it measures them.
public struct PauseDetector: Hashable, Sendable {
    /// Lateness that counts as a pause: half of the shortest sensible `fastInterval` (200 ms), well
    /// above the scheduling noise of a loaded host (a few milliseconds) and above the longest CPU
    /// budget of one script call (50 ms).
    public static let toleranceDefault = Duration.milliseconds(100)
    public static let toleranceMin = Duration.milliseconds(10)
    public static let toleranceMax = Duration.seconds(10)

    public let tolerance: Duration
    /// The last pause that was noticed.
    public private(set) var latest: ControlPause?
    /// How many were noticed, for metrics.
    public private(set) var count: UInt64 = 0

    public init(tolerance: Duration = Self.toleranceDefault) {
        self.tolerance = min(Self.toleranceMax, max(Self.toleranceMin, tolerance))
    }

    /// Records that a timer due at `due` fired at `now`; returns the pause that this is the first
    /// sign of. Further timers of the same pause only extend it.
    public mutating func timerFired(due: Duration, now: Duration) -> ControlPause? {
        guard now - due > tolerance else { return nil }
        if let latest, due <= latest.end {
            self.latest = ControlPause(
                start: min(latest.start, due), end: max(latest.end, now))
            return nil
        }
        let pause = ControlPause(start: due, end: now)
        latest = pause
        count += 1
        return pause
    }
}
