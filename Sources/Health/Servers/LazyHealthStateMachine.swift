// SPDX-License-Identifier: Apache-2.0
//
// dnsdist's lazy health checks (1.8): a server whose real answers are good is not asked at all.
//
//                 too many of the last          probe fails, and that makes it down
//                  results are failures
//      HEALTHY ---------------------> SUSPECTED ---------------------> FAILED
//         ^                               |                              |
//         +------- probe succeeds --------+<----- probes make it up -----+
//
// Suspected, it is probed each `checkInterval`; failed, each `lazyHealthCheckFailedInterval`, which
// may double with each failure in a row. What makes it up and down is its ordinary state machine with
// `rise` and `maxCheckFailures`; this one only says when to ask.

public import Declarations

/// Says when a server with lazy health checks is probed: no clock, no I/O.
///
/// Every `now` is of one monotonic clock.
public struct LazyHealthStateMachine: Hashable, Sendable {
    public enum Phase: String, Hashable, Sendable {
        case healthy, suspected, failed
    }

    /// Between two looks at the results of a healthy server; dnsdist's own rhythm.
    public static let lookInterval = Duration.seconds(1)

    public private(set) var phase: Phase
    private var settings: LazyHealthCheck
    private var checkInterval: Duration
    private var window: ResultWindow
    /// When it is probed, unless it is healthy.
    private var nextProbe: Duration
    private var failuresInARow = 0
    private var successesInARow = 0

    /// One that is not up is probed at once.
    public init(_ check: ServerHealthCheck, isUp: Bool, now: Duration) {
        settings = check.lazy
        checkInterval = .seconds(check.intervalSeconds)
        window = ResultWindow(capacity: check.lazy.sampleSize)
        phase = isUp ? .healthy : .failed
        nextProbe = now
    }

    /// Adds what became of real queries since the last time.
    public mutating func note(_ outcomes: QueryOutcomes) {
        guard phase == .healthy else { return }
        window.add(count: outcomes.count, failures: outcomes.failures(settings.mode))
    }

    /// Whether to probe now; a healthy server becomes suspected by it.
    public mutating func isProbeDue(now: Duration) -> Bool {
        switch phase {
        case .healthy:
            guard window.count >= settings.sampleCountMin,
                100 * window.failures >= settings.threshold * window.count
            else { return false }
            window.clear()
            phase = .suspected
            successesInARow = 0
            failuresInARow = 0
            nextProbe = now
            return true
        case .suspected, .failed: return now >= nextProbe
        }
    }

    /// When to look again, or to probe.
    public func nextDue(now: Duration) -> Duration {
        phase == .healthy ? now + Self.lookInterval : max(now, nextProbe)
    }

    /// Records what a probe found. `isUp` is what the server is by it, `startedAt` when it was sent.
    public mutating func record(isSuccess: Bool, isUp: Bool, startedAt: Duration) {
        if isSuccess {
            failuresInARow = 0
            successesInARow += 1
            guard !isUp else { return becomeHealthy() }
            phase = .failed
            nextProbe = startedAt + .seconds(settings.failedIntervalSeconds)
            return
        }
        successesInARow = 0
        failuresInARow += 1
        if isUp {
            phase = .suspected
            nextProbe = startedAt + checkInterval
            return
        }
        if phase != .failed {
            phase = .failed
            failuresInARow = 1
        }
        nextProbe = startedAt + failedInterval
    }

    /// Follows what somebody else decided: a script, or a forced state that ended.
    public mutating func follow(isUp: Bool, now: Duration) {
        if isUp, phase == .failed { becomeHealthy() }
        if !isUp, phase != .failed {
            phase = .failed
            failuresInARow = 0
            nextProbe = now
        }
    }

    /// Takes the settings of a new generation; the phase stays.
    public mutating func reconfigure(_ check: ServerHealthCheck) {
        if check.lazy.sampleSize != settings.sampleSize {
            window = ResultWindow(capacity: check.lazy.sampleSize)
        }
        settings = check.lazy
        checkInterval = .seconds(check.intervalSeconds)
    }

    private mutating func becomeHealthy() {
        phase = .healthy
        failuresInARow = 0
        window.clear()
    }

    /// From one failure to the next: 30 s, and 30, 60, 120, … s when it backs off.
    private var failedInterval: Duration {
        let base = settings.failedIntervalSeconds
        guard settings.usesExponentialBackOff else { return .seconds(base) }
        let doublings = min(max(0, failuresInARow - 1), 31)
        return .seconds(min(base << doublings, settings.backOffSecondsMax))
    }
}
