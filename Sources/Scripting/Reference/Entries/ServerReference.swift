// SPDX-License-Identifier: Apache-2.0

extension Reference {
    static let servers = """
        newServer{address = "192.0.2.1", …} → server
            Declares a server that queries go to. `newServer("192.0.2.1", qps)` is the short form;
            an unknown key is a warning, as in dnsdist.
        newServer.address = "192.0.2.1:53"
            Where it is; port 53 unless given. Required.
        newServer.name = "ns1"
            What you call it; its history is kept under it across reloads.
        newServer.order = 1
            Lower is preferred; policies see servers sorted by it.
        newServer.weight = 1
            Its share, for wrandom, whashed and chashed.
        newServer.qps = 0
            Queries a second, 0 for no limit; read by firstAvailable.
        newServer.pool = "name" or list
            The pools it is in; the default pool is "".
        newServer.id = "UUID"
            Read by chashed, and by getServer.
        newServer.source = "192.0.2.9@eth0"
            An address, an interface, or both, to send from.
        newServer.sockets = 1
            UDP sockets towards it, for each worker.
        newServer.useClientSubnet = false
            Whether queries tell it the client's network (EDNS client subnet): 24 bits of an IPv4
            address, 56 of an IPv6 one, unless setECSSourcePrefixV4 and V6 say otherwise.
        newServer.retries = 5
            Times a TCP query is tried again when the connection broke.
        newServer.tcpConnectTimeout = 5
        newServer.tcpSendTimeout = 30
        newServer.tcpRecvTimeout = 30
            Seconds that a TCP connection to it may take for this.
        newServer.tcpFastOpen = false
            Whether the first query of a TCP connection leaves with its SYN (RFC 7413), once the
            server has given a cookie.
        newServer.udpTimeout = 2
            Seconds that it may take to answer; unless given, what setUDPTimeout says.
        newServer.checkName = "a.root-servers.net."
        newServer.checkType = "A"
        newServer.checkClass = "IN"
            What the health check asks.
        newServer.checkTimeout = 1000
            Milliseconds that the health check waits for an answer.
        newServer.checkInterval = 1
            Seconds between health checks.
        newServer.maxCheckFailures = 1
            Failures in a row that make it down.
        newServer.rise = 1
            Successes in a row that make it up.
        newServer.mustResolve = false
            NXDOMAIN and REFUSED count as failures too.
        newServer.setCD = false
            Sets checking disabled in the health check's query.
        newServer.checkTCP = false
            Checks over TCP.
        newServer.healthCheckMode = "auto"
            "up" and "down" check nothing and force that state; "lazy" checks only while the
            answers of real queries look bad.
        newServer.check = check
            A check of yours, or its name, decides instead of the health check.
        newServer.checkFunction = function(qname, qtype, qclass, dh) → qname, qtype, qclass
            Says what each health check asks, as in dnsdist; dh has the header's flags, which it may
            set. When it fails nothing is asked and the last verdict stands for 60 s; one that fails
            at load time refuses the configuration.
        newServer.lazyHealthCheckSampleSize = 100
        newServer.lazyHealthCheckMinSampleCount = 1
        newServer.lazyHealthCheckThreshold = 20
        newServer.lazyHealthCheckMode = "TimeoutOrServFail"
            With healthCheckMode = "lazy": how many of the last answers are looked at, from how many
            on, what percentage of failures begins to check, and what a failure is ("TimeoutOnly").
        newServer.lazyHealthCheckFailedInterval = 30
        newServer.lazyHealthCheckUseExponentialBackOff = false
        newServer.lazyHealthCheckMaxBackOff = 3600
            Seconds between checks of a server that is down, and how they grow.
        newServer.tls = "openssl"
        newServer.dohPath = "/dns-query"
        newServer.useProxyProtocol = true
            Such a server is never sent to, and shown so: it would get its queries in another form
            than it expects.
            dnsdist: encrypted connections and the PROXY protocol are not there.
        setVerboseHealthChecks(true)
            Logs each health check of a server that fails, and why.
        getServer(position or UUID or name) → server
            The server at a position counted from 0, or with this id, name or address.
        rmServer(server or position or UUID or name)
            Takes a server out again, while the file is read.
        getServers() → list
            All servers, in order of declaration.
        getPoolServers(pool) → list
            The servers of a pool.
        server.name → text
            What it is called; can be set in the configuration.
        server.address → text
            Where it is, with its port.
        server.order → number
        server.weight → number
            As declared, or as a script set it; can be set.
        server.upStatus → true or false
            What the health check last said; can be set.
        server.score → number
            From 0 to 1, of its check; wrandom, whashed and chashed scale the weight by it.
        server:isUp() → true or false
            Whether it may get queries: forced up, or not forced and its check says so.
        server:setUp()
        server:setDown()
            Forces it, for all threads.
        server:setAuto([status])
            Ends forcing; `true` and `false` also say what its check is to have said.
        server:setActiveAuto([status])
        server:setLazyAuto([status])
            As setAuto, and from now on with ordinary or with lazy health checks.
        server:getHealthCheckMode() → "active" or "lazy"
            How it is checked while it is not forced.
        server:setHealthCheckParams{checkInterval = 5, …}
            Changes its health check until the next reload; what is not given, or 0, stays.
        server.setHealthCheckParams.checkInterval = 1
        server.setHealthCheckParams.checkTimeout = 1000
        server.setHealthCheckParams.maxCheckFailures = 1
        server.setHealthCheckParams.rise = 1
            As the keys of newServer, in their units.
        server:setQPS(number)
            Changes the queries a second that firstAvailable allows.
        server:addPool(pool)
        server:rmPool(pool)
            Puts it into a pool, or takes it out, while the file is read.
        server:getName() → text
            Its name.
        server:getNameWithAddr() → text
            `name (address)`, or the address when it has no name.
        server:getID() → text
            Its id, empty when none was given.
        server:getOutstanding() → number
            Queries that it has not answered yet.
        server:getLatency() → number
            Its average time to answer, in microseconds.
        server:getQueries() → number
        server:getDrops() → number
            Queries sent to it since the start, and those of them it did not answer in time.
        """
}
