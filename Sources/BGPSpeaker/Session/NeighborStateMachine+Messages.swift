// SPDX-License-Identifier: Apache-2.0

import BGPWire

extension NeighborStateMachine {
    mutating func received(
        _ origin: Origin, _ message: BGPMessage, _ nowMilliseconds: Int64,
        _ generator: inout some RandomNumberGenerator
    ) -> [Action] {
        guard let link = links[origin] else { return [] }
        if case .notification(let notification) = message {
            let wait = notification.isCease ? 0 : Self.retryAfterErrorMilliseconds
            return drop(
                origin, "received \(notification.line)", notBeforeMilliseconds: wait,
                nowMilliseconds, &generator)
        }
        switch (link.state, message) {
        case (.openSent, .open(let peer)) where link.open == nil:
            return receivedOpen(origin, peer, nowMilliseconds, &generator)
        // It answers our OPEN; we have not answered the peer's.
        case (.openSent, .keepalive) where link.isWaiting:
            return confirm(origin, nowMilliseconds, &generator)
        case (.openConfirm, .keepalive):
            return confirm(origin, nowMilliseconds, &generator)
        // The peer has established this one while we waited for its decision.
        case (.openConfirm, .update) where link.isConfirmed,
            (.openConfirm, .routeRefresh) where link.isConfirmed:
            return establish(origin, nowMilliseconds)
                + received(origin, message, nowMilliseconds, &generator)
        case (.established, .keepalive):
            return armHold(origin)
        case (.established, .update(let update)):
            return armHold(origin) + [.deliver(update)]
        case (.established, .routeRefresh(let refresh)):
            return resend(refresh, link)
        default:
            return unexpected(origin, link, message, nowMilliseconds, &generator)
        }
    }

    private func resend(_ refresh: RouteRefreshMessage, _ link: Link) -> [Action] {
        // BoRR and EoRR concern those who import (RFC 7313 §4); so does an unknown family.
        let isForUs =
            refresh.subtype == 0 && link.parameters?.families.contains(refresh.family) == true
        return isForUs ? [.resend(refresh.family)] : []
    }

    /// RFC 6608 §4.
    private mutating func unexpected(
        _ origin: Origin, _ link: Link, _ message: BGPMessage, _ nowMilliseconds: Int64,
        _ generator: inout some RandomNumberGenerator
    ) -> [Action] {
        let subcode: UInt8 =
            switch link.state {
            case .openSent: 1
            case .openConfirm: 2
            case .established: 3
            }
        let notification = NotificationMessage(
            .finiteStateMachine, subcode: subcode, data: [message.type.rawValue])
        return drop(
            origin, "sent \(notification.line)", sending: notification, nowMilliseconds, &generator)
    }

    private mutating func receivedOpen(
        _ origin: Origin, _ peer: OpenMessage, _ nowMilliseconds: Int64,
        _ generator: inout some RandomNumberGenerator
    ) -> [Action] {
        if let refusal = settings.refusal(of: peer) {
            return drop(
                origin, "sent \(refusal.notification.line): \(refusal.detail)",
                sending: refusal.notification, nowMilliseconds, &generator)
        }
        return decide(origin, peer, nowMilliseconds, &generator)
    }

    /// Answers the peer's OPEN.
    mutating func accept(
        _ origin: Origin, _ peer: OpenMessage, _ nowMilliseconds: Int64,
        _ generator: inout some RandomNumberGenerator
    ) -> [Action] {
        let parameters = settings.parameters(with: peer)
        links[origin]?.state = .openConfirm
        links[origin]?.parameters = parameters
        var actions = [.sendKeepalive(origin)] + endAttempt() + armHold(origin)
        actions += armKeepalive(origin, &generator)
        if parameters.holdTimeSeconds > 0 {
            actions += armSendHold(origin, sendHoldMilliseconds(parameters))
        }
        let isConfirmed = links[origin]?.isConfirmed == true
        return isConfirmed ? actions + confirm(origin, nowMilliseconds, &generator) : actions
    }

    mutating func establish(_ origin: Origin, _ nowMilliseconds: Int64) -> [Action] {
        guard let parameters = links[origin]?.parameters else { return [] }
        let others = links[origin.other] == nil ? [] : concede(origin.other)
        links[origin]?.state = .established
        backOff.established(nowMilliseconds: nowMilliseconds)
        restart = nil
        return others + armHold(origin) + holdEndOfRIB(parameters)
            + [.sessionUp(origin, parameters)]
    }
}
