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
        pool:setDisableZeroScope(disable)
            without effect: queries go out with the client subnet they came with, if any
        pool:getECS() → true or false
            What setECS was told.
        """
}
