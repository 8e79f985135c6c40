// SPDX-License-Identifier: Apache-2.0

extension Controller {
    /// The packet caches, by pool, under the names that dnsdist exports; what it has not is
    /// `pharos_…`.
    func appendCaches(_ text: inout MetricsText, _ report: StatusReport) {
        guard !report.caches.isEmpty else { return }
        for (name, key, kind, help) in Self.cacheMetrics {
            text.open(name, kind, help)
            for cache in report.caches {
                text.sample(
                    Double(cache.counters[key] ?? 0),
                    [("pool", Self.shownName(ofPool: cache.pool))])
            }
        }
    }

    private static let cacheMetrics: [(String, String, MetricsText.Kind, String)] = [
        ("dnsdist_pool_cache_size", "maxEntries", .gauge, "Entries that it may hold"),
        ("dnsdist_pool_cache_entries", "entries", .gauge, "Entries that it holds"),
        ("dnsdist_pool_cache_hits", "hits", .counter, "Queries that it answered"),
        ("dnsdist_pool_cache_misses", "misses", .counter, "Queries that it did not answer"),
        (
            "dnsdist_pool_cache_deferred_inserts", "deferredInserts", .counter,
            "Answers not kept because another thread was there"
        ),
        (
            "dnsdist_pool_cache_deferred_lookups", "deferredLookups", .counter,
            "Queries not looked up because another thread wrote"
        ),
        (
            "dnsdist_pool_cache_lookup_collisions", "lookupCollisions", .counter,
            "Lookups that met another query's entry"
        ),
        (
            "dnsdist_pool_cache_insert_collisions", "insertCollisions", .counter,
            "Answers not kept because of another query's entry"
        ),
        (
            "dnsdist_pool_cache_ttl_too_shorts", "ttlTooShorts", .counter,
            "Answers not kept because of their TTL"
        ),
        ("dnsdist_pool_cache_cleanup_count_total", "cleanupCount", .counter, "Times cleaned"),
        ("pharos_pool_cache_stale_hits_total", "staleHits", .counter, "Stale answers given"),
        (
            "pharos_pool_cache_evictions_total", "evictions", .counter,
            "Entries removed to make room"
        ),
        ("pharos_pool_cache_inserts_total", "inserts", .counter, "Answers that were kept"),
        (
            "pharos_pool_cache_refusals_total", "refusals", .counter,
            "Answers not kept for want of room"
        ),
        ("pharos_pool_cache_memory_bytes", "memoryBytes", .gauge, "Memory that it takes"),
    ]
}
