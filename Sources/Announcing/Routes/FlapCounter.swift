// SPDX-License-Identifier: Apache-2.0

internal import Declarations

import func Glibc.exp2

/// A count of flaps that is forgotten exponentially, as route-flap damping does (RFC 2439 §4.2),
/// with a delay that is a straight line of it instead of thresholds.
struct FlapCounter: Hashable, Sendable {
    /// A bound for the arithmetic only: the delay reaches its maximum long before.
    static let countMax = 1_000.0

    private var count = 0.0
    private var countedAt = Duration.zero

    init() {}

    init(count: Double, now: Duration) {
        // A state file may say anything.
        self.count = count.isFinite ? min(Self.countMax, max(0, count)) : 0
        countedAt = now
    }

    func value(now: Duration, halfLife seconds: Double) -> Double {
        guard count > 0 else { return 0 }
        guard seconds > 0 else { return now > countedAt ? 0 : count }
        let elapsed = max(.zero, now - countedAt) / .seconds(1)
        return count * exp2(-elapsed / seconds)
    }

    mutating func add(now: Duration, halfLife seconds: Double) {
        count = min(Self.countMax, value(now: now, halfLife: seconds) + 1)
        countedAt = now
    }
}

extension ReannounceDelay {
    /// The wait before a route with `flaps` is announced again: `first` after the first flap, a
    /// `step` more for each further one, at most `max`.
    func wait(flaps: Double) -> Duration {
        let seconds = firstSeconds + stepSeconds * max(0, flaps - 1)
        return .milliseconds(Int64((min(maxSeconds, max(0, seconds)) * 1_000).rounded()))
    }
}
