// SPDX-License-Identifier: Apache-2.0

/// The balancing policies that are compiled in, under dnsdist's names.
public enum BuiltinPolicy: String, CaseIterable, Hashable, Sendable {
    case leastOutstanding, firstAvailable, wrandom, whashed, chashed, roundrobin
    /// The lowest order with a live server whose name is no tag of the query, then `wrandom`.
    case orderedWrandUntag
}

/// Who chooses the server: a compiled policy, or a script's function.
public enum PolicyDeclaration: Hashable, Sendable {
    case builtin(BuiltinPolicy)
    /// A Lua function called for each query; `name` is the operator's.
    case script(name: String, function: FunctionReference)
    /// A Lua function called when a server's state changes; its result decides (DESIGN §3.2).
    case planned(name: String, function: FunctionReference)

    public var name: String {
        switch self {
        case .builtin(let policy): policy.rawValue
        case .script(let name, _), .planned(let name, _): name
        }
    }

    public var isPlanned: Bool {
        if case .planned = self { true } else { false }
    }
}

/// A named group of servers; `""` is the one that queries use unless a rule says otherwise.
public struct PoolDeclaration: Hashable, Sendable {
    public var name: String
    /// `nil` uses the global policy.
    public var policy: PolicyDeclaration?
    /// Position in ``DeclaredConfiguration/caches``; `nil` for none.
    public var cache: Int?
    /// `getPool(name):setECS(true)`.
    public var usesClientSubnet = false

    public init(name: String, policy: PolicyDeclaration? = nil) {
        self.name = name
        self.policy = policy
    }
}
