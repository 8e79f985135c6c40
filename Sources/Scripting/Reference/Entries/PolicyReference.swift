// SPDX-License-Identifier: Apache-2.0

extension Reference {
    static let policies = """
        setServerPolicy(policy)
            The policy of every pool that has none of its own; the last call wins.
        setServerPolicyLua(name, function(servers, dq))
            The same, with a function.
        newServerPolicy(name, function(servers, dq)) → policy
            Makes a policy object of a function.
        newPlannedPolicy(name, function(servers)) → policy
            Makes a policy whose function runs when a server's state, score, weight or order changes,
            and not for a query. It returns {servers = …, weights = …, pick = "wrandom"}.
        setPoolServerPolicy(policy, pool)
        setPoolServerPolicyLua(name, function(servers, dq), pool)
            The policy of one pool.
        policyReturns("index")
            In a file written for dnsdist 2.1: `X.policy` returns an index, as there. "server" is
            what it returns unless told so. The comment `-- pharos: dnsdist-2.1` on top of the file
            says the same.
        setServFailWhenNoServer(true)
            Answers SERVFAIL when no server can be used. Unless set: no answer over UDP, a closed
            connection over TCP.
        setRoundRobinFailOnNoServer(true)
            roundrobin finds nobody when all servers are down, instead of asking one all the same.
        setWHashedPertubation(number)
        setWHashedPerturbation(number)
            What the hash of whashed and chashed begins with; at random for each start unless set.
            dnsdist: the first spelling is that of versions before 2.0.
        setWeightedBalancingFactor(number)
        setConsistentHashingBalancingFactor(number)
            A server with more than so many times its fair part of the queries in flight is passed
            over, by wrandom and whashed, or by chashed; 0, the default, is no bound.
        setUDPTimeout(seconds)
            How long an answer may take over UDP (2).
            dnsdist: there the wait is up to 4 seconds for a value of 2; here it is 2.
        setUDPRetries(count)
            1, unless set: a query over UDP whose server refuses the port, cannot be reached or is silent
            until its timeout goes once to another live server of its pool, the least busy of the
            lowest order. 0: it is given up, as by dnsdist.
        setUDPSegmentation(true or false)
            true, unless set: queries of one length that leave for a server together are given to the
            kernel as one message, which it cuts apart at the end of its way (UDP_SEGMENT): the fewer
            lengths and the fuller the batches, the less a query costs. Where the kernel refuses, they
            leave one by one. On the wire nothing differs.
        leastOutstanding → policy
            The fewest unanswered queries, then the lower order, then the lower latency. The
            default.
        firstAvailable → policy
            The first server, by order, that is below its qps.
        wrandom → policy
            At random, in proportion to weights.
        whashed → policy
            By the name that is asked for, in proportion to weights.
        chashed → policy
            By the name that is asked for; when a server fails, only its names move.
        roundrobin → policy
            One after the other.
        orderedWrandUntag → policy
            wrandom within the lowest order that has a live server whose name is no tag of the
            query.
        policy.name → text
            Its name.
        policy.policy(servers, dq) → server
            Chooses among some servers, inside a policy function of yours.
            dnsdist: from 2.1 on it gives an index; here it is a server, which a policy may return.
        """
}
