// SPDX-License-Identifier: Apache-2.0

/// A stretch of time in which the timers of the control loop did not run.
///
/// A busy loop, a virtual machine that was paused and a clock that jumped look the same from
/// inside: everything is late at once. None of them says anything about a service (DESIGN §5).
public struct ControlPause: Hashable, Sendable {
    /// When the first late timer was due.
    public let start: Duration
    /// When timers ran again.
    public let end: Duration

    public init(start: Duration, end: Duration) {
        self.start = start
        self.end = end
    }

    /// Whether some part of the time from `from` to `to` fell into it.
    public func overlaps(from: Duration, to: Duration) -> Bool {
        start < to && from < end
    }
}
