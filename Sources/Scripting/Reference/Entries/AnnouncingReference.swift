// SPDX-License-Identifier: Apache-2.0

extension Reference {
    static let announcing = """
        newNeighbor{address = "192.0.2.1", peerAS = 64500, localAS = 64501, …} → neighbor
            Declares a BGP neighbour.
        newNeighbor.address = "192.0.2.1"
            Its address; `fe80::1%eth0` too. Required. A range, `192.0.2.0/24`, with `passive = true`,
            gives whoever calls from it a session, which status shows by its own address.
        newNeighbor.port = 179
            Its port.
        newNeighbor.peerAS = 64500
        newNeighbor.localAS = 64501
            AS numbers; equal ones are internal BGP. Required.
        newNeighbor.localAddress = "auto"
            Ours, of the same family.
        newNeighbor.routerID = "192.0.2.10"
            Ours in this session; unless given, what setRouterID says.
        newNeighbor.holdTime = 10
            Seconds: 0, or from 3.
        newNeighbor.families = {"ipv4 unicast", "ipv6 unicast"}
            What is announced to it; unless given, the family of its address.
        newNeighbor.passive = false
            Waits for it to connect; needs setBGPListen.
        newNeighbor.maxPeers = 100
            How many of a range may have a session.
        newNeighbor.shutdown = false
            Keeps the session closed.
        newNeighbor.interface = "eth0"
            The interface of a link-local address, and the one that packets to it and from it take
            (SO_BINDTODEVICE).
        newNeighbor.multihop = hops
            How far away it may be.
        newNeighbor.ttlSecurity = hops
            GTSM (RFC 5082): we send with TTL 255, and the kernel drops what has come from further away
            than so many hops. Not with `multihop`.
        newNeighbor.md5Password = "…"
        newNeighbor.passwordFile = "FILE"
            TCP-MD5 (RFC 2385), at most 80 bytes; of a file the first line. Where the kernel has none,
            the session stays closed. Another key is set on the live session; it is never printed.
        newNeighbor.gracefulRestart = true, false, seconds or {restartTime = …}
            RFC 4724. True says that End-of-RIB is sent and asks nobody to keep our routes: when this
            process ends they go, because what they led to has ended. Seconds ask the neighbour to keep
            them so long. False says nothing.
        newNeighbor.gracefulRestart.restartTime = seconds
            From 1 to 4095.
        newNeighbor.gracefulRestart.notification = false
            RFC 8538: they are kept through a NOTIFICATION too.
        newNeighbor.role = "customer"
            RFC 9234, external BGP only: what this node is to the neighbour: "provider", "customer",
            "peer", "rs" or "rs-client". A neighbour whose own role does not fit is refused (2/11); what
            a provider, a peer and a route server send gets the attribute OTC.
        newNeighbor.strict = false
            Refuses a neighbour that names no role.
        newNeighbor.nextHopMode = "auto"
            What "self" is in IPv6: "global", "global+ll" (with the link-local address) or "ll" (that
            alone). Unless given, with it where the neighbour is on the link.
        newNeighbor.extendedNextHop = true or false
            RFC 8950: IPv4 routes with an IPv6 next hop. True prefers it where the neighbour can, false
            never offers it; unless given, it is used over IPv6 when the interface has no IPv4 address.
        newNeighbor.hostName = true or "ns1.example.org"
            Capability 73: a name for the neighbour's status; true is the host's.
        newNeighbor.bfd = true or {interval = 0.3, multiplier = 3, …}
            Watches the neighbour by BFD (RFC 5880), on a thread of its own: when it is silent for
            `multiplier` of its intervals the session ends at once (Cease 6/10), long before the hold
            time.
        newNeighbor.bfd.interval = 0.3
            Seconds between packets, from 0.01 to 60; the slower of both sides' wishes holds.
        newNeighbor.bfd.minTx = 0.3
        newNeighbor.bfd.minRx = 0.3
            The same for one direction.
        newNeighbor.bfd.multiplier = 3
            Packets of ours that the neighbour may miss before it gives us up.
        newNeighbor.bfd.passive = false
            Says nothing before the neighbour did.
        newNeighbor.bfd.multihop = false
            RFC 5883, UDP port 4784, for a neighbour more than a hop away; true where `multihop` is set.
        newNeighbor.description = "…"
            Shown in status.
        newNeighbor.watchPrefixes = true or {"192.0.2.0/24", …}
            Prefixes, at most 4096, of which rules may know who else announces them
            (node.routes[prefix].others and .paths); true for all that this file announces. Nothing is
            imported.
        neighbor.address → text
            Its address.
        neighbor.established → true or false
        neighbor.state → text
        neighbor.since → number
            In a rule: node.neighbors["192.0.2.1"].
        setRouterID("192.0.2.10")
            The node's BGP identifier; unless set, the highest IPv4 address of the host.
        setBGPListen("192.0.2.10:179")
            Accepts sessions there as well as opening them.
        setAllowedPrefixes{"192.0.2.0/24", "2001:db8:53::/48"}
            What may be announced: these prefixes and all within them, whether announce says so or a
            helper of ExaBGP. Without it, all but the default routes, which need to be named here, above the announce.
        setMaxReloadWithdraws(share)
            The share of the announced prefixes, from 0 to 1, that one reload may withdraw (0.5). A
            reload that would withdraw more, of four or more, is refused with a list of them;
            `pharos reload --force` does it. What the running configuration says counts, not the new
            one.
        steps{{0.8, med = 100}, {0.5, med = 200}, hysteresis = 0.05} → function(score)
            For a rule: the attributes of the first step whose threshold the score reaches, false below
            the last. A step is left only when the score is hysteresis beyond its threshold, so that a
            score that wobbles moves no traffic. It remembers its step: make one for each score.
        announce{prefix = "192.0.2.53/32", when = check, …} → announcement
            Declares a route that is announced while its checks are up.
        announce.prefix = "192.0.2.53/32"
        announce.prefixes = {…}
            One of the two is required.
        announce.when = check or list or "always"
            A check or its name, a list of them (all), or the word. This or `rule` is required.
        announce.rule = function(node)
            Returns attributes, true, or false to withdraw. Called when what it can see has changed.
        announce.nextHop = "self"
            Or an address of the route's family.
        announce.med = 100
        announce.localPreference = 100
        announce.origin = "igp"
        announce.asPath = {64500, 64501}
            The whole path as the neighbour gets it; unless given, our AS on external sessions and
            nothing on internal ones. A list inside it is an AS_SET.
        announce.asPathPrepend = 0
            How many times our AS is put before it, beyond that.
        announce.atomicAggregate = false
        announce.aggregator = "64500:192.0.2.1"
            RFC 4271 §5.1.6 and §5.1.7.
        announce.communities = {"64500:1", "no-export"}
        announce.largeCommunities = {"64500:1:2"}
        announce.extendedCommunities = {"rt:64500:1"}
            Path attributes. Communities have their well-known names; extended ones are `rt:`, `ro:`,
            `bandwidth:64500:125000000` (bytes in a second, by which routers weight equal paths) or
            `0x` and 16 digits.
        announce.otherAttributes = {"200:0a0b"}
            Optional transitive attributes that have no key of their own: type and hexadecimal octets.
        announce.neighbors = {neighbor, …}
            To whom; unless given, all.
        announce.whenDown = "withdraw" or {med = 500, …}
            What happens while it is down; attributes need `med` for up as well.
        announce.reannounceDelay = {first = 0, step = 10, max = 300, halfLife = 600}
            Seconds to wait after flaps.
        announce.reannounceDelay.first = 0
        announce.reannounceDelay.step = 10
        announce.reannounceDelay.max = 300
        announce.reannounceDelay.halfLife = 600
            The wait after the first flap, what each further one adds, the longest wait, and the
            time in which the count of flaps halves.
        announce.whenDown.nextHop = "self"
        announce.whenDown.med = 500
        announce.whenDown.localPreference = 50
        announce.whenDown.origin = "igp"
        announce.whenDown.asPath = {…}
        announce.whenDown.asPathPrepend = 3
        announce.whenDown.atomicAggregate = false
        announce.whenDown.aggregator = "64500:192.0.2.1"
        announce.whenDown.communities = {…}
        announce.whenDown.largeCommunities = {…}
        announce.whenDown.extendedCommunities = {…}
        announce.whenDown.otherAttributes = {…}
            Path attributes while it is down.
        announce.requireAddress = true
            The address must be on this host.
        announce.address = "192.0.2.53"
            Which one; needed for a prefix that is no single host's.
        announce.name = "…"
            What status calls it.
        announce.watchdog = "dns"
            In place of `when`: announced while a helper says so (`announce watchdog dns`). Without
            delays after flaps, unless reannounceDelay is given.
        announce.startsWithdrawn = false
            The watchdog is down until a helper has said something.
        announcement.name → text
        announcement.prefix → text
            As declared.
        newHelper{name = "watcher", run = {"/usr/local/bin/watcher"}, …}
            Runs a program that announces by ExaBGP's text API: it writes commands, one a line, to its
            standard output.
        newHelper.name = "watcher"
            What status calls it. Required.
        newHelper.run = {"/usr/local/bin/watcher", "-v"}
            The program and its arguments; no shell. Required.
        newHelper.searchPath = {"/etc/exabgp"}
            Folders where a program without a leading slash is looked for, before PATH.
        newHelper.neighbors = {neighbor, …}
            Whom its commands are for; unless given, everybody.
        newHelper.watches = true or {neighbor, …}
            Of which it is told when they go up and down.
        newHelper.encoder = "text"
            Or "json": what it is told that in.
        newHelper.version = "4"
            Whose manners it expects: ExaBGP's "3.4", "4" or "5".
        newHelper.acknowledge = true
            Answers each command with `done` or `error`; unless given, false for "3.4".
        newHelper.respawn = true
            Started again when it ends: after 1 s, then later and later, 30 s at most.
        newHelper.onExit = "withdraw"
            Or "keep": what becomes of its routes when it has ended and its next run does not say them
            again within exitGrace.
        newHelper.exitGrace = 30
            Seconds.
        exabgp{config = "/etc/exabgp/exabgp.conf", …}
            Declares what an ExaBGP configuration of 3.4, 4.x or 5.x says: neighbours, routes,
            watchdogs, processes. `pharos import exabgp FILE` prints the same as Lua.
        exabgp.config = "/etc/exabgp/exabgp.conf"
            Required.
        exabgp.nativeHealthcheck = true
            A process that runs ExaBGP's healthcheck becomes a check; false runs it as a program.
        exabgp.version = "4"
            Whose manners processes expect: "3.4", "4" or "5"; unless given, "3.4" for a process inside
            a neighbor and "4" for the others.
        exabgp.acknowledge = true
            As `exabgp.api.ack` in its environment.
        healthcheck{config = "/etc/exabgp/healthcheck.conf"}
            Declares the checks and routes of a healthcheck.pl INI file, or of a file for ExaBGP's
            `healthcheck --config`.
        healthcheck.config = "/etc/exabgp/healthcheck.conf"
            Required.
        node → table
            The host, and in a rule what the rule may see.
        node.name → text
            The host's name, or what --set name=… says.
        node.checks → table
        node.pools → table
        node.neighbors → table
        node.routes → table
            In a rule: by name, by address, by prefix.
        node.drained → true or false
            In a rule: whether the node is being drained.
        check.up → true or false
        check.state → text
        check.score → number
        check.detail → text
        check.since → number
        check.targets → table
        target.up → true or false
        target.state → text
        target.score → number
        target.detail → text
        target.since → number
            In a rule: node.checks["resolver"].
        pool.up → number
        pool.total → number
            In a rule: servers of node.pools[""] that are up, and all.
        pool:count([{order = 1, name = "…"}]) → number
            In a rule: servers that are up, of this order or name.
        pool.count.order = 1
        pool.count.name = "…"
            Which servers to count.
        route.others → number or nil
            In a rule: the neighbours with `watchPrefixes` that have a route of somebody else to the
            prefix; nil while none of them is up and has said all.
        route.paths → table
            In a rule: what each of them says, as a list.
        path.neighbor → text
        path.nextHop → text
        path.asPath → table
        path.med → number or nil
        path.localPreference → number or nil
        path.communities → table
            Of node.routes[prefix].paths: the neighbour's address and the route's attributes; AS numbers
            in order, communities as text, large ones with two colons.
        """
}
