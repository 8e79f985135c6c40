// SPDX-License-Identifier: Apache-2.0

extension Reference {
    static let pools = """
        getPool(name) → pool
            A pool, which comes into being when it is first named.
        pool:setCache(cache)
        pool:unsetCache()
            Gives it a packet cache, or takes it away.
        pool:getCache() → packet cache or nil
            The one it has.
        pool:setECS(useECS)
            Whether its cache keeps answers for each client subnet, as it does once one of its servers
            has useClientSubnet.
        pool:setDisableZeroScope(disable)
            without effect: answers are kept for each client subnet, whatever their scope
        pool:getECS() → true or false
            What setECS was told.
        newPacketCache(maxEntries [, options]) → packet cache
            Keeps answers. It is used once a pool has it: `getPool(""):setCache(cache)`.
        newPacketCache.maxTTL = 86400
        newPacketCache.minTTL = 0
            Seconds that an answer is kept at most and at least.
        newPacketCache.temporaryFailureTTL = 60
        newPacketCache.maxNegativeTTL = 3600
        newPacketCache.truncatedTTL = 0
        newPacketCache.staleTTL = 60
            Seconds that SERVFAIL and REFUSED are kept; NXDOMAIN and empty answers at most;
            truncated ones; and the TTL that a stale answer is given.
        newPacketCache.dontAge = false
            Answers keep their TTL.
        newPacketCache.keepStaleData = false
            Expired answers stay while the pool has no server.
        newPacketCache.parseECS = false
            Answers for one client subnet are for that one only.
        newPacketCache.maximumEntrySize = 4096
            Octets of an answer that is kept.
        newPacketCache.cookieHashing = false
            Queries with another cookie are other queries.
        newPacketCache.skipOptions = {…}
            Codes of EDNS options that make no difference.
        newPacketCache.numberOfShards = 20
            without effect: the number is ours
        newPacketCache.deferrableInsertLock = true
            without effect: no thread ever waits for the cache
        newPacketCache.payloadRanks = {…}
            without effect: queries of other payload sizes are other queries
        newPacketCache.shuffle = false
            without effect: records are given in the server's order
        setStaleCacheEntriesTTL(seconds)
            How long expired answers are given while the pool has no server.
        setCacheCleaningDelay(seconds)
        setCacheCleaningPercentage(percentage)
            without effect: a part of each cache is swept every second
        packetCache:getEntriesCount() → number
        packetCache:getSize() → number
        packetCache:getMaxEntries() → number
            Answers that it has, and may have.
        packetCache:isFull() → true or false
        packetCache:toString() → text
            Whether it has all that it may have; both numbers.
        packetCache:getStats() → table
            Its counters.
        packetCache:printStats()
            Logs them.
        packetCache:expunge([keep]) → number
        packetCache:purgeExpired([keep]) → number
        packetCache:expungeByName(name [, type, suffixMatch]) → number
            Takes answers out: all but so many, expired ones, those of a name. Returns how many.
        packetCache:dump(path)
            without effect: a cache is not written to files
        """
}
