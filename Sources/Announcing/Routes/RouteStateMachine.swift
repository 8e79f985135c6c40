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
struct RouteStateMachine: Hashable, Sendable {
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

    let key: RouteKey
    var declaration: AnnouncementDeclaration
    /// Position of the declaration among those of its generation.
    var announcement: Int

    private(set) var face: Face?
    /// When ``face`` last became or ceased to be `nil`, or the route was declared.
    private(set) var since: Duration
    private(set) var reason = "not evaluated yet"
    private(set) var readiness: Readiness?
    /// When the next evaluation may differ from this one though no input changed.
    private(set) var deadline: Duration?
    /// Why what the neighbour is told changed in this evaluation.
    private(set) var changeCause: String?

    /// The last decision of the rule that was one.
    private(set) var ruleDecision: RuleDecision?
    private(set) var ruleError: String?
    private var rulePass = RulePass.none
    private var ruleChangedAt: Duration?
    private var appliedChanges = RouteAttributeChanges()

    private var isGraceful = false
    /// Announced by a person's word alone: when that ends, what the checks said all along is no flap.
    private var isForced = false
    /// Whether the service was ever up in this process: before that `whenDown` announces nothing.
    private var hasBeenUp = false
    private var awaitingSince: Duration?
    private var flaps = FlapCounter()
    private var owesDelay = false

    init(
        key: RouteKey, declaration: AnnouncementDeclaration, announcement: Int, now: Duration
    ) {
        self.key = key
        self.declaration = declaration
        self.announcement = announcement
        since = now
    }

    /// Takes over the flaps of an earlier process.
    mutating func adopt(flaps count: Double, owesDelay: Bool, now: Duration) {
        flaps = FlapCounter(count: count, now: now)
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
        switch (face, declaration.whenDown) {
        case (nil, _), (.degraded, .withdraw): return nil
        case (.service, _): result = appliedChanges.applied(to: declaration.attributes)
        case (.degraded, .attributes(let attributes)): result = attributes
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

    var isFlapDelayed: Bool { owesDelay }

    func flaps(now: Duration) -> Double {
        flaps.value(now: now, halfLife: declaration.reannounceDelay.halfLifeSeconds)
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
            ruleDecision = nil
            ruleError = nil
            appliedChanges = RouteAttributeChanges()
            rulePass = .none
        } else {
            rulePass = .untilDecision
        }
        self.declaration = declaration
        changeCause = "the configuration changed"
    }

    mutating func decide(_ decision: RuleDecision) {
        if case .error(let words) = decision {
            ruleError = words
            return
        }
        ruleError = nil
        ruleDecision = decision
        if rulePass == .untilDecision { rulePass = .now }
    }

    /// Applies what the inputs say; afterwards ``attributes``, ``reason`` and ``deadline`` hold.
    mutating func pursue(_ aim: RouteAim, isGraceful: Bool, now: Duration) {
        deadline = nil
        let before = face
        if isGraceful != self.isGraceful {
            self.isGraceful = isGraceful
            changeCause = isGraceful ? "draining" : "no longer draining"
        }
        let awaitedSince = awaitingSince
        awaitingSince = nil
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
            keepWaiting(since: awaitedSince ?? now, cause: cause, now: now)
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
            readiness = nil
            reason = cause
            return
        }
        if owesDelay {
            if readiness?.face != target {
                readiness = Readiness(face: target, since: now, flaps: flaps(now: now))
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

    private mutating func keepWaiting(since start: Duration, cause: String, now: Duration) {
        readiness = nil
        guard face != nil else {
            reason = cause
            return
        }
        awaitingSince = start
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
        readiness = nil
        reason = cause
        guard face != target else { return }
        if face == nil || target == nil { since = now }
        face = target
        changeCause = cause
    }

    private mutating func countFlap(now: Duration) {
        flaps.add(now: now, halfLife: declaration.reannounceDelay.halfLifeSeconds)
        owesDelay = true
    }
}

// MARK: - Attributes by a rule

extension RouteStateMachine {
    private mutating func applyRule(isShownAnew: Bool, now: Duration) {
        guard case .announce(let wanted)? = ruleDecision else { return }
        let hasPass = rulePass == .now
        if hasPass { rulePass = .none }
        guard wanted != appliedChanges else { return }
        // What nobody sees yet may change freely.
        guard face == .service else {
            appliedChanges = wanted
            return
        }
        if let ruleChangedAt, !hasPass, !isShownAnew {
            let end = ruleChangedAt + AnnounceEngine.ruleChangePause
            if now < end {
                deadline = min(deadline ?? end, end)
                return
            }
        }
        ruleChangedAt = now
        appliedChanges = wanted
        changeCause = changeCause ?? "its rule changed the attributes"
    }
}
