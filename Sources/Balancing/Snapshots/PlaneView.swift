// SPDX-License-Identifier: Apache-2.0

public import Declarations
import Synchronization

/// A snapshot as the plane reads it: plain numbers and pointers, no reference counts.
///
/// Got from ``SnapshotReader/acquire()``, and valid until the reader acquires again or parks. The
/// pointers lead to memory of the ``PlaneSnapshot`` that published it.
public struct PlaneView {
    /// The generation of the configuration, for status.
    public let generation: UInt64
    public let serverCount: Int
    /// By ordinal: what policies read, eight octets each.
    public let records: UnsafeMutablePointer<ServerHandle>
    /// By ordinal: what sending needs.
    public let servers: UnsafeMutablePointer<ServerView>
    public let poolCount: Int
    /// The default pool first.
    public let pools: UnsafeMutablePointer<PoolView>
    public let policyCount: Int
    public let policies: UnsafeMutablePointer<PolicyEntry>
    public let rules: RuleProgram
    /// On answers of servers, of a cache, and of our own.
    public let responseRules: ResponseRuleProgram
    public let cacheHitResponseRules: ResponseRuleProgram
    public let selfAnsweredResponseRules: ResponseRuleProgram
    public let acl: PrefixSet
    /// Whom control blocks for a while; replaced without a new snapshot.
    public let blocks: BlockCell
    /// Of blocks that name none (`setDynBlocksAction`).
    public let blockAction: ScriptAction
    /// Where queries and answers are noted once something looks at them.
    public let traffic: TrafficRecorder
    /// SERVFAIL instead of silence when no server is left.
    public let answersServFailWhenNoServer: Bool
    public let clientSubnet: ClientSubnetDeclaration
    /// Who we say that we are.
    public let identity: IdentityView
    /// A query over UDP that one server did not answer goes to another.
    public let retriesOverUDP: Bool
    /// Queries of one length leave for a server in one message.
    public let segmentsToServers: Bool
    /// Whether anything may be changed in a server's answer: rules, or what follows.
    public let changesAnswers: Bool
    /// By position: what answers are kept in.
    let caches: UnsafeMutableBufferPointer<PacketCacheHandle>
    /// How long beyond their time answers may be given while no server is up; 0 for not at all.
    public let staleCacheEntriesTTL: UInt32
    /// A server's answer with TC loses its records.
    public let stripsTruncatedAnswers: Bool
    /// Queries in flight to one server from one worker.
    public let udpOutstandingMax: Int
    /// How long a query may have lain in a listener's queue while a worker cannot keep up.
    public let udpQueueDelayMicroseconds: Int64
    /// Octets that the longest answer of our own may take.
    public let answerBytesMax: Int
    public let roundRobinFailsOnNoServer: Bool
    public let udpTimeoutMilliseconds: Int
    public let hashPerturbation: UInt32
    /// `setWeightedBalancingFactor`, `setConsistentHashingBalancingFactor`; 0 for no bound.
    let weightedBalancingFactor: Double
    let consistentHashBalancingFactor: Double

    /// Calls the scripts of rules; `nil` without plane scripts.
    let script: ScriptFunction?
    /// By plane thread; empty without plane scripts.
    let contexts: UnsafeMutablePointer<UnsafeMutableRawPointer>
    /// By plane thread, then policy: each thread's own.
    let trips: UnsafeMutablePointer<PolicyTrip>
    /// By plane thread, then pool: each thread's own.
    let liveServers: UnsafeMutablePointer<LiveServers>
    /// By ordinal; `nil` when neither a policy nor a script can ask.
    let points: UnsafeMutablePointer<HashPoints>?
    let shared: UnsafeMutablePointer<SlabState>

    /// The slab's state epoch: grows when health, forced state, score, weight or order changes.
    public var stateEpoch: UInt64 { shared.pointee.stateEpoch.load(ordering: .acquiring) }
}
