// SPDX-License-Identifier: Apache-2.0

extension Reference {
    static let listening = """
        setLocal(address [, options])
            Answers there over UDP and TCP, and forgets every listener named before. Port 53 unless
            given; the address may appear on the host later.
        setLocal.interface = "eth0"
        addLocal.interface = "eth0"
            Only what arrives on this interface.
        setLocal.tcpListenQueueSize = 4096
        addLocal.tcpListenQueueSize = 4096
            Connections that the kernel holds until they are accepted, capped by net.core.somaxconn.
        setLocal.doTCP = true
        addLocal.doTCP = true
            TCP is always served.
            without effect: TCP is served on every listener
        setLocal.reusePort = true
        addLocal.reusePort = true
            All workers share a listener's port.
            without effect: pharos run --workers says how many threads share the port
        setLocal.tcpFastOpenQueueSize = 0
        addLocal.tcpFastOpenQueueSize = 0
            Connections by TCP Fast Open that wait to be accepted; 0 for none of it. The kernel takes
            them where the sysctl net.ipv4.tcp_fastopen is 2 or 3.
        setLocal.cpus = {0, 1}
        addLocal.cpus = {0, 1}
            without effect: the kernel places the threads
        setLocal.maxInFlight = 100
        addLocal.maxInFlight = 100
            without effect: the bound on queries of one TCP connection is ours
        setLocal.maxConcurrentTCPConnections = 1000
        addLocal.maxConcurrentTCPConnections = 1000
            without effect: the bound on TCP connections is ours
        setLocal.enableProxyProtocol = true
        addLocal.enableProxyProtocol = true
            without effect: the PROXY protocol is not spoken; clients that send it are not
            understood
        setLocal.xskSocket = socket
        addLocal.xskSocket = socket
            without effect: packets are read from ordinary sockets
        addLocal(address [, options])
            Answers there as well. The same address twice counts once.
        setACL(network or list or netmask group)
            Who may ask: replaces the list. Unless set: private, link-local and loopback networks.
        addACL(network or list or netmask group)
            Adds to who may ask.
        webserver(address [, password, apiKey, headers, acl])
            Serves /metrics and /healthz there, over HTTP. Port 8083 unless given.
            dnsdist: there is no dashboard and no API; what follows the address is of before 1.6.
        setWebserverConfig{password = "…", …}
            Who may read them; what is not named stays as it was.
        setWebserverConfig.password = "…"
        setWebserverConfig.apiKey = "…"
            Either opens the pages: the password over HTTP's basic authentication, whatever the
            name, the key in the header X-API-Key. Written in plain text; a hash opens nothing.
        setWebserverConfig.acl = "127.0.0.1, ::1"
            Networks that may connect, as text with commas or as a list. Unless set: this host.
        setWebserverConfig.statsRequireAuthentication = true
            Whether /metrics asks for the password or the key.
        setWebserverConfig.apiRequiresAuthentication = true
            without effect: there is no API
        setWebserverConfig.dashboardRequiresAuthentication = true
            without effect: there is no dashboard
        setWebserverConfig.hashPlaintextCredentials = false
            without effect: credentials are compared as they are
        setWebserverConfig.customHeaders = {}
            without effect: the pages carry no further headers
        setWebserverConfig.maxConcurrentConnections = 100
            without effect: connections to the web server are not counted
        setWebserverConfig.prometheusAddInstanceLabel = false
            without effect: metrics carry no label instance
        hashPassword(password) → text
            The password itself, which setWebserverConfig then takes.
            dnsdist: gives a hash; here passwords are compared as they are written.
        rmACL(network)
        setACLFromFile(path)
            Takes a network out of who may ask; takes the list from a file, one network a line.
        setLocal.tcpFastOpenSize = 0
        addLocal.tcpFastOpenSize = 0
            The same under another name.
        setMaxUDPOutstanding(count)
            How many queries may be in flight to one server from one worker.
        setMaxUDPQueueDelay(milliseconds)
            How old a query may be when a worker that cannot keep up gets to it: 25 unless told, 1 to
            2000. Older ones are dropped and counted (overdue-queries), and the kernel's queue is
            made so short that the newest are dropped there (queue-overflows).
        setMaxTCPConnectionsPerClient(count)
            TCP connections of one address at a time, 256 unless told; 0 is as many as there may be.
        setMaxTCPQueriesPerConnection(count)
            Queries on one connection; the last is answered, then it is closed. 0 is no limit.
        setMaxTCPConnectionDuration(seconds)
            How long a connection of a client may last; 0 is no limit.
        setTCPRecvTimeout(seconds)
        setTCPSendTimeout(seconds)
            How long a client may be silent, and how long it may not read. 1 to 300.
        truncateTC(true or false)
            Whether a server's answer with TC loses its records.
        fixupCase(true or false)
            without effect: answers keep the case that the server wrote
        setECSSourcePrefixV4(bits)
        setECSSourcePrefixV6(bits)
            Bits of the client's address that servers with useClientSubnet are told (24, 56).
        setECSOverride(true or false)
            Whether a subnet that the client named gives way to its own address (false).
        setServerIdentity{…}
            What we answer to who asks which server answers, over UDP and TCP: TXT and ANY questions
            of class CH, and the NSID option of any query (RFC 5001). Rules come before it, so a rule
            can refuse such a question or answer it with SpoofRawAction; the cache, the policy and
            the servers come after it. Without a call: the node's name for all but the version.
        setServerIdentity.id = node.name
            For id.server. A text of 1 to 255 octets; false: it is not told.
        setServerIdentity.hostname = node.name
            For hostname.bind; the same.
        setServerIdentity.version = false
            For version.bind, version.server and version.pdns; the same.
        setServerIdentity.forwardChaos = false
            What becomes of those names that are not told: they are refused, so that no server's
            version leaks. true: a server is asked.
        setServerIdentity.nsid = node.name
            What answers to a query with the option NSID carry, whoever answered. The option is not
            sent on, and left out where the answer would be longer than the client can take. false:
            the option goes to the server and its answer to the client.
        getAddressInfo(host, function(host, addresses) … end)
            Resolves a name once the file is read, and calls the function with its addresses.
        frontend:addCertificate()
        frontend:attachFilter()
        frontend:detachFilter()
        frontend:generateAndLoadInMemoryCertificate()
        frontend:getAddressAndPort()
        frontend:getNumberOfTicketsKeys()
        frontend:getTicketsKeysCount()
        frontend:loadNewCertificate()
        frontend:loadNewCertificatesAndKeys()
        frontend:loadTicketsKey()
        frontend:loadTicketsKeys()
        frontend:markActive()
        frontend:markInactive()
        frontend:reload()
        frontend:reloadCertificates()
        frontend:removeInactiveCertificate()
        frontend:rotateTicketsKey()
        frontend:rotateTicketsKeys()
        frontend:setResponsesMap()
            without effect: an encrypted listener's object, which stands for nothing that listens
        """
}
