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
///
/// A prefix and a pointer to what it has in common with the others of its `announce`: copies with
/// another prefix share that, and a change of anything else makes a copy of its own.
public struct AnnouncementDeclaration: Hashable, Sendable {
    private struct Terms: Hashable, Sendable {
        var condition: AnnounceCondition
        var rule: FunctionReference?
        var attributes = RouteAttributes()
        var watchdog: WatchdogDeclaration?
        var neighbors: [NeighborKey]?
        var whenDown = WhenDown.withdraw
        var reannounceDelay = ReannounceDelay()
        var presence = Presence.notRequired
        var name: String
        var location: SourceLocation
    }

    /// Which address must be on this host.
    private enum Presence: Hashable, Sendable {
        case notRequired
        /// The prefix's own.
        case own
        case other(IPAddress)
    }

    private final class Box: Sendable {
        let terms: Terms

        init(_ terms: Terms) { self.terms = terms }
    }

    public var prefix: IPPrefix
    private var box: Box

    public init(
        prefix: IPPrefix, condition: AnnounceCondition, name: String, location: SourceLocation
    ) {
        self.prefix = prefix
        box = Box(Terms(condition: condition, name: name, location: location))
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.prefix == right.prefix && (left.box === right.box || left.box.terms == right.box.terms)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(prefix)
        hasher.combine(box.terms)
    }

    /// Whether both differ in nothing but their prefix, as far as a look at the pointers tells.
    public func shares(with other: Self) -> Bool { box === other.box }

    private mutating func change(_ body: (inout Terms) -> Void) {
        var terms = box.terms
        body(&terms)
        box = Box(terms)
    }

    public var condition: AnnounceCondition {
        get { box.terms.condition }
        set { change { $0.condition = newValue } }
    }

    /// A Lua function that decorates or refuses the route.
    public var rule: FunctionReference? {
        get { box.terms.rule }
        set { change { $0.rule = newValue } }
    }

    public var attributes: RouteAttributes {
        get { box.terms.attributes }
        set { change { $0.attributes = newValue } }
    }

    /// Whose word ``condition`` is, when it is a helper's.
    public var watchdog: WatchdogDeclaration? {
        get { box.terms.watchdog }
        set { change { $0.watchdog = newValue } }
    }

    /// Neighbours it goes to; `nil` is all of them.
    public var neighbors: [NeighborKey]? {
        get { box.terms.neighbors }
        set { change { $0.neighbors = newValue } }
    }

    public var whenDown: WhenDown {
        get { box.terms.whenDown }
        set { change { $0.whenDown = newValue } }
    }

    public var reannounceDelay: ReannounceDelay {
        get { box.terms.reannounceDelay }
        set { change { $0.reannounceDelay = newValue } }
    }

    /// The address that must be on this host before the route is announced: `nil` when
    /// `requireAddress = false`. For a prefix that is no host's it is the key `address`. The prefix's
    /// own follows a change of ``prefix``.
    public var requiredAddress: IPAddress? {
        get {
            switch box.terms.presence {
            case .notRequired: nil
            case .own: prefix.address
            case .other(let address): address
            }
        }
        set {
            guard newValue != requiredAddress else { return }
            let own = prefix.address
            change {
                $0.presence = newValue.map { $0 == own ? .own : .other($0) } ?? .notRequired
            }
        }
    }

    public var name: String {
        get { box.terms.name }
        set { change { $0.name = newValue } }
    }

    public var location: SourceLocation {
        get { box.terms.location }
        set { change { $0.location = newValue } }
    }
}
