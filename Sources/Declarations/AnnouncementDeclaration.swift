// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// What happens to a route while its service is down (`whenDown`).
public enum WhenDown: Hashable, Sendable {
    case withdraw
    /// It stays announced with these attributes instead.
    case attributes(RouteAttributes)
}

/// What gates a route (`when`).
public enum AnnounceCondition: Hashable, Sendable {
    /// The word "always".
    case always
    /// All of these checks are up.
    case checks([String])
    /// Only the rule decides.
    case ruleAlone
}

/// How long a route that flapped waits before it is announced again (`reannounceDelay`).
public struct ReannounceDelay: Hashable, Sendable {
    /// Before the first announcement after a withdraw.
    public var firstSeconds = 0.0
    /// Added with each flap.
    public var stepSeconds = 10.0
    public var maxSeconds = 300.0
    /// The time in which half of the flaps are forgotten.
    public var halfLifeSeconds = 600.0

    public init() {}
}

/// What routes wait for that a helper announces and withdraws by one name (`announce watchdog`).
public struct WatchdogDeclaration: Hashable, Sendable {
    public var name: String
    /// Down until a helper says otherwise.
    public var startsWithdrawn: Bool

    public init(name: String, startsWithdrawn: Bool) {
        self.name = name
        self.startsWithdrawn = startsWithdrawn
    }

    /// It gates as a check does; no check can have this name.
    public var gate: String { "watchdog/\(name)" + (startsWithdrawn ? "" : "/up-at-first") }

    public var condition: AnnounceCondition { .checks([gate]) }
}

/// One prefix to announce (`announce`; a list of `prefixes` declares one of these each).
public struct AnnouncementDeclaration: Hashable, Sendable {
    public var prefix: IPPrefix
    public var condition: AnnounceCondition
    /// A Lua function that decorates or refuses the route.
    public var rule: FunctionReference?
    public var attributes: RouteAttributes
    /// Whose word ``condition`` is, when it is a helper's.
    public var watchdog: WatchdogDeclaration?
    /// Neighbours it goes to; `nil` is all of them.
    public var neighbors: [NeighborKey]?
    public var whenDown = WhenDown.withdraw
    public var reannounceDelay = ReannounceDelay()
    /// The address that must be on this host before the route is announced: `nil` when
    /// `requireAddress = false`. For a prefix that is no host's it is the key `address`.
    public var requiredAddress: IPAddress?
    public var name: String
    public var location: SourceLocation

    public init(
        prefix: IPPrefix, condition: AnnounceCondition, name: String, location: SourceLocation
    ) {
        self.prefix = prefix
        self.condition = condition
        attributes = RouteAttributes()
        self.name = name
        self.location = location
    }
}
