// SPDX-License-Identifier: Apache-2.0
//
// The token bucket of ServerHandle+QueryRate, with a size of its own: one number, the time at which
// it will be full again. A token is there while that time is at most the bucket's depth, less one
// interval, ahead of now; taking one moves it an interval later.

public import Declarations
import Synchronization

/// A token bucket that all plane threads share (`MaxQPSRule`, `QPSAction`); owned by a snapshot.
public struct RateBucket: @unchecked Sendable {
    // Unchecked: a pointer to an atomic, and constants.
    private let fullAtNanoseconds: UnsafeMutablePointer<Atomic<UInt64>>
    /// 0 for a rate of nothing.
    private let intervalNanoseconds: UInt64
    private let depthNanoseconds: UInt64

    /// Rates beyond one query each nanosecond are no limit that could be kept.
    private static let perSecondMax = 1_000_000_000
    /// Keeps the arithmetic far from its end: a depth of 36 years.
    private static let burstMax: UInt64 = 1 << 60

    /// Allocates; the owner calls ``deallocate()``. A burst below 1 is one.
    public init(_ limit: QueryRateLimit) {
        // A line of its own: its neighbours are not slowed by all threads writing it.
        fullAtNanoseconds = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 64)
            .bindMemory(to: Atomic<UInt64>.self, capacity: 1)
        fullAtNanoseconds.initialize(to: Atomic(0))
        let rate = min(max(0, limit.perSecond), Self.perSecondMax)
        intervalNanoseconds = rate == 0 ? 0 : 1_000_000_000 / UInt64(rate)
        let (depth, overflow) = UInt64(max(1, limit.burst))
            .multipliedReportingOverflow(by: intervalNanoseconds)
        depthNanoseconds = overflow ? Self.burstMax : min(depth, Self.burstMax)
    }

    public func deallocate() { UnsafeMutableRawPointer(fullAtNanoseconds).deallocate() }

    /// Takes a token; false, and none taken, when there is none.
    public func take(nowMicroseconds: UInt64) -> Bool {
        guard intervalNanoseconds > 0 else { return false }
        let now = nowMicroseconds &* 1_000
        var seen = fullAtNanoseconds.pointee.load(ordering: .relaxed)
        while true {
            let next = max(seen, now) &+ intervalNanoseconds
            guard next <= now &+ depthNanoseconds else { return false }
            let (exchanged, original) = fullAtNanoseconds.pointee
                .weakCompareExchange(expected: seen, desired: next, ordering: .relaxed)
            if exchanged { return true }
            seen = original
        }
    }
}
