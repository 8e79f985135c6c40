// SPDX-License-Identifier: Apache-2.0

extension Reference {
    static let queries = """
        dq → query
        dr → answer
            What a policy, a rule and an action are given; `dr` is that of an action on answers.
            Good during the call only. A policy may read dq, an action may change it too.
        dq.qname → name
        dr.qname → name
            The name that is asked for.
        dq.qtype → number
        dq.qclass → number
        dq.opcode → number
        dr.qtype → number
        dr.qclass → number
        dr.opcode → number
            Compare with DNSQType.A, DNSClass.IN, DNSOpcode.Query.
        dq.rcode → number
        dr.rcode → number
            The response code in the header; an action may set it.
        dq.remoteaddr → address
        dq.localaddr → address
        dr.remoteaddr → address
        dr.localaddr → address
            The client, and where it asked.
        dq.dh → header
        dr.dh → header
            The header.
        dq.tcp → true or false
        dr.tcp → true or false
            Whether the query came over TCP.
        dq.len → number
        dq.size → number
        dr.len → number
        dr.size → number
            Octets of the message.
        dq.pool → text
        dr.pool → text
            The pool whose servers get the query; an action may set it.
        dq.skipCache → true or false
        dr.skipCache → true or false
            Whether the cache is passed by; an action may set it.
        dq.tempFailureTTL → number or nil
        dr.tempFailureTTL → number or nil
            Seconds that SERVFAIL and REFUSED are kept; an action may set it.
        dq.useECS → true or false
        dq.ecsOverride → true or false
        dq.ecsPrefixLength → number
        dr.useECS → true or false
        dr.ecsOverride → true or false
        dr.ecsPrefixLength → number
            What a server with useClientSubnet is told of the client's subnet; an action may set it.
        dq:getDO() → true or false
        dr:getDO() → true or false
            Whether EDNS asks for DNSSEC.
        dq:getProtocol() → text
        dr:getProtocol() → text
            "Do53 UDP" or "Do53 TCP".
        dq:getContent() → text
        dr:getContent() → text
            The message's octets.
        dq:getEDNSOptions() → table
        dr:getEDNSOptions() → table
            The options of its OPT record, by code.
        dq:getTrailingData() → text
        dr:getTrailingData() → text
            What comes after the message's end.
        dq:getTag(name) → text
        dr:getTag(name) → text
            The tag's value, empty when there is none.
        dq:getTagArray() → table
        dr:getTagArray() → table
            All tags by name.
        dq:setTag(name, value)
        dr:setTag(name, value)
        dq:setTagArray(table)
        dr:setTagArray(table)
            Gives the query tags, which its answer has too.
        dq:getServerNameIndication() → text
        dr:getServerNameIndication() → text
        dq:getIncomingInterface() → text
        dr:getIncomingInterface() → text
            Empty: no query comes over TLS, and interfaces are not told apart.
        dq:getHTTPPath() → text
        dq:getHTTPQueryString() → text
        dq:getHTTPHost() → text
        dq:getHTTPScheme() → text
        dq:getHTTPHeaders() → table
        dr:getHTTPPath() → text
        dr:getHTTPQueryString() → text
        dr:getHTTPHost() → text
        dr:getHTTPScheme() → text
        dr:getHTTPHeaders() → table
            Empty: no query comes over HTTPS.
        dq:spoof(address or list)
            Answers with these; the function then returns DNSAction.Spoof.
        dq:setRestartable()
            Keeps the query, so that an action on its answer can restart it.
        dr:restart()
            refused: a query is sent once
        dr:getSelectedBackend() → server
            Who answered.
        dr:editTTLs(function(section, class, type, ttl))
            Gives each record the TTL that the function returns.
        dq:sendTrap(text)
        dr:sendTrap(text)
            without effect: no trap is sent
        dq:setHTTPResponse(status, body)
            without effect: no query comes over HTTPS
        dq:setContent(octets)
        dr:setContent(octets)
        dq:setTrailingData(octets)
        dr:setTrailingData(octets)
        dq:setEDNSOption(code, value)
        dq:setExtendedDNSError(code [, text])
        dr:setExtendedDNSError(code [, text])
        dq:changeName(name)
        dr:changeName(name)
        dq:suspend(…)
        dr:suspend(…)
        dq:addProxyProtocolValue(type, value)
        dq:setProxyProtocolValues(table)
        dq:getProxyProtocolValues() → table
        dq:setNegativeAndAdditionalSOA(…)
        dq:getQueryTime() → time
        dr:getQueryTime() → time
        dq:getElapsedUs() → number
        dr:getElapsedUs() → number
            refused: it is not there yet
        dh:getID() → number
        dh:getRD() → true or false
        dh:getCD() → true or false
        dh:getAA() → true or false
        dh:getAD() → true or false
        dh:getRA() → true or false
        dh:getTC() → true or false
        dh:getQR() → true or false
            The header's identifier and flags (RFC 1035 §4.1.1).
        dh:setRD(value)
        dh:setCD(value)
        dh:setAA(value)
        dh:setAD(value)
        dh:setRA(value)
        dh:setTC(value)
        dh:setQR(value)
            Sets a flag, in an action. With QR set the query itself is sent back as the answer.
        """
}
