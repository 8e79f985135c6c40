// SPDX-License-Identifier: Apache-2.0
//
// A check that asks its own daemon is honest: it sees what clients see. Two things make it lie. The
// ACL may drop its queries, which come from this host and not from where clients are: then it never
// gets an answer. The packet cache may answer them: then it does not notice that every server is dead
// before the entry expires. Both are told only when they are certain: a rule of which it is not known
// whether it applies leaves the matter open.

public import Addressing
public import DNSWire
public import Declarations

/// Tells what of this daemon misleads a check that asks it.
public struct SelfCheck: Sendable {
    public enum Problem: Hashable, Sendable {
        /// The ACL allows none of what comes from this address.
        case droppedByACL(source: IPAddress)
        /// Its pool's cache answers it, up to so many seconds.
        case answeredByCache(pool: String, seconds: UInt32)
    }

    /// A query, as far as it matters here.
    public struct Query: Hashable, Sendable {
        public var server: Endpoint
        public var source: IPAddress?
        /// `nil` when nobody knows it, or when it is no DNS: then the ACL alone matters.
        public var question: DNSQuestion?
        public var overTCP = false

        public init(server: Endpoint, source: IPAddress?, question: DNSQuestion?) {
            self.server = server
            self.source = source
            self.question = question
        }
    }

    private let configuration: DeclaredConfiguration
    private let addresses: Set<IPAddress>

    /// - Parameter localAddresses: this host's; those that routes require are taken to be there.
    public init(_ configuration: DeclaredConfiguration, localAddresses: Set<IPAddress>) {
        self.configuration = configuration
        addresses = localAddresses.union(configuration.announcements.compactMap(\.requiredAddress))
    }

    public func problems(of query: Query) -> [Problem] {
        guard configuration.effectiveListeners.contains(where: { isAsked($0.endpoint, by: query) })
        else { return [] }
        let source = query.source ?? Self.source(towards: query.server.address)
        guard configuration.acl.contains(where: { $0.contains(source) }) else {
            return [.droppedByACL(source: source)]
        }
        guard let question = query.question, let pool = pool(of: query, question, source),
            let cache = configuration.pools.first(where: { $0.name == pool })?.cache,
            configuration.caches.indices.contains(cache)
        else { return [] }
        return [.answeredByCache(pool: pool, seconds: configuration.caches[cache].maxTTL)]
    }

    /// The same of the health checks of `newServer`.
    public func warnings(ofServers servers: [ServerDeclaration]) -> [String] {
        servers.filter { $0.check == nil && $0.initialState == .auto }.flatMap { server in
            var query = Query(server: server.address, source: server.source, question: nil)
            // A function chooses another question each time.
            if server.healthCheck.queryFunction == nil,
                let name = try? DNSName(server.healthCheck.queryName)
            {
                query.question = DNSQuestion(
                    name: name, type: DNSType(rawValue: server.healthCheck.queryType),
                    class: DNSClass(rawValue: server.healthCheck.queryClass))
            }
            query.overTCP = server.healthCheck.overTCP
            return problems(of: query).map {
                "the health check of server \(server.identity) "
                    + Self.words($0, of: query)
            }
        }
    }

    /// What follows "check NAME".
    public static func words(_ problem: Problem, of query: Query) -> String {
        let asks = "asks \(query.server), which this daemon itself answers"
        switch problem {
        case .droppedByACL(let source):
            return "\(asks); its queries come from \(source), which the ACL drops, so it never gets"
                + " an answer: addACL(\"\(IPPrefix(host: source))\")"
        case .answeredByCache(let pool, let seconds):
            let name = query.question.map { "\($0.name)" } ?? ""
            let of = pool.isEmpty ? "" : " of pool '\(pool)'"
            return
                "\(asks); the packet cache\(of) may answer it for up to \(seconds) s, in which it"
                + " sees no server die: addAction(QNameRule(\"\(name)\"), SetSkipCacheAction())"
        }
    }

    // MARK: Where it goes

    private func isAsked(_ listener: Endpoint, by query: Query) -> Bool {
        let asked = query.server
        guard listener.port == asked.port, listener.address.family == asked.address.family else {
            return false
        }
        if listener.address == asked.address { return true }
        return listener.address.isUnspecified
            && (asked.address.isLoopback || addresses.contains(asked.address))
    }

    /// What the kernel chooses towards an address of its own: that address, or 127.0.0.1.
    private static func source(towards address: IPAddress) -> IPAddress {
        address.isLoopback && address.family == .v4 ? .loopbackV4 : address
    }

    /// The pool that the query gets to by way of the cache; `nil` when a rule answers it, lets it
    /// pass by the cache, or may do so.
    private func pool(of query: Query, _ question: DNSQuestion, _ source: IPAddress) -> String? {
        let match = SelfCheckMatch(query: query, question: question, source: source)
        var pool = ""
        for rule in configuration.rules {
            guard let matches = match.matches(rule.selector) else {
                if Self.matters(rule.action) { return nil }
                continue
            }
            guard matches else { continue }
            switch rule.action {
            case .pool(let name, let endsChain):
                pool = name
                if endsChain { return pool }
            case .allow: return pool
            default: if Self.matters(rule.action) { return nil }
            }
        }
        return pool
    }

    /// Whether a rule with this action may keep a query from its pool's cache.
    private static func matters(_ action: Action) -> Bool {
        switch action {
        case .setTag, .delay, .log, .noRecurse, .disableValidation, .temporaryFailureTTL,
            .clientSubnet, .none:
            false
        default: true
        }
    }
}
