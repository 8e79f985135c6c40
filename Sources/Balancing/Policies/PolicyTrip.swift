// SPDX-License-Identifier: Apache-2.0

/// Keeps a plane thread from calling a policy that ran out of its CPU budget.
///
/// The first timeout trips it for the rest of the batch, whose queries all carry the batch's time,
/// and for one second; then one call decides. A policy that times out again before it has behaved
/// for as long as it was out the last time stays out twice as long, up to a minute: at about 2 ms a
/// stop, a policy that loops now and then would otherwise cost a worker every such query.
/// Pure: time is a parameter. One for each policy, plane thread and snapshot, so that a reload gives
/// a repaired script its chance at once.
public struct PolicyTrip: Sendable {
    public static let firstMicroseconds: UInt64 = 1_000_000
    public static let longestMicroseconds: UInt64 = 60_000_000

    /// 0 while it never tripped.
    private(set) var lengthMicroseconds: UInt64 = 0
    public private(set) var untilMicroseconds: UInt64 = 0

    public init() {}

    /// Whether the policy must not be called.
    public func isTripped(nowMicroseconds now: UInt64) -> Bool {
        now < untilMicroseconds
    }

    /// A call timed out.
    public mutating func recordTimeout(nowMicroseconds now: UInt64) {
        let behavedUntil = untilMicroseconds &+ lengthMicroseconds
        let isAgain = lengthMicroseconds > 0 && now < behavedUntil
        lengthMicroseconds =
            isAgain
            ? min(lengthMicroseconds * 2, Self.longestMicroseconds) : Self.firstMicroseconds
        untilMicroseconds = now &+ lengthMicroseconds
    }
}
