// SPDX-License-Identifier: Apache-2.0
//
// The finite state machine of RFC 4271 §8 for one neighbour and at most one connection to it.
//
// It departs from the RFC's text in two ways. The ConnectRetryTimer is not a fixed 120 s: the
// first attempt is made at once, and later ones back off (ReconnectBackOff). And a hold timer that
// fires looks first whether we were the late ones: octets that wait in the socket, or a loop that
// woke long after the timer was due (a paused virtual machine), buy one short grace.

import BGPWire

struct NeighborStateMachine: Sendable {
    struct Settings: Hashable, Sendable {
        var localAS: UInt32
        var peerAS: UInt32
        var identifier: UInt32
        /// Offered; 0 or at least 3.
        var holdTimeSeconds: Int
        var families: [AddressFamily]
        var isPassive = false
    }

    enum Timer: Hashable, Sendable {
        case connectRetry, hold, keepalive
    }

    /// What the owner saw when a timer fired.
    struct Firing: Hashable, Sendable {
        /// Octets were received by the kernel and not yet read.
        var hasUnreadBytes = false
        /// How long after it was due.
        var latenessMilliseconds = 0
    }

    enum Input: Sendable {
        case start
        /// Ends the session with this NOTIFICATION and stays idle.
        case stop(NotificationMessage)
        /// Ends the session with this NOTIFICATION and begins anew.
        case reset(NotificationMessage)
        /// A TCP connection is there, whoever opened it.
        case connected
        case connectionFailed(String)
        case connectionLost(String)
        /// BFD has found the path to the peer broken.
        case bfdDown(String)
        case received(BGPMessage)
        case malformed(BGPWireError)
        case fired(Timer, Firing)
    }

    enum Action: Hashable, Sendable {
        case connect
        case sendOpen(OpenMessage)
        case sendKeepalive
        case sendNotification(NotificationMessage)
        /// After what was sent has left.
        case closeConnection
        case arm(Timer, milliseconds: Int)
        case disarm(Timer)
        case sessionUp(SessionParameters)
        case sessionDown
        case deliver(UpdateMessage)
        case resend(AddressFamily)
        case reportError(String)
    }

    /// RFC 4271 §8.2.2 suggests 4 minutes until the peer's OPEN is there.
    static let openHoldMilliseconds = 240_000
    /// After the peer's NOTIFICATION, unless it was a Cease: it will not like us better at once.
    static let retryAfterErrorMilliseconds = 10_000
    /// A timer that fires later than this after it was due says that we slept, not the peer.
    static let lateMilliseconds = 1_000
    /// What a hold timer that may be our own fault gets once.
    static let graceMilliseconds = 1_000

    var settings: Settings
    private(set) var state = NeighborState.idle
    /// Of the session that is in OpenConfirm or Established.
    private(set) var parameters: SessionParameters?
    private var backOff = ReconnectBackOff()
    private var hadGrace = false

    init(settings: Settings) {
        self.settings = settings
    }

    /// Takes one input; the actions are to be performed in order.
    ///
    /// `nowMilliseconds` is monotonic.
    mutating func handle(
        _ input: Input, nowMilliseconds: Int64, using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        switch input {
        case .start:
            guard state == .idle else { return [] }
            backOff.reset()
            return begin()
        case .stop(let notification):
            return end(sending: notification, error: nil)
        case .reset(let notification):
            guard state != .idle else { return [] }
            backOff.reset()
            return end(sending: notification, error: nil) + begin()
        case .connected:
            return connected()
        case .connectionFailed(let why):
            guard state == .connect else { return [] }
            return fail(why, nowMilliseconds, &generator)
        case .connectionLost(let why):
            guard hasConnection else { return [] }
            return fail(why, nowMilliseconds, &generator)
        case .bfdDown(let words):
            guard hasConnection else { return [] }
            let cease = NotificationMessage.cease(.bfdDown)
            return fail(
                "sent \(cease.line): \(words)", sending: cease, nowMilliseconds, &generator)
        case .malformed(let error):
            guard hasConnection else { return [] }
            return fail(
                "sent \(error.notification.line): \(error)", sending: error.notification,
                nowMilliseconds, &generator)
        case .received(let message):
            return received(message, nowMilliseconds, &generator)
        case .fired(let timer, let firing):
            return fired(timer, firing, nowMilliseconds, &generator)
        }
    }

    var hasConnection: Bool {
        switch state {
        case .openSent, .openConfirm, .established: true
        case .idle, .connect, .active: false
        }
    }

    private mutating func begin() -> [Action] {
        state = settings.isPassive ? .active : .connect
        return settings.isPassive ? [] : [.connect]
    }

    private mutating func connected() -> [Action] {
        guard state == .connect || state == .active else { return [] }
        state = .openSent
        hadGrace = false
        return [
            .disarm(.connectRetry), .sendOpen(open),
            .arm(.hold, milliseconds: Self.openHoldMilliseconds),
        ]
    }

    private var open: OpenMessage {
        OpenMessage(
            autonomousSystem: settings.localAS,
            holdTimeSeconds: UInt16(clamping: settings.holdTimeSeconds),
            identifier: settings.identifier,
            capabilities: settings.families.map { .multiprotocol($0) }
                + [.routeRefresh, .fourOctetAS(settings.localAS)])
    }

    /// Leaves whatever there is for Idle.
    private mutating func end(
        sending notification: NotificationMessage?, error: String?
    ) -> [Action] {
        var actions: [Action] = []
        if hasConnection, let notification { actions.append(.sendNotification(notification)) }
        if state == .established { actions.append(.sessionDown) }
        actions += [
            .closeConnection, .disarm(.connectRetry), .disarm(.hold), .disarm(.keepalive),
        ]
        if let error { actions.append(.reportError(error)) }
        state = .idle
        parameters = nil
        return actions
    }

    /// Ends the session and waits before the next attempt.
    private mutating func fail(
        _ error: String, sending notification: NotificationMessage? = nil,
        notBeforeMilliseconds: Int = 0, _ nowMilliseconds: Int64,
        _ generator: inout some RandomNumberGenerator
    ) -> [Action] {
        let wait = backOff.failed(nowMilliseconds: nowMilliseconds, using: &generator)
        var actions = end(sending: notification, error: error)
        state = .active
        if !settings.isPassive {
            let delay = max(notBeforeMilliseconds, wait)
            actions.append(.arm(.connectRetry, milliseconds: delay))
        }
        return actions
    }

    // MARK: Timers

    private mutating func fired(
        _ timer: Timer, _ firing: Firing, _ nowMilliseconds: Int64,
        _ generator: inout some RandomNumberGenerator
    ) -> [Action] {
        switch timer {
        case .connectRetry:
            guard state == .active, !settings.isPassive else { return [] }
            return begin()
        case .keepalive:
            guard state == .openConfirm || state == .established else { return [] }
            return [.sendKeepalive] + armKeepalive(&generator)
        case .hold:
            guard hasConnection else { return [] }
            let isOurFault =
                firing.hasUnreadBytes || firing.latenessMilliseconds >= Self.lateMilliseconds
            if isOurFault, !hadGrace {
                hadGrace = true
                return [.arm(.hold, milliseconds: Self.graceMilliseconds)]
            }
            return fail(
                "sent \(NotificationMessage.holdTimerExpired.line)", sending: .holdTimerExpired,
                nowMilliseconds, &generator)
        }
    }

    private func armKeepalive(_ generator: inout some RandomNumberGenerator) -> [Action] {
        guard let whole = parameters?.keepaliveMilliseconds, whole > 0 else { return [] }
        // RFC 4271 §10: jitter of 0.75 to 1.
        let jittered = Int.random(in: whole * 3 / 4...whole, using: &generator)
        return [.arm(.keepalive, milliseconds: jittered)]
    }

    private mutating func armHold() -> [Action] {
        hadGrace = false
        guard let seconds = parameters?.holdTimeSeconds, seconds > 0 else {
            return [.disarm(.hold)]
        }
        return [.arm(.hold, milliseconds: seconds * 1000)]
    }

    // MARK: Messages

    private mutating func received(
        _ message: BGPMessage, _ nowMilliseconds: Int64,
        _ generator: inout some RandomNumberGenerator
    ) -> [Action] {
        guard hasConnection else { return [] }
        if case .notification(let notification) = message {
            return fail(
                "received \(notification.line)",
                notBeforeMilliseconds: notification.isCease
                    ? 0 : Self.retryAfterErrorMilliseconds,
                nowMilliseconds, &generator)
        }
        switch (state, message) {
        case (.openSent, .open(let peer)):
            return receivedOpen(peer, nowMilliseconds, &generator)
        case (.openConfirm, .keepalive):
            guard let parameters else { return [] }
            state = .established
            backOff.established(nowMilliseconds: nowMilliseconds)
            return armHold() + [.sessionUp(parameters)]
        case (.established, .keepalive):
            return armHold()
        case (.established, .update(let update)):
            return armHold() + [.deliver(update)]
        case (.established, .routeRefresh(let refresh)):
            // BoRR and EoRR concern those who import (RFC 7313 §4); so does an unknown family.
            let isForUs =
                refresh.subtype == 0
                && parameters?.families.contains(refresh.family) == true
            return isForUs ? [.resend(refresh.family)] : []
        default:
            return unexpected(message, nowMilliseconds, &generator)
        }
    }

    /// RFC 6608 §4.
    private mutating func unexpected(
        _ message: BGPMessage, _ nowMilliseconds: Int64,
        _ generator: inout some RandomNumberGenerator
    ) -> [Action] {
        let subcode: UInt8 = state == .openSent ? 1 : state == .openConfirm ? 2 : 3
        let notification = NotificationMessage(
            .finiteStateMachine, subcode: subcode, data: [message.type.rawValue])
        return fail(
            "sent \(notification.line)", sending: notification, nowMilliseconds, &generator)
    }

    private mutating func receivedOpen(
        _ peer: OpenMessage, _ nowMilliseconds: Int64,
        _ generator: inout some RandomNumberGenerator
    ) -> [Action] {
        if let refusal = settings.refusal(of: peer) {
            return fail(
                "sent \(refusal.notification.line): \(refusal.detail)",
                sending: refusal.notification, nowMilliseconds, &generator)
        }
        state = .openConfirm
        parameters = settings.parameters(with: peer)
        return [.sendKeepalive] + armHold() + armKeepalive(&generator)
    }
}
