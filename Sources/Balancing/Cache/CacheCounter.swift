// SPDX-License-Identifier: Apache-2.0

/// What a packet cache counts; the names in the comments are dnsdist's of `getStats` and metrics.
public enum CacheCounter: Int, CaseIterable, Sendable {
    /// `hits`, stale ones among them.
    case hits
    /// `misses`.
    case misses
    /// Answers that were kept.
    case inserts
    /// `deferredLookups`: another thread was writing, so the query went to a server.
    case deferredLookups
    /// `deferredInserts`: another thread was there, so the answer was not kept.
    case deferredInserts
    /// `lookupCollisions`: another query's entry has the same hash.
    case lookupCollisions
    /// `insertCollisions`.
    case insertCollisions
    /// `ttlTooShorts`: answers whose TTL is below `minTTL`, or 0.
    case ttlTooShorts
    /// Hits on entries beyond their TTL, because no server was up.
    case staleHits
    /// Entries that were removed to make room for others.
    case evictions
    /// Answers that found no room, because everything there is in use.
    case refusals

    /// Slots of eight octets for each thread: whole cache lines.
    static let stride = 16
}
