// SPDX-License-Identifier: Apache-2.0

/// How long to wait before the next attempt to connect.
///
/// RFC 4271 suggests 120 s, always; MetalLB's issue 1114 shows what no wait at all does to a
/// router. Between the two: 1 s, twice that after each further failure, up to 60 s, each shortened
/// by a random quarter (RFC 4271 §10) so that neighbours do not meet again and again.
struct ReconnectBackOff: Sendable {
    /// No attempt follows a failure sooner than this.
    static let millisecondsMin = 1_000
    static let millisecondsMax = 60_000
    /// The first whole interval: a quarter less is the minimum.
    static let firstMilliseconds = 1_334
    /// A session that lasted this long makes the next failure the first of a new row.
    static let stableMilliseconds: Int64 = 10_000

    private var failures = 0
    private var establishedAtMilliseconds: Int64?

    mutating func reset() {
        failures = 0
        establishedAtMilliseconds = nil
    }

    mutating func established(nowMilliseconds: Int64) {
        establishedAtMilliseconds = nowMilliseconds
    }

    /// Counts a failure and returns the wait that it costs.
    mutating func failed(
        nowMilliseconds: Int64, using generator: inout some RandomNumberGenerator
    ) -> Int {
        if let since = establishedAtMilliseconds,
            nowMilliseconds - since >= Self.stableMilliseconds
        {
            failures = 0
        }
        establishedAtMilliseconds = nil
        // Beyond six doublings the maximum holds anyway.
        let whole = min(Self.millisecondsMax, Self.firstMilliseconds << min(failures, 6))
        failures += 1
        return max(
            Self.millisecondsMin, Int.random(in: whole * 3 / 4...whole, using: &generator))
    }
}
