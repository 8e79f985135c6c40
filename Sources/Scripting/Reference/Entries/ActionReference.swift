// SPDX-License-Identifier: Apache-2.0

extension Reference {
    static let actions = """
        AllowAction() → action
            Lets the query through; later rules are not looked at.
        DropAction() → action
            No answer.
        TCAction() → action
            Answers with TC over UDP; over TCP the query goes on.
        NoneAction() → action
            Nothing; the next rule is looked at.
        ContinueAction(action) → action
            Does the action and goes on with the next rule.
        RCodeAction(code [, options]) → action
        ERCodeAction(code [, options]) → action
            Answers with a response code: DNSRCode.REFUSED or a number; the second may be an
            extended one.
        SpoofAction(address or list [, options]) → action
            Answers A and AAAA with addresses, or with an alias when the text is a name.
        SpoofCNAMEAction(name [, options]) → action
            Answers with an alias.
        SpoofRawAction(octets or list [, options]) → action
            Answers with records whose data is given.
        RCodeAction.ttl = 60
        ERCodeAction.ttl = 60
        SpoofAction.ttl = 60
        SpoofCNAMEAction.ttl = 60
        SpoofRawAction.ttl = 60
            Seconds that the records may be kept.
        RCodeAction.aa = false
        RCodeAction.ad = false
        RCodeAction.ra = true
        ERCodeAction.aa = false
        ERCodeAction.ad = false
        ERCodeAction.ra = true
        SpoofAction.aa = false
        SpoofAction.ad = false
        SpoofAction.ra = true
        SpoofCNAMEAction.aa = false
        SpoofCNAMEAction.ad = false
        SpoofCNAMEAction.ra = true
        SpoofRawAction.aa = false
        SpoofRawAction.ad = false
        SpoofRawAction.ra = true
            Flags of the answer; unless given, AA and AD are clear and RA is as RD.
        SpoofRawAction.typeForAny = "A"
            The type of the records when ANY is asked for.
        NegativeAndSOAAction(nxd, zone, ttl, mname, rname, serial, refresh, retry, expire, minimum [, options]) → action
        SetNegativeAndSOAAction(nxd, zone, ttl, mname, rname, serial, refresh, retry, expire, minimum [, options]) → action
            Answers NXDOMAIN, or that there is no such record, with the zone's SOA.
        NegativeAndSOAAction.aa = false
        NegativeAndSOAAction.ad = false
        NegativeAndSOAAction.ra = true
            Flags of the answer; unless given, AA and AD are clear and RA is as RD.
        NegativeAndSOAAction.soaInAuthoritySection = false
            The SOA is in the authority section, where resolvers look for it, and not in the additional one.
        PoolAction(pool [, stop]) → action
            Sends the query to the servers of a pool.
        QPSPoolAction(qps, pool [, stop]) → action
            The same, up to a rate.
        QPSAction(qps) → action
            No answer beyond a rate.
        LuaAction(function(dq)) → action
            The function decides: it returns DNSAction.X and a text, or nothing.
        SetTagAction(name, value) → action
        TagAction(name, value) → action
            Gives the query a tag.
        DelayAction(milliseconds) → action
            Delays the answer over UDP.
        SetNoRecurseAction() → action
        NoRecurseAction() → action
            Clears RD.
        SetDisableValidationAction() → action
        DisableValidationAction() → action
            Sets CD.
        SetSkipCacheAction() → action
        SkipCacheAction() → action
            The answer comes from a server, and is not kept.
        SetTempFailureCacheTTLAction(seconds) → action
        TempFailureCacheTTLAction(seconds) → action
            Seconds that SERVFAIL and REFUSED are kept.
        SetDisableECSAction() → action
        DisableECSAction() → action
            The server is not told of the client's subnet.
        SetECSOverrideAction(override) → action
        ECSOverrideAction(override) → action
            Whether a subnet that the client named gives way to its own address.
        SetECSPrefixLengthAction(v4, v6) → action
        ECSPrefixLengthAction(v4, v6) → action
            Bits of the client's address that a server with useClientSubnet is told.
        SetECSAction(network [, networkV6]) → action
            A server with useClientSubnet is told this network in place of the client's; with two, the
            second for clients over IPv6.
        LogAction([path, binary, append, buffered, verboseOnly, includeTimestamp]) → action
            Writes a line for each query, to a file or to the log.
            dnsdist: the file is text here, never binary.
        AllowResponseAction() → responseAction
            Lets the answer through; later rules are not looked at.
        DropResponseAction() → responseAction
            The answer is not sent.
        TCResponseAction() → responseAction
            Sends it truncated.
        LuaResponseAction(function(dr)) → responseAction
            The function decides: it returns DNSResponseAction.X and a text, or nothing.
        DelayResponseAction(milliseconds) → responseAction
            Delays the answer over UDP.
        LogResponseAction([path, append, buffered, verboseOnly, includeTimestamp]) → responseAction
            Writes a line for each answer.
        SetTagResponseAction(name, value) → responseAction
        TagResponseAction(name, value) → responseAction
            Gives the answer's query a tag.
        SetSkipCacheResponseAction() → responseAction
            The answer is not kept.
        ClearRecordTypesResponseAction(types) → responseAction
            Takes records of these types out.
        LimitTTLResponseAction(min [, max, types]) → responseAction
        SetMaxTTLResponseAction(max) → responseAction
        SetMinTTLResponseAction(min) → responseAction
            Raises and lowers the TTL of records.
        SetMacAddrAction(code) → action
        MacAddrAction(code) → action
            without effect: queries go out without the client's MAC address
        SetEDNSOptionAction(code, value) → action
            without effect: queries go out without the option
        SetProxyProtocolValuesAction(values) → action
        SetAdditionalProxyProtocolValueAction(type, value) → action
            without effect: queries go out without the PROXY protocol
        SetExtendedDNSErrorAction(code [, text]) → action
        SetExtendedDNSErrorResponseAction(code [, text]) → responseAction
            without effect: answers go out without the error's text
        SetMaxReturnedTTLAction(max) → action
        SetMaxReturnedTTLResponseAction(max) → responseAction
        SetReducedTTLResponseAction(percentage) → responseAction
            without effect: answers go out with their own TTL
        SetEDNSOptionResponseAction(code, value) → responseAction
            without effect: answers go out without the option
        SetTraceAction(value) → action
            without effect: nothing is traced
        HTTPStatusAction(status, body) → action
            without effect: no query comes over HTTPS
        SNMPTrapAction([text]) → action
        SNMPTrapResponseAction([text]) → responseAction
            without effect: no trap is sent
        TeeAction(server) → action
            without effect: no copy of a query is sent
        newFrameStreamTcpLogger(address) → logger
        newFrameStreamUnixLogger(path) → logger
        newRemoteLogger(address) → logger
            without effect: nothing is sent there
        DnstapLogAction(identity, logger) → action
        RemoteLogAction(logger) → action
            without effect: no query is logged
        DnstapLogResponseAction(identity, logger) → responseAction
        RemoteLogResponseAction(logger) → responseAction
            without effect: no answer is logged
        """
}
