// SPDX-License-Identifier: Apache-2.0

import LuaRuntime

/// The kinds of objects that scripts hold; each is a handle by ordinal (DESIGN §3.3).
enum ObjectKind: UInt16, CaseIterable {
    case server = 1
    case policy = 2
    case selector = 3
    case action = 4
    case check = 5
    case neighbor = 6
    case announcement = 7
    case pool = 8
    case connection = 9
    case netmaskGroup = 10
    case shared = 11
    case suffixMatchNode = 12
    case nameSet = 13
    case queryRateLimiter = 14
    case blockGroup = 15
    case responseAction = 20
    case keyValueStore = 21
    case packetCache = 30
    case keyValueLookupKey = 22
    case logger = 23
    case ruleAction = 24
    case frontend = 25
    /// The header of a health check's query, in its `checkFunction`.
    case header = 40
    /// What a call without effect returned: every method of it does nothing.
    case inert = 60

    /// The name that `tostring` and messages show.
    var name: String {
        switch self {
        case .server: "server"
        case .policy: "policy"
        case .selector: "rule selector"
        case .action: "action"
        case .check: "check"
        case .neighbor: "neighbor"
        case .announcement: "announcement"
        case .pool: "pool"
        case .connection: "connection"
        case .netmaskGroup: "netmask group"
        case .shared: "shared"
        case .suffixMatchNode: "suffix match node"
        case .nameSet: "name set"
        case .queryRateLimiter: "rate limiter"
        case .blockGroup: "block rules group"
        case .responseAction: "response action"
        case .keyValueStore: "key-value store"
        case .packetCache: "packet cache"
        case .keyValueLookupKey: "lookup key"
        case .logger: "logger"
        case .ruleAction: "rule with its action"
        case .frontend: "frontend"
        case .header: "dh"
        case .inert: "object without effect"
        }
    }

    var nameWithArticle: String {
        self == .action || self == .announcement || self == .inert ? "an \(name)" : "a \(name)"
    }

    static func words(_ rawValue: UInt16) -> String {
        ObjectKind(rawValue: rawValue)?.nameWithArticle ?? "an object"
    }

    /// The handle of the object at `ordinal`.
    func handle(_ ordinal: Int) -> LuaValue {
        .object(LuaObject(kind: rawValue, id: UInt32(ordinal), generation: 0))
    }

    /// The ordinal when `value` is a handle of this kind.
    func ordinal(of value: LuaValue) -> Int? {
        guard case .object(let object) = value, object.kind == rawValue else { return nil }
        return Int(object.id)
    }
}
