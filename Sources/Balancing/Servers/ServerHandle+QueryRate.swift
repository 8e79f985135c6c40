// SPDX-License-Identifier: Apache-2.0
//
// The token bucket of `firstAvailable`, whose rate and size are both the server's limit a second.
// It is kept as one number, the time at which it will be full again: taking a token moves that time
// one interval later, and a token is there while the time is at most one second, less an interval,
// ahead of now. That is the same bucket in one atomic, without a lock or a refill.

public import Synchronization

extension ServerHandle {
    /// Whether the limit leaves room for a query now; takes nothing.
    ///
    /// - Parameter nowMicroseconds: the monotonic clock.
    @inlinable
    public func hasQueryToken(nowMicroseconds: UInt64) -> Bool {
        let limit = record.pointee.queriesPerSecondMax.load(ordering: .relaxed)
        guard limit > 0 else { return true }
        let now = nowMicroseconds &* 1_000
        let fullAt = max(record.pointee.bucketFullAtNanoseconds.load(ordering: .relaxed), now)
        return fullAt &+ Self.interval(limit) <= now &+ 1_000_000_000
    }

    /// Takes a token for a query that is sent, whoever chose the server.
    ///
    /// The bucket does not go below empty: dnsdist lets it, so that an overload that lasted an hour
    /// would keep the server out for another.
    @inlinable
    public func takeQueryToken(nowMicroseconds: UInt64) {
        let limit = record.pointee.queriesPerSecondMax.load(ordering: .relaxed)
        guard limit > 0 else { return }
        let now = nowMicroseconds &* 1_000
        var seen = record.pointee.bucketFullAtNanoseconds.load(ordering: .relaxed)
        while true {
            let next = min(max(seen, now) &+ Self.interval(limit), now &+ 1_000_000_000)
            let (exchanged, original) = record.pointee.bucketFullAtNanoseconds
                .weakCompareExchange(expected: seen, desired: next, ordering: .relaxed)
            if exchanged { return }
            seen = original
        }
    }

    /// Nanoseconds between two tokens.
    @usableFromInline
    static func interval(_ limit: Int) -> UInt64 {
        1_000_000_000 / UInt64(min(limit, 1_000_000_000))
    }
}
