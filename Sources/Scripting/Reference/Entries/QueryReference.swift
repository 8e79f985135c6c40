// SPDX-License-Identifier: Apache-2.0

extension Reference {
    static let queries = """
        dq → query
            The query that a policy decides about. It is only good during the call.
        dq.qname → name
            The name that is asked for.
        dq.qtype → number
        dq.qclass → number
        dq.opcode → number
            Compare with DNSQType.A, DNSClass.IN, DNSOpcode.Query.
        dq.rcode → number
            The response code in the header.
        dq.remoteaddr → address
        dq.localaddr → address
            The client, and where it asked.
        dq.dh → header
            The query's header.
        dq.tcp → true or false
            Whether it came over TCP.
        dq.len → number
        dq.size → number
            Bytes of the query.
        dq:getDO() → true or false
            Whether EDNS asks for DNSSEC.
        dq:getProtocol() → text
            "Do53 UDP" or "Do53 TCP".
        dq:getContent() → text
            The query's bytes.
        dh:getID() → number
        dh:getRD() → true or false
        dh:getCD() → true or false
        dh:getAA() → true or false
        dh:getAD() → true or false
        dh:getRA() → true or false
        dh:getTC() → true or false
        dh:getQR() → true or false
            The header's identifier and flags (RFC 1035 §4.1.1).
        """
}
