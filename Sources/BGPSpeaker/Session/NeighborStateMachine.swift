// SPDX-License-Identifier: Apache-2.0
//
// The finite state machine of RFC 4271 §8 for one neighbour. It holds up to two connections: one
// that we opened and one that the peer opened; which of them stays is in +Collision.
//
// It departs from the RFC's text in three ways. The ConnectRetryTimer is not a fixed 120 s: the
// first attempt is made at once, and later ones back off (ReconnectBackOff). An attempt of ours
// goes on beside a connection of the peer's until that one's OPEN is accepted, so that a peer which
// connects and says nothing cannot keep us from it. And a hold timer that fires looks first whether
// we were the late ones: octets that wait in the socket, or a loop that woke long after the timer
// was due (a paused virtual machine), buy one short grace.

import BGPWire

struct NeighborStateMachine: Sendable {
    typealias Origin = ConnectionOrigin

    /// RFC 4271 §8.2.2 suggests 4 minutes until the peer's OPEN is there.
    static let openHoldMilliseconds = 240_000
    /// After the peer's NOTIFICATION, unless it was a Cease: it will not like us better at once.
    static let retryAfterErrorMilliseconds = 10_000
    /// A timer that fires later than this after it was due says that we slept, not the peer.
    static let lateMilliseconds = 1_000
    /// What a hold timer that may be our own fault gets once.
    static let graceMilliseconds = 1_000

    var settings: Settings
    var isStarted = false
    var attempt = Attempt.none
    var links: [Origin: Link] = [:]
    var backOff = ReconnectBackOff()
    var isHealthKnown = false
    var isEndOfRIBHeld = false
    /// Until the first session.
    var restart: Restart?
    /// When the last attempt was made.
    var attemptMilliseconds: Int64?

    init(settings: Settings, restart: Restart? = nil) {
        self.settings = settings
        self.restart = restart
    }

    /// That of the connection that is furthest (RFC 4271 §8.2.1 has a machine for each).
    var state: NeighborState {
        guard isStarted else { return .idle }
        if links.values.contains(where: { $0.state == .established }) { return .established }
        if links.values.contains(where: { $0.state == .openConfirm }) { return .openConfirm }
        guard links.isEmpty else { return .openSent }
        return attempt == .connecting ? .connect : .active
    }

    /// Of the session that is in OpenConfirm or Established.
    var parameters: SessionParameters? {
        let known = links.values.filter { $0.parameters != nil }
        return (known.first { $0.state == .established } ?? known.first)?.parameters
    }

    /// Takes one input; the actions are to be performed in order.
    ///
    /// `nowMilliseconds` is monotonic.
    mutating func handle(
        _ input: Input, nowMilliseconds: Int64, using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        switch input {
        case .start:
            guard !isStarted else { return [] }
            backOff.reset()
            return begin(nowMilliseconds)
        case .stop(let notification):
            return end(sending: notification)
        case .leave(let notification):
            return end(sending: notification, keepingRoutes: true)
        case .reset(let notification):
            guard isStarted else { return [] }
            backOff.reset()
            return end(sending: notification) + begin(nowMilliseconds)
        case .connected:
            return connected(nowMilliseconds)
        case .connectionFailed(let why):
            guard attempt == .connecting else { return [] }
            attempt = .none
            return [.reportError(why)] + retry(nowMilliseconds, &generator)
        case .accepted:
            return accepted(nowMilliseconds)
        case .connectionLost(let origin, let why):
            return drop(origin, why, nowMilliseconds, &generator)
        case .bfdDown(let words):
            return bfdDown(words, nowMilliseconds, &generator)
        case .malformed(let origin, let error):
            return drop(
                origin, "sent \(error.notification.line): \(error)",
                sending: error.notification, nowMilliseconds, &generator)
        case .received(let origin, let message):
            return received(origin, message, nowMilliseconds, &generator)
        case .healthIsKnown:
            isHealthKnown = true
            return releaseEndOfRIB()
        case .fired(let timer, let firing):
            return fired(timer, firing, nowMilliseconds, &generator)
        }
    }

    // MARK: Connections that come and go

    private mutating func connected(_ nowMilliseconds: Int64) -> [Action] {
        // An attempt that was cancelled in the moment in which it succeeded.
        guard attempt == .connecting else { return links[.local] == nil ? [.close(.local)] : [] }
        attempt = .none
        return open(.local, nowMilliseconds)
    }

    mutating func open(_ origin: Origin, _ nowMilliseconds: Int64) -> [Action] {
        links[origin] = Link(progressMilliseconds: nowMilliseconds)
        return [
            .sendOpen(origin, openMessage(nowMilliseconds)),
            .arm(.hold(origin), milliseconds: Self.openHoldMilliseconds),
        ]
    }

    /// Ends one connection; nothing is decided about what comes after it.
    mutating func close(_ origin: Origin, sending notification: NotificationMessage?) -> [Action] {
        guard let link = links.removeValue(forKey: origin) else { return [] }
        var actions: [Action] = []
        if let notification { actions.append(.sendNotification(origin, notification)) }
        if link.state == .established {
            actions.append(.sessionDown)
            if isEndOfRIBHeld { actions.append(.disarm(.endOfRIB)) }
            isEndOfRIBHeld = false
        }
        return actions + [
            .close(origin), .disarm(.hold(origin)), .disarm(.keepalive(origin)),
            .disarm(.sendHold(origin)),
        ]
    }

    /// Ends one connection; another goes on, or we wait and try again.
    mutating func drop(
        _ origin: Origin, _ error: String, sending notification: NotificationMessage? = nil,
        notBeforeMilliseconds: Int = 0, _ nowMilliseconds: Int64,
        _ generator: inout some RandomNumberGenerator
    ) -> [Action] {
        guard links[origin] != nil else { return [] }
        var actions = close(origin, sending: notification)
        if let survivor = links.keys.first {
            actions += settle(survivor, nowMilliseconds, &generator)
        } else {
            actions.append(.reportError(error))
        }
        // A connection of the peer's that says nothing keeps us from no attempt.
        if attempt == .none, links.isEmpty || state == .openSent && links[.local] == nil {
            actions += retry(
                notBeforeMilliseconds: notBeforeMilliseconds, nowMilliseconds, &generator)
        }
        return actions
    }

    /// Leaves whatever there is for Idle.
    private mutating func end(
        sending notification: NotificationMessage, keepingRoutes: Bool = false
    ) -> [Action] {
        let actions = Origin.allCases.flatMap { origin in
            if keepingRoutes, keepsRoutes(origin) { return close(origin, sending: nil) }
            // On purpose: a peer that would see a restart through is told not to (RFC 8538 §3).
            let isGraceful = links[origin]?.parameters?.isNotificationGraceful == true
            return close(
                origin, sending: isGraceful ? .hardReset(wrapping: notification) : notification)
        }
        isStarted = false
        return actions + endAttempt() + [.disarm(.collision)]
    }

    private mutating func bfdDown(
        _ words: String, _ nowMilliseconds: Int64, _ generator: inout some RandomNumberGenerator
    ) -> [Action] {
        guard !links.isEmpty else { return [] }
        let cease = NotificationMessage.cease(.bfdDown)
        var actions = Origin.allCases.flatMap { close($0, sending: cease) }
        actions += [.disarm(.collision), .reportError("sent \(cease.line): \(words)")]
        return attempt == .none ? actions + retry(nowMilliseconds, &generator) : actions
    }
}
