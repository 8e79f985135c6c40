// SPDX-License-Identifier: Apache-2.0
//
// The life of one route. Down is at once; up waits when it was a flap that took it down:
//
//                    announce, nothing owed, or the delay is over
//      withdrawn ---------------------------------------------------> service
//          |   ^                                                      |    ^
//          |   | withdraw (never waits)              degrade, whenDown |    | announce, after
//          |   |                                     is attributes     v    | the delay
//          +---+-----------------------------------------------------> degraded
//                degrade, once it has been up
//
// The delay starts when the service is fit again and starts anew when it is not: what is waited for
// is a service that stays up, not an outage that was long.

internal import Addressing
internal import Declarations

/// Decides whether one route is announced and with which attributes: no clock, no I/O.
///
/// There may be a hundred thousand: what is common to many is shared, and what few have (flaps, a
/// rule) lies behind a pointer.
struct RouteStateMachine: Sendable {
    /// What the neighbour is told.
    enum Face: Hashable, Sendable {
        case service, degraded
    }

    /// A route that waits to be announced again.
    struct Readiness: Hashable, Sendable {
        let face: Face
        let since: Duration
        let flaps: Double
    }

    /// When a change of a rule's attributes may skip the pause between two of them.
    private enum RulePass: Hashable, Sendable {
        case none, untilDecision, now
    }

    private struct RuleMemory: Sendable {
        var decision: RuleDecision?
        var error: String?
        var pass = RulePass.none
        var changedAt: Duration?
        var appliedChanges = RouteAttributeChanges()
    }

    private struct Outage: Sendable {
        var flaps = FlapCounter()
        var readiness: Readiness?
        var awaitingSince: Duration?
    }

    var neighbor: RouteNeighbor
    var declaration: AnnouncementDeclaration
    /// Position of the declaration among those of its generation.
    var announcement: Int

    private(set) var face: Face?
    /// When ``face`` last became or ceased to be `nil`, or the route was declared.
    private(set) var since: Duration
    private(set) var reason = "not evaluated yet"
    /// When the next evaluation may differ from this one though no input changed.
    private(set) var deadline: Duration?
    /// Why what the neighbour is told changed in this evaluation.
    private(set) var changeCause: String?

    /// What the neighbour was to be told at the last evaluation; its owner's.
    var told: WantedAnnouncement?
    /// Whether something it depends on changed since; its owner's.
    var isMarked = false

    private var isGraceful = false
    /// Announced by a person's word alone: when that ends, what the checks said all along is no flap.
    private var isForced = false
    /// Whether the service was ever up in this process: before that `whenDown` announces nothing.
    private var hasBeenUp = false
    private var owesDelay = false
    private var rule = Seldom<RuleMemory>()
    private var outage = Seldom<Outage>()

    init(
        neighbor: RouteNeighbor, declaration: AnnouncementDeclaration, announcement: Int,
        now: Duration
    ) {
        self.neighbor = neighbor
        self.declaration = declaration
        self.announcement = announcement
        since = now
    }

    /// Takes over the flaps of an earlier process.
    mutating func adopt(flaps count: Double, owesDelay: Bool, now: Duration) {
        if count > 0 || !count.isFinite {
            outage.change(from: Outage()) { $0.flaps = FlapCounter(count: count, now: now) }
        }
        self.owesDelay = owesDelay
    }

    /// Takes over what is known of the prefix from its route to another neighbour: a new neighbour
    /// of a prefix that flaps waits like the others.
    mutating func adopt(sibling: RouteStateMachine, now: Duration) {
        adopt(flaps: sibling.flaps(now: now), owesDelay: sibling.owesDelay, now: now)
        hasBeenUp = sibling.hasBeenUp
    }

    /// What the neighbour is to be told; `nil` is nothing.
    var attributes: RouteAttributes? {
        var result: RouteAttributes
        switch face {
        case nil: return nil
        case .service: result = serviceAttributes
        case .degraded:
            guard case .attributes(let attributes) = declaration.whenDown else { return nil }
            result = attributes
        }
        if isGraceful {
            if !result.communities.contains(.gracefulShutdown) {
                result.communities.append(.gracefulShutdown)
            }
            // What the community makes of a route at an external neighbour (RFC 8326 §4), internal
            // ones are told themselves: nobody changes it on the way to them.
            result.localPreference = 0
        }
        return result
    }

    private var serviceAttributes: RouteAttributes {
        rule.read { [declaration] in $0.appliedChanges.applied(to: declaration.attributes) }
            ?? declaration.attributes
    }

    var key: RouteKey { RouteKey(prefix: declaration.prefix, neighbor: neighbor.key) }
    var isFlapDelayed: Bool { owesDelay }
    var readiness: Readiness? { outage.read(\.readiness) }
    /// The last decision of the rule that was one.
    var ruleDecision: RuleDecision? { rule.read(\.decision) }
    var ruleError: String? { rule.read(\.error) }

    func flaps(now: Duration) -> Double {
        let halfLife = declaration.reannounceDelay.halfLifeSeconds
        return outage.read { $0.flaps.value(now: now, halfLife: halfLife) } ?? 0
    }

    /// When the re-announce delay that runs is over.
    var delayEnd: Duration? {
        readiness.map { $0.since + declaration.reannounceDelay.wait(flaps: $0.flaps) }
    }
}

// MARK: - Inputs

extension RouteStateMachine {
    /// Takes the declaration of a new generation: changed attributes are sent at once, a rule's
    /// next ones too.
    mutating func redeclare(_ declaration: AnnouncementDeclaration, announcement: Int) {
        self.announcement = announcement
        if declaration.rule == nil {
            rule = Seldom()
        } else {
            rule.change(from: RuleMemory()) { $0.pass = .untilDecision }
        }
        self.declaration = declaration
        changeCause = "the configuration changed"
    }

    mutating func decide(_ decision: RuleDecision) {
        rule.change(from: RuleMemory()) { rule in
            if case .error(let words) = decision {
                rule.error = words
                return
            }
            rule.error = nil
            rule.decision = decision
            if rule.pass == .untilDecision { rule.pass = .now }
        }
    }

    /// Whether ``decide(_:)`` would change nothing.
    func hasDecided(_ decision: RuleDecision) -> Bool {
        rule.read { rule -> Bool? in
            if case .error(let words) = decision { return rule.error == words }
            return rule.error == nil && rule.decision == decision && rule.pass == .none
        } ?? false
    }

    /// Applies what the inputs say; afterwards ``attributes``, ``reason`` and ``deadline`` hold.
    mutating func pursue(_ aim: RouteAim, isGraceful: Bool, now: Duration) {
        deadline = nil
        let before = face
        if isGraceful != self.isGraceful {
            self.isGraceful = isGraceful
            changeCause = isGraceful ? "draining" : "no longer draining"
        }
        let awaitedSince = outage.read(\.awaitingSince)
        if awaitedSince != nil { outage.change(from: Outage()) { $0.awaitingSince = nil } }
        let wasForced = isForced
        isForced = false
        switch aim {
        case .announce(let cause):
            hasBeenUp = true
            raise(to: .service, cause: cause, now: now)
        case .force(let cause):
            isForced = true
            show(.service, cause: cause, now: now)
        case .degrade(let cause, let isFlap):
            degrade(cause: cause, isFlap: isFlap && !wasForced, now: now)
        case .withdraw(let cause, let isFlap):
            withdraw(cause: cause, isFlap: isFlap && !wasForced, now: now)
        case .hold(let cause):
            reason = face == nil ? cause : "\(cause); the route stays as it is"
        case .await(let cause):
            keepWaiting(since: awaitedSince, cause: cause, now: now)
        }
        applyRule(isShownAnew: face != before, now: now)
    }

    /// Forgets the cause of the last change, once it was reported.
    mutating func settle() {
        changeCause = nil
    }
}

// MARK: - Up and down

extension RouteStateMachine {
    private mutating func raise(to target: Face, cause: String, now: Duration) {
        guard face != target else {
            forgetReadiness()
            reason = cause
            return
        }
        if owesDelay {
            if readiness?.face != target {
                let begun = Readiness(face: target, since: now, flaps: flaps(now: now))
                outage.change(from: Outage()) { $0.readiness = begun }
            }
            if let end = delayEnd, now < end {
                reason = cause
                deadline = end
                return
            }
        }
        if target == .service { owesDelay = false }
        show(target, cause: cause, now: now)
    }

    private mutating func degrade(cause: String, isFlap: Bool, now: Duration) {
        guard case .attributes = declaration.whenDown, hasBeenUp else {
            return withdraw(cause: cause, isFlap: isFlap, now: now)
        }
        guard face == .service else { return raise(to: .degraded, cause: cause, now: now) }
        if isFlap { countFlap(now: now) }
        show(.degraded, cause: cause, now: now)
    }

    private mutating func withdraw(cause: String, isFlap: Bool, now: Duration) {
        if isFlap, face == .service { countFlap(now: now) }
        show(nil, cause: cause, now: now)
    }

    private mutating func keepWaiting(since begun: Duration?, cause: String, now: Duration) {
        forgetReadiness()
        // What was withdrawn for want of a verdict goes on waiting, so that it goes on saying why.
        guard face != nil || begun != nil else {
            reason = cause
            return
        }
        let start = begun ?? now
        outage.change(from: Outage()) { $0.awaitingSince = start }
        let end = start + AnnounceEngine.verdictWaitMax
        guard now >= end else {
            reason = "\(cause); the route stays as it is until the first verdict"
            deadline = end
            return
        }
        let seconds = Int(AnnounceEngine.verdictWaitMax / .seconds(1))
        degrade(cause: "\(cause), without a verdict for \(seconds) s", isFlap: false, now: now)
    }

    private mutating func show(_ target: Face?, cause: String, now: Duration) {
        forgetReadiness()
        reason = cause
        guard face != target else { return }
        if face == nil || target == nil { since = now }
        face = target
        changeCause = cause
    }

    private mutating func countFlap(now: Duration) {
        let halfLife = declaration.reannounceDelay.halfLifeSeconds
        outage.change(from: Outage()) { $0.flaps.add(now: now, halfLife: halfLife) }
        owesDelay = true
    }

    private mutating func forgetReadiness() {
        guard readiness != nil else { return }
        outage.change(from: Outage()) { $0.readiness = nil }
    }
}

// MARK: - Attributes by a rule

extension RouteStateMachine {
    private mutating func applyRule(isShownAnew: Bool, now: Duration) {
        guard let memory = rule.value, case .announce(let wanted)? = memory.decision else { return }
        let hasPass = memory.pass == .now
        if hasPass { rule.change(from: RuleMemory()) { $0.pass = .none } }
        guard wanted != memory.appliedChanges else { return }
        // What nobody sees yet may change freely.
        guard face == .service else {
            rule.change(from: RuleMemory()) { $0.appliedChanges = wanted }
            return
        }
        if let changedAt = memory.changedAt, !hasPass, !isShownAnew {
            let end = changedAt + AnnounceEngine.ruleChangePause
            if now < end {
                deadline = min(deadline ?? end, end)
                return
            }
        }
        rule.change(from: RuleMemory()) {
            $0.changedAt = now
            $0.appliedChanges = wanted
        }
        changeCause = changeCause ?? "its rule changed the attributes"
    }
}

// MARK: - Order

extension RouteStateMachine {
    func isSame(as other: RouteStateMachine) -> Bool {
        declaration.prefix == other.declaration.prefix
            && (neighbor === other.neighbor || neighbor.key == other.neighbor.key)
    }

    func comes(before other: RouteStateMachine) -> Bool {
        guard declaration.prefix == other.declaration.prefix else {
            return declaration.prefix < other.declaration.prefix
        }
        return neighbor !== other.neighbor && key < other.key
    }
}
