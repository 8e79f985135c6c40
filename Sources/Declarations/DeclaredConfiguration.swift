// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// Everything that one evaluation of a configuration declared: plain values, no behaviour.
public struct DeclaredConfiguration: Hashable, Sendable {
    /// The file, as given with `-c`.
    public var path: String
    /// `nil` until `setLocal` or `addLocal`; see ``effectiveListeners``.
    public var listeners: [ListenerDeclaration]?
    public var acl: [IPPrefix] = Self.defaultACL
    public var servers: [ServerDeclaration] = []
    public var pools: [PoolDeclaration] = [PoolDeclaration(name: "")]
    public var policy = PolicyDeclaration.builtin(.leastOutstanding)
    public var rules: [RuleDeclaration] = []
    /// On answers of servers, on answers of a cache, on our own.
    public var responseRules: [ResponseRuleDeclaration] = []
    public var cacheHitResponseRules: [ResponseRuleDeclaration] = []
    public var selfAnsweredResponseRules: [ResponseRuleDeclaration] = []
    public var caches: [PacketCacheDeclaration] = []
    public var keyValueStores: [KeyValueStoreDeclaration] = []
    /// `setStaleCacheEntriesTTL`, seconds; 0 serves nothing stale.
    public var staleCacheEntriesTTL: UInt32 = 0
    /// `truncateTC`: a server's answer with TC loses its records.
    public var stripsTruncatedAnswers = false
    /// `setRingBuffersSize`: queries, and as many answers, that each plane thread keeps for dynamic
    /// blocks.
    public var ringEntriesMax = 10_000
    /// `setDynBlocksAction`: of blocks that name none.
    public var blockAction = ScriptAction.drop
    /// `setMaxUDPOutstanding`: queries in flight to one server from one worker.
    public var udpOutstandingMax = 65_535
    /// `setMaxUDPQueueDelay`: how long a query may have waited for a worker that cannot keep up.
    public var udpQueueDelayMilliseconds = Self.udpQueueDelayDefault
    /// Served within 50 ms, with as much again for the work itself.
    public static let udpQueueDelayDefault = 25
    /// Below a millisecond is the time of a batch, above two seconds nobody waits.
    public static let udpQueueDelayBounds = 1...2_000
    /// `every` and `maintenance`.
    public var timers: [TimerDeclaration] = []
    /// `onStateChange` and `addServerStateChangeCallback`, in order.
    public var stateCallbacks: [StateCallbackDeclaration] = []
    public var scriptLimits = ScriptLimits()
    /// `setServFailWhenNoServer`: SERVFAIL instead of silence when no server is left.
    public var answersServFailWhenNoServer = false
    public var clientSubnet = ClientSubnetDeclaration()
    /// `setServerIdentity`; whoever evaluates a file begins with the node's name.
    public var identity = ServerIdentityDeclaration()
    /// `setUDPRetries`: a query that one server did not answer goes to another.
    public var retriesOverUDP = true
    /// `setUDPSegmentation`: queries of one length leave for a server in one message.
    public var segmentsUDP = true
    /// `setRoundRobinFailOnNoServer`.
    public var roundRobinFailsOnNoServer = false
    /// `setWeightedBalancingFactor`, `setConsistentHashingBalancingFactor`: from 1, or 0 for no bound
    /// on a server's share of the queries in flight.
    public var weightedBalancingFactor = 0.0
    public var consistentHashBalancingFactor = 0.0
    /// `setVerboseHealthChecks`: each health check of a server that fails is logged.
    public var logsFailedHealthChecks = false
    /// `setUDPTimeout`.
    public var udpTimeoutMilliseconds = 2_000
    /// `setWHashedPerturbation`; random for each process when `nil`.
    public var hashPerturbation: UInt32?
    public var checks: [CheckDeclaration] = []
    public var neighbors: [NeighborDeclaration] = []
    public var announcements: [AnnouncementDeclaration] = []
    /// Programs that announce (`newHelper`, `exabgp`), each name once.
    public var helpers: [HelperDeclaration] = []
    /// `setAllowedPrefixes`.
    public var allowedPrefixes = AllowedPrefixes()
    /// `setBGPListen`.
    public var bgpListeners: [Endpoint] = []
    /// The node's BGP identifier; `nil` picks the highest IPv4 address of a local interface.
    public var routerID: UInt32?
    /// `setMaxReloadWithdraws`: the share of announced prefixes that one reload may withdraw.
    public var reloadWithdrawShareMax = 0.5
    /// `webserver`: `/metrics` and `/healthz`.
    public var webserver: Endpoint?
    public var webserverAccess = WebserverAccess()
    /// What clients over TCP may do.
    public var streams = StreamDeclaration()
    /// All functions that the daemon calls later, by ordinal.
    public var functions: [FunctionReference] = []
    /// Files that were read while evaluating (for `status` and the reload's messages).
    public var files: [String] = []
    /// One line each: accepted without effect, unknown keys of dnsdist's calls, ….
    public var warnings: [String] = []

    public init(path: String) {
        self.path = path
    }

    /// dnsdist's default ACL (research/dnsdist.md §2.5).
    public static let defaultACL: [IPPrefix] = [
        "127.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "192.168.0.0/16",
        "172.16.0.0/12", "::1/128", "fc00::/7", "fe80::/10",
    ].compactMap { IPPrefix($0) }

    /// What to bind: dnsdist's 127.0.0.1:53 when servers but no listener were declared; nothing
    /// when there is neither, because then another nameserver owns the port (DESIGN §7).
    public var effectiveListeners: [ListenerDeclaration] {
        if let listeners { return listeners }
        guard !servers.isEmpty else { return [] }
        return [ListenerDeclaration(endpoint: Endpoint(address: .loopbackV4, port: 53))]
    }

    /// Whether some function runs for each query, so that every plane thread needs a VM.
    public var needsPlaneScripts: Bool {
        functions.contains {
            $0.kind == .policy || $0.kind == .queryRule || $0.kind == .responseRule
        }
    }
}
