// SPDX-License-Identifier: Apache-2.0

/// Tells from a thread's heart-beats whether it moves on. Pure: its owner looks, and says when.
public struct BeatWatch: Sendable {
    public enum Change: Hashable, Sendable {
        case stuck
        /// It moves on again.
        case recovered(afterMicroseconds: UInt64)
    }

    /// An idle worker turns twice a second, so that a shorter time says nothing about it.
    public static let lookMicroseconds: UInt64 = 1_000_000
    /// Looks in a row that find the same beat. Not one: a machine that slept wakes its threads in any
    /// order. With the time between them that is two to three seconds.
    public static let missesMax = 2

    public private(set) var isStuck = false
    private var beat: UInt64?
    private var misses = 0
    private var lookedAt: UInt64 = 0
    private var movedAt: UInt64 = 0

    public init() {}

    /// Compares the beat with the last one; does nothing before ``lookMicroseconds`` have passed.
    public mutating func look(_ beat: UInt64, nowMicroseconds now: UInt64) -> Change? {
        guard let known = self.beat else {
            self.beat = beat
            lookedAt = now
            movedAt = now
            return nil
        }
        guard now >= lookedAt &+ Self.lookMicroseconds else { return nil }
        lookedAt = now
        guard known == beat else {
            let since = movedAt
            self.beat = beat
            misses = 0
            movedAt = now
            guard isStuck else { return nil }
            isStuck = false
            return .recovered(afterMicroseconds: now &- since)
        }
        misses += 1
        guard misses >= Self.missesMax, !isStuck else { return nil }
        isStuck = true
        return .stuck
    }
}
