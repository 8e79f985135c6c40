// SPDX-License-Identifier: Apache-2.0

extension Reference {
    static let selectors = """
        addAction(selector or text or list, action [, options])
            Adds a rule for queries: the first that matches and decides ends the chain. Text is a
            network or a name with what is below it, a list several of either.
        addLuaAction(selector or text or list, function(dq) [, options])
            The same, with a function as its action.
            dnsdist: removed there in 1.4 in favour of LuaAction.
        addResponseAction(selector or text or list, responseAction [, options])
            Adds a rule for answers that come from a server.
        addCacheHitResponseAction(selector or text or list, responseAction [, options])
            Adds a rule for answers from the cache.
        addSelfAnsweredResponseAction(selector or text or list, responseAction [, options])
            Adds a rule for answers that a rule made.
        addLuaResponseAction(selector or text or list, function(dr) [, options])
            A rule for answers whose action is a function.
            dnsdist: removed there in 1.4 in favour of LuaResponseAction.
        addAction.name = "…"
        addLuaAction.name = "…"
        addResponseAction.name = "…"
            What status and metrics call the rule; the other calls that add rules take it too.
        addAction.uuid = "…"
        addLuaAction.uuid = "…"
        addResponseAction.uuid = "…"
            What the functions that move and remove rules find it by.
        newRuleAction(selector, action [, options]) → rule
            A rule for setRules.
        setRules{rule, …}
            Replaces all rules for queries.
        topRule()
        mvRuleToTop()
        topResponseRule()
        mvResponseRuleToTop()
        topCacheHitResponseRule()
        mvCacheHitResponseRuleToTop()
        topSelfAnsweredResponseRule()
        mvSelfAnsweredResponseRuleToTop()
            Moves the rule added last to the front of its chain. The first form is that of dnsdist
            before 1.6.
        mvRule(from, to)
        mvResponseRule(from, to)
        mvCacheHitResponseRule(from, to)
        mvSelfAnsweredResponseRule(from, to)
            Moves a rule in front of another; they are counted from 0.
        rmRule(position or uuid or name)
        rmResponseRule(position or uuid or name)
        rmCacheHitResponseRule(position or uuid or name)
        rmSelfAnsweredResponseRule(position or uuid or name)
            Removes a rule.
        clearRules()
        clearResponseRules()
        clearCacheHitResponseRules()
        clearSelfAnsweredResponseRules()
            Removes all rules of the chain.
        addAnyTCRule()
            ANY over UDP is answered with TC, so that it comes again over TCP.
            dnsdist: removed there in 1.3.
        addPoolRule(selector or text or list, pool)
            What matches goes to the pool.
            dnsdist: removed there in 1.3 in favour of addAction and PoolAction.
        addDomainBlock(names)
            What matches gets no answer.
            dnsdist: removed there in 1.3 in favour of DropAction.
        addDomainSpoof(names, address [, address])
        addDomainCNAMESpoof(names, name)
            What matches is answered with an address, or with an alias.
            dnsdist: removed there in 1.3 in favour of SpoofAction.
        addQPSLimit(selector or text or list, qps)
            What matches beyond a rate gets no answer.
            dnsdist: removed there in 1.3 in favour of QPSAction.
        addQPSPoolRule(selector or text or list, qps, pool)
            What matches goes to the pool, up to a rate.
            dnsdist: removed there in 1.3 in favour of QPSPoolAction.
        addDelay(selector or text or list, milliseconds)
            Answers to what matches are delayed.
            dnsdist: removed there in 1.3 in favour of DelayAction.
        addNoRecurseRule(selector or text or list)
        addDisableValidationRule(selector or text or list)
            What matches goes on without RD, or with CD.
            dnsdist: removed there in 1.3 in favour of SetNoRecurseAction and
            SetDisableValidationAction.
        AllRule() → selector
            Matches everything.
        NotRule(selector) → selector
            Matches what the other does not.
        AndRule{selector, …} → selector
            Matches when all do.
        OrRule{selector, …} → selector
            Matches when one does.
        makeRule(text or list) → selector
            The selector that addAction would make of the text.
        QNameRule(name) → selector
            Matches this name.
        QNameSetRule(set) → selector
            Matches each name of a set.
        SuffixMatchNodeRule(suffixes) → selector
        QNameSuffixRule(suffixes) → selector
            Matches these names and all below them.
        RegexRule(expression) → selector
            Matches the name without its last dot against a POSIX extended expression, without
            regard to case.
        RE2Rule(expression) → selector
            The same.
            dnsdist: RE2's own syntax, as `\\d`, is refused.
        QNameLabelsCountRule(min, max) → selector
        QNameWireLengthRule(min, max) → selector
            Matches names with fewer or more labels, or octets, than these.
        QTypeRule(type) → selector
            Matches a type of record: DNSQType.ANY, "AAAA" or a number.
        QClassRule(class) → selector
            Matches a class.
        OpcodeRule(opcode) → selector
            Matches an opcode: DNSOpcode.Update.
        RDRule() → selector
            Matches what asks for recursion.
        DNSSECRule() → selector
            Matches what asks for DNSSEC (DO).
        EDNSOptionRule(code) → selector
            Matches what has this EDNS option.
        EDNSVersionRule(version) → selector
            Matches EDNS versions above this.
        TrailingDataRule() → selector
            Matches messages with octets after their end.
        RecordsCountRule(section, min, max) → selector
        RecordsTypeCountRule(section, type, min, max) → selector
            Matches by the number of records in a section, of any type or of one.
        RCodeRule(rcode) → selector
        ERCodeRule(rcode) → selector
            Matches answers with this response code; the second looks at EDNS too.
        TCPRule(tcp) → selector
            Matches what came over TCP (`true`), or over UDP (`false`).
        NetmaskGroupRule(networks [, src]) → selector
            Matches the client's address, or where it asked (`src = false`): a netmask group, a
            network as text, or a list.
        DSTPortRule(port) → selector
            Matches the port that was asked.
        MaxQPSRule(qps [, burst]) → selector
            Matches what is within the rate.
        MaxQPSIPRule(qps [, v4Mask, v6Mask, burst, expiration]) → selector
            Matches what exceeds the rate of its client's network (32 and 64 bits).
        ProbaRule(probability) → selector
            Matches at random.
        TagRule(name [, value]) → selector
            Matches a query with this tag.
        PoolAvailableRule(pool) → selector
            Matches while the pool has a server that is up.
        PoolOutstandingRule(pool, limit) → selector
            Matches while more queries than this wait for the pool's servers.
        LuaRule(function(dq)) → selector
            Matches when the function returns true.
        KeyValueStoreLookupRule(store, key) → selector
            Matches when the store has the key.
        newCDBKVStore(path, refreshDelay) → store
            A constant database in a file, read again when it has changed.
        KeyValueLookupKeyQName([wireFormat]) → key
        KeyValueLookupKeySuffix([minLabels, wireFormat]) → key
        KeyValueLookupKeySourceIP([v4mask, v6mask, includePort]) → key
        KeyValueLookupKeyTag(name) → key
            What of a query is looked up: its name, its name and those above, the client's address,
            a tag's value.
        HTTPHeaderRule(…) → selector
        HTTPPathRule(…) → selector
        HTTPPathRegexRule(…) → selector
            without effect: no query comes over HTTPS, so it matches nothing
        SNIRule(…) → selector
            without effect: no query comes over TLS, so it matches nothing
        ProxyProtocolValueRule(…) → selector
            without effect: no query comes over the PROXY protocol, so it matches nothing
        """
}
