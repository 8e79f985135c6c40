// SPDX-License-Identifier: Apache-2.0

extension Reference {
    static let blocks = """
        dynBlockRulesGroup() → block rules group
            Rules about what clients do: who exceeds one is blocked for a while. Its rules are tried
            when apply is called, from maintenance().
            dnsdist: the same; the function of a rule is Lua (no FFI).
        blockRulesGroup:setQueryRate(rate, seconds, reason, blockingTime [, action [, warningRate]])
            Blocks a client that sends more than so many queries a second, over so many seconds. The
            action is DNSAction.Drop, NoOp, Nxdomain, Refused, Truncate or NoRecurse, that of
            setDynBlocksAction when left out; above the warning rate, a block that only counts is
            inserted and told of in the log.
        blockRulesGroup:setQTypeRate(qtype, rate, seconds, reason, blockingTime [, action [, warningRate]])
            The same for queries of one type.
        blockRulesGroup:setRCodeRate(rcode, rate, seconds, reason, blockingTime [, action [, warningRate]])
            The same for answers with a code.
        blockRulesGroup:setResponseByteRate(rate, seconds, reason, blockingTime [, action [, warningRate]])
            The same for octets of answers.
        blockRulesGroup:setRCodeRatio(rcode, ratio, seconds, reason, blockingTime, minimumNumberOfResponses [, action [, warningRatio]])
            Blocks a client for which more than this share (0 to 1) of all its answers had the code,
            once it had so many answers.
        blockRulesGroup:setCacheMissRatio(ratio, seconds, reason, blockingTime, minimumNumberOfResponses, minimumGlobalCacheHitRatio [, action [, warningRatio]])
            The same for answers that came from no cache, while the caches answer at least that share
            of all lookups.
        blockRulesGroup:setSuffixMatchRule(seconds, reason, blockingTime, action, visitor)
            Calls visitor(node, own, all) for each name that was asked for and each name above it, but
            for the root: what it returns true for is blocked with all names below. After true it may
            return a reason and an action of its own. A name longer than 80 octets is seen by its last
            labels.
        blockRulesGroup:setSuffixMatchRuleFFI(seconds, reason, blockingTime, action, visitor)
            refused: Lua here is 5.4 without ffi; setSuffixMatchRule does the same
        blockRulesGroup:setNewBlockInsertedHook(hook)
            Calls hook(kind, what, reason, action, seconds, warning) for each new block; kind is 0 for
            an address and 1 for a name.
        blockRulesGroup:excludeRange(netmasks)
        blockRulesGroup:includeRange(netmasks)
            Never blocks, or blocks all the same, clients in a netmask, a list of them or a netmask
            group; the longest netmask decides.
        blockRulesGroup:removeRange(netmasks)
            Forgets what was excluded or included, netmask by netmask.
        blockRulesGroup:excludeDomains(names)
            Never blocks these names and those below them.
        blockRulesGroup:setMasks(v4, v6, port)
            How many bits of an address tell clients apart, 32 and 128 unless set; and of the port of
            an IPv4 address, for clients behind an address translation.
        blockRulesGroup:setQuiet(quiet)
            Whether insertions are left out of the log.
        blockRulesGroup:apply()
            Looks at the traffic once and blocks whom the rules find. A block in force is prolonged,
            never shortened.
        blockRulesGroup:toString() → text
            The rules, and whom they spare.
        statNode.fullname
        statNode.labelsCount
            The name that a visitor is shown, and how many labels it has.
        statNode.numChildren() → number
            Names that are one label longer. It may be called with a colon, too.
        statNodeStats.queries
        statNodeStats.noerrors
        statNodeStats.nxdomains
        statNodeStats.servfails
        statNodeStats.drops
        statNodeStats.bytes
        statNodeStats.hits
            Answers for the name (own), or for it and all below (all): how many, with which code, how
            many never came, how many octets they had, and how many came from a cache or from us.
        addDynBlocks(addresses, message [, seconds [, action]])
            Blocks the addresses of a table, which exceedQRate and its siblings return, or of a list,
            for 10 seconds unless told.
            dnsdist: the same; it takes no list.
        addDynamicBlock(address, message [, action [, seconds [, mask [, portMask]]]])
            Blocks one address, or the network that it is in.
        addDynBlockSMT(names, message [, seconds [, action]])
            Blocks names and all below them.
        clearDynBlocks()
            Ends all blocks.
        exceedQRate(rate, seconds) → table
        exceedServFails(rate, seconds) → table
        exceedNXDOMAINs(rate, seconds) → table
        exceedRespByterate(rate, seconds) → table
            Addresses with more than so many queries, answers with SERVFAIL or NXDOMAIN, or octets of
            answers a second, and how many there were. The first call begins to note the traffic.
        exceedQTypeRate(type, rate, seconds) → table
            The same for queries of one type.
        getDynamicBlocks() → table
        getDynamicBlocksSMT() → table
            The blocks of addresses, or of names, by what is blocked: reason, blocks (the queries that
            met it), action, warning, bpf (false), until (tv_sec and tv_nsec) and, for names, domain.
        showDynBlocks()
            Prints the blocks in force; pharos status shows them, too.
        setDynBlocksAction(action)
            What blocks do that name no action: DNSAction.Drop unless set.
        setRingBuffersSize(entries [, shards])
            Queries, and as many answers, that each thread remembers for dynamic blocks: 10 000 unless
            set. Threads share a million when that is more.
            dnsdist: all threads share the ring, in shards.
        newQPSLimiter(rate, burst) → rate limiter
            Counts what happens in a second, in all virtual machines together.
        rateLimiter:check() → true or false
            Whether one more is within the rate; counts it.
        """
}
