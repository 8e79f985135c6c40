// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import NIOCore

/// Control's time: a monotonic clock for every decision, and what it was on the wall for display.
///
/// Confined to control's event loop, like the timers it starts.
struct ControlClock {
    let loop: NIOIsolatedEventLoop
    /// The same, for what is handed over.
    let eventLoop: any EventLoop

    /// The caller runs on `eventLoop`.
    init(onLoop eventLoop: any EventLoop) {
        loop = eventLoop.assumeIsolated()
        self.eventLoop = eventLoop
    }

    /// Time since the host started (`CLOCK_MONOTONIC`): never set, never decreasing.
    var now: Duration { Self.monotonic }

    static var monotonic: Duration { .nanoseconds(NIODeadline.now().uptimeNanoseconds) }

    /// Seconds since 1970.
    static var unixSeconds: Double { Date.now.timeIntervalSince1970 }

    /// What the wall showed at a moment of ``now``, by today's difference of the two clocks.
    func unixSeconds(at moment: Duration) -> Double {
        Self.unixSeconds - (now - moment) / .seconds(1)
    }

    /// RFC 3339, universal time.
    func timestamp(at moment: Duration) -> String {
        Self.timestamp(unixSeconds: unixSeconds(at: moment))
    }

    static func timestamp(unixSeconds: Double) -> String {
        Date(timeIntervalSince1970: unixSeconds).timestamp
    }

    /// Calls `body` on the loop at `deadline`, or at once when it has passed.
    func schedule(at deadline: Duration, _ body: @escaping () -> Void) -> Scheduled<Void> {
        let delay = max(.zero, deadline - now)
        return loop.scheduleTask(in: TimeAmount(delay), body)
    }
}

extension TimeAmount {
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = .seconds(seconds) + .nanoseconds(attoseconds / 1_000_000_000)
    }
}
