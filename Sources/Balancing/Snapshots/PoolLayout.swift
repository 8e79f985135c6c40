// SPDX-License-Identifier: Apache-2.0

public import Declarations

/// The pools of a configuration in the order that snapshots and plane scripts number them.
///
/// The default pool is number 0; then come the declared ones, those that servers name and those that
/// rules name, each at its first mention.
public struct PoolLayout: Sendable {
    public struct Pool: Sendable {
        public let name: String
        /// Ordinals of its servers, ascending by declared order; those of one order stay in order
        /// of declaration.
        public let ordinals: [Int]
        /// Its own policy, else the global one.
        public let policy: PolicyDeclaration
        /// The position of its packet cache.
        public let cache: Int?
        /// Whether `setECS` said so, or one of its servers' `useClientSubnet`.
        public let usesClientSubnet: Bool
    }

    public let pools: [Pool]

    public init(of configuration: DeclaredConfiguration) {
        var names: [String] = []
        var known = Set<String>()
        func note(_ name: String) {
            if known.insert(name).inserted { names.append(name) }
        }
        note("")
        for pool in configuration.pools { note(pool.name) }
        for server in configuration.servers { server.pools.forEach(note) }
        for rule in configuration.rules {
            rule.selector.poolNames.forEach(note)
            switch rule.action {
            case .pool(let name, _), .poolWithin(_, let name, _): note(name)
            default: break
            }
        }
        let responseRules =
            configuration.responseRules + configuration.cacheHitResponseRules
            + configuration.selfAnsweredResponseRules
        for rule in responseRules { rule.selector.poolNames.forEach(note) }
        var members: [String: [Int]] = [:]
        for (ordinal, server) in configuration.servers.enumerated() {
            for name in Set(server.pools) { members[name, default: []].append(ordinal) }
        }
        var caches: [String: Int] = [:]
        for pool in configuration.pools { caches[pool.name] = pool.cache }
        let subnetPools = Set(
            configuration.pools.filter(\.usesClientSubnet).map(\.name)
                + configuration.servers.filter(\.usesClientSubnet).flatMap(\.pools))
        var policies: [String: PolicyDeclaration] = [:]
        for pool in configuration.pools where pool.policy != nil {
            policies[pool.name] = pool.policy
        }
        pools = names.map { name in
            // The standard library's sort keeps equals in order, but does not promise it.
            let sorted = (members[name] ?? []).sorted {
                (configuration.servers[$0].order, $0) < (configuration.servers[$1].order, $1)
            }
            return Pool(
                name: name, ordinals: sorted, policy: policies[name] ?? configuration.policy,
                cache: caches[name].flatMap {
                    configuration.caches.indices.contains($0) ? $0 : nil
                },
                usesClientSubnet: subnetPools.contains(name))
        }
    }

    /// The number of each pool.
    public var indexes: [String: Int] {
        Dictionary(uniqueKeysWithValues: pools.enumerated().map { ($1.name, $0) })
    }
}

extension Selector {
    /// The pools that it asks about.
    fileprivate var poolNames: [String] {
        switch self {
        case .poolAvailable(let name), .poolOutstandingAbove(let name, _): [name]
        case .and(let parts), .or(let parts): parts.flatMap(\.poolNames)
        case .not(let part): part.poolNames
        default: []
        }
    }
}
