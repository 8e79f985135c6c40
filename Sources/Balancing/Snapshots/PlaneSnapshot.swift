// SPDX-License-Identifier: Apache-2.0

public import Declarations
import Glibc
import Synchronization

/// One configuration as the plane works with it: immutable, built and released by control.
///
/// While it lives, no record that it names is reused. When the last reference goes, which after
/// publishing is ``SnapshotCell/collect()``'s, `retire` is called: the place to close plane VMs.
public final class PlaneSnapshot {
    /// What the plane's threads read.
    public let view: UnsafePointer<PlaneView>
    public let generation: UInt64
    /// Names by pool index, for status.
    public let poolNames: [String]
    /// Names by policy index, for status.
    public let policyNames: [String]

    /// All chains' rules in order of declaration, for status.
    public let rules: [RuleSummary]
    /// The key-value stores that rules ask, by ordinal; whoever holds the snapshot refreshes them.
    public let stores: [KeyValueStore]

    /// What plane threads saw lately, which the next snapshot may go on with.
    public let traffic: TrafficRings

    /// By position in the configuration; several pools may share one.
    public let caches: [PacketCache]
    /// By pool: the position of its cache.
    public let poolCaches: [Int?]

    private let retire: (() -> Void)?
    private let declarations: [ServerDeclaration]
    /// By pool; control's alone.
    private var plans: [Int: CompiledPlan] = [:]
    /// Points that plans asked for, by ordinal.
    private var circles: [Int: HashCircle] = [:]
    /// Own the memory that the view's pointers lead to.
    private let slab: ServerSlab
    private let statistics: PolicyStatisticsTable

    /// `hashPerturbation` unless the configuration sets it.
    private static let processPerturbation = UInt32.random(in: .min ... .max)

    /// - Parameters:
    ///   - handles: of the configuration's servers, by ordinal (``ServerSlab/update(to:)``).
    ///   - slab: that the handles are of.
    ///   - scripts: one context for each plane thread; needed when a policy is a script.
    ///   - caches: of the configuration's declarations, by position; new ones when left out.
    ///   - retire: called once, on the thread that drops the last reference.
    public init(
        _ configuration: DeclaredConfiguration, generation: UInt64, handles: [ServerHandle],
        slab: ServerSlab, statistics: PolicyStatisticsTable, scripts: PolicyScripts? = nil,
        caches: [PacketCache]? = nil, retire: (() -> Void)? = nil
    ) throws(BalancingError) {
        precondition(handles.count == configuration.servers.count, "a handle for each server")
        precondition(
            scripts.map { $0.contexts.count == slab.planeThreads } ?? true,
            "a context for each plane thread")
        let layout = PoolLayout(of: configuration)
        let policies = try PolicyTable(layout, statistics: statistics, scripts: scripts)
        let caches =
            caches
            ?? configuration.caches.map { PacketCache($0, planeThreads: slab.planeThreads) }
        stores = statistics.stores.stores(
            of: configuration.keyValueStores, nowSeconds: Self.monotonicSeconds)
        let programs = try RulePrograms(
            configuration,
            RuleContext(
                pools: layout.indexes, planeThreads: slab.planeThreads,
                statistics: statistics.rules, stores: stores, log: statistics.log,
                hasScripts: scripts != nil))
        let perturbation = configuration.hashPerturbation ?? Self.processPerturbation
        let traffic = statistics.traffic(entries: configuration.ringEntriesMax)
        let identity = IdentityView(configuration.identity)
        let contexts = scripts?.contexts ?? []
        let tripCount = slab.planeThreads * policies.entries.count
        let needsPoints = policies.usesConsistentHash || !configuration.functions.isEmpty
        let points =
            needsPoints
            ? Self.store(
                configuration.servers.map {
                    HashPoints(for: $0, weight: $0.weight, perturbation: perturbation)
                }) : nil
        var liveServers: [LiveServers] = []
        for _ in 0..<slab.planeThreads {
            for (pool, policy) in zip(layout.pools, policies.indexes) {
                liveServers.append(
                    LiveServers(
                        for: policies.entries[policy].kind, servers: pool.ordinals.count))
            }
        }
        let view = UnsafeMutablePointer<PlaneView>.allocate(capacity: 1)
        view.initialize(
            to: PlaneView(
                generation: generation,
                serverCount: handles.count,
                records: Self.store(handles),
                servers: Self.store(
                    zip(configuration.servers, handles).map {
                        ServerView(
                            $0, handle: $1,
                            udpTimeoutMilliseconds: configuration.udpTimeoutMilliseconds)
                    }),
                poolCount: layout.pools.count,
                pools: Self.store(
                    zip(layout.pools, policies.indexes).map { pool, policy in
                        let ordinals = pool.ordinals.map { Int32($0) }
                        return PoolView(
                            ordinals: UnsafeBufferPointer(
                                start: Self.store(ordinals), count: ordinals.count),
                            policy: policy, cache: pool.cache.map { caches[$0].handle },
                            ring: Self.ring(of: pool, points: points),
                            usesClientSubnet: pool.usesClientSubnet,
                            name: Octets(pool.name.utf8).bytes,
                            plan: pool.policy.isPlanned ? Self.makePlanPlace() : nil)
                    }),
                policyCount: policies.entries.count,
                policies: Self.store(policies.entries),
                rules: programs.queries,
                responseRules: programs.responses,
                cacheHitResponseRules: programs.cacheHits,
                selfAnsweredResponseRules: programs.selfAnswered,
                acl: PrefixSet(configuration.acl),
                blocks: statistics.blocks.plane,
                blockAction: configuration.blockAction,
                traffic: traffic.plane,
                answersServFailWhenNoServer: configuration.answersServFailWhenNoServer,
                clientSubnet: configuration.clientSubnet,
                identity: identity,
                retriesOverUDP: configuration.retriesOverUDP,
                segmentsToServers: configuration.segmentsUDP,
                changesAnswers: configuration.stripsTruncatedAnswers
                    || !configuration.responseRules.isEmpty,
                caches: UnsafeMutableBufferPointer(
                    start: Self.store(caches.map(\.handle)), count: caches.count),
                staleCacheEntriesTTL: configuration.staleCacheEntriesTTL,
                stripsTruncatedAnswers: configuration.stripsTruncatedAnswers,
                udpOutstandingMax: configuration.udpOutstandingMax,
                udpQueueDelayMicroseconds: Int64(configuration.udpQueueDelayMilliseconds) * 1_000,
                answerBytesMax: max(
                    programs.answerBytesMax + identity.answerBytesMax,
                    (caches.map(\.handle.answerBytesMax).max() ?? 0) + identity.optionBytes),
                roundRobinFailsOnNoServer: configuration.roundRobinFailsOnNoServer,
                udpTimeoutMilliseconds: configuration.udpTimeoutMilliseconds,
                hashPerturbation: perturbation,
                weightedBalancingFactor: configuration.weightedBalancingFactor,
                consistentHashBalancingFactor: configuration.consistentHashBalancingFactor,
                script: scripts?.script,
                contexts: Self.store(contexts),
                trips: Self.store(Array(repeating: PolicyTrip(), count: tripCount)),
                liveServers: Self.store(liveServers),
                points: points,
                shared: slab.state))
        self.view = UnsafePointer(view)
        self.generation = generation
        declarations = configuration.servers
        self.retire = retire
        self.slab = slab
        self.statistics = statistics
        self.traffic = traffic
        self.caches = caches
        poolCaches = layout.pools.map(\.cache)
        poolNames = layout.pools.map(\.name)
        policyNames = policies.names
        rules = programs.summaries
        for handle in handles {
            handle.record.pointee.references.wrappingAdd(1, ordering: .relaxed)
        }
    }

    deinit {
        retire?()
        let mutable = UnsafeMutablePointer(mutating: view)
        for ordinal in 0..<view.pointee.serverCount {
            view.pointee.records[ordinal].record.pointee.references
                .wrappingSubtract(1, ordering: .releasing)
            view.pointee.points?[ordinal].deallocate()
            view.pointee.servers[ordinal].deallocate()
        }
        for pool in 0..<view.pointee.poolCount {
            view.pointee.pools[pool].ordinals.deallocate()
            view.pointee.pools[pool].name.deallocate()
            view.pointee.pools[pool].ring?.deallocate()
            view.pointee.pools[pool].plan?.deinitialize(count: 1)
            view.pointee.pools[pool].plan?.deallocate()
        }
        for place in 0..<slab.planeThreads * view.pointee.poolCount {
            view.pointee.liveServers[place].deallocate()
        }
        view.pointee.liveServers.deallocate()
        view.pointee.records.deallocate()
        view.pointee.servers.deallocate()
        view.pointee.pools.deallocate()
        view.pointee.policies.deallocate()
        view.pointee.contexts.deallocate()
        view.pointee.trips.deallocate()
        view.pointee.points?.deallocate()
        view.pointee.rules.deallocate()
        view.pointee.responseRules.deallocate()
        view.pointee.cacheHitResponseRules.deallocate()
        view.pointee.selfAnsweredResponseRules.deallocate()
        view.pointee.acl.deallocate()
        view.pointee.caches.deallocate()
        view.pointee.identity.deallocate()
        mutable.deinitialize(count: 1)
        mutable.deallocate()
    }

    /// The circle of a pool that hashes consistently.
    private static func ring(
        of pool: PoolLayout.Pool, points: UnsafeMutablePointer<HashPoints>?
    ) -> HashRing? {
        guard pool.policy == .builtin(.chashed), let points else { return nil }
        return HashRing(pool.ordinals, circles: points)
    }

    /// The place of a pool's plan, empty.
    private static func makePlanPlace() -> UnsafeMutablePointer<Atomic<UnsafeRawPointer?>> {
        let place = UnsafeMutablePointer<Atomic<UnsafeRawPointer?>>.allocate(capacity: 1)
        place.initialize(to: Atomic(nil))
        return place
    }

    /// What stores count their refreshes by.
    public static var monotonicSeconds: UInt64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return UInt64(now.tv_sec)
    }

    private static func store<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
        let stored = UnsafeMutablePointer<Element>.allocate(capacity: elements.count)
        stored.initialize(from: elements, count: elements.count)
        return stored
    }
}

// MARK: - Plans

extension PlaneSnapshot {
    /// The plan that decides for a pool now; `nil` while there is none.
    public func plan(pool: Int) -> ServerPlan? { plans[pool]?.plan }

    /// Gives a pool its plan before the snapshot is published; later ``SnapshotCell`` does.
    public func setPlan(_ plan: ServerPlan, pool: Int) {
        _ = exchangePlan(plan, pool: pool)
    }

    /// Makes `plan` the pool's and returns the one before, which plane threads may still use. The
    /// ordinals are this snapshot's.
    func exchangePlan(_ plan: ServerPlan, pool: Int) -> CompiledPlan? {
        guard let place = view.pointee.pools[pool].plan else {
            preconditionFailure("BUG DETECTED: a plan for a pool whose policy is not planned")
        }
        let compiled = CompiledPlan(plan, records: view.pointee.records, circle: circle)
        place.pointee.store(UnsafeRawPointer(compiled.view), ordering: .sequentiallyConsistent)
        return plans.updateValue(compiled, forKey: pool)
    }

    /// A server's points, at least `count` of them; made once unless more are wanted.
    private func circle(_ ordinal: Int, _ count: Int) -> HashCircle {
        let wanted = min(max(count, 1), HashPoints.countMax)
        if let known = circles[ordinal], known.points.count >= wanted { return known }
        let made = HashCircle(
            HashPoints(
                for: declarations[ordinal], weight: wanted,
                perturbation: view.pointee.hashPerturbation))
        circles[ordinal] = made
        return made
    }
}

extension PlaneSnapshot {
    /// The distinct policies of all pools, and which pool uses which.
    private struct PolicyTable {
        private(set) var entries: [PolicyEntry] = []
        private(set) var names: [String] = []
        private(set) var indexes: [Int] = []
        private(set) var usesConsistentHash = false

        init(_ layout: PoolLayout, statistics: PolicyStatisticsTable, scripts: PolicyScripts?)
            throws(BalancingError)
        {
            var known: [PolicyDeclaration: Int] = [:]
            for pool in layout.pools {
                if let index = known[pool.policy] {
                    indexes.append(index)
                    continue
                }
                known[pool.policy] = entries.count
                indexes.append(entries.count)
                names.append(pool.policy.name)
                entries.append(
                    PolicyEntry(
                        kind: try kind(of: pool.policy, scripts),
                        statistics: statistics.statistics(of: pool.policy.name)))
            }
        }

        private mutating func kind(
            of policy: PolicyDeclaration, _ scripts: PolicyScripts?
        ) throws(BalancingError) -> PolicyEntry.Kind {
            switch policy {
            case .builtin(let builtin):
                if builtin == .chashed { usesConsistentHash = true }
                return .builtin(builtin)
            case .planned: return .planned
            case .script(let name, let function):
                guard let scripts else { throw .policyWithoutScripts(name) }
                return .call(function: scripts.function, slot: Int32(function.ordinal))
            }
        }
    }
}
