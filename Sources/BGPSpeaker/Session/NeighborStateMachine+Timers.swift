// SPDX-License-Identifier: Apache-2.0

import BGPWire

extension NeighborStateMachine {
    /// How many looks at the socket a send hold time has: it fires late by no more than one.
    private static let sendHoldLooks = 8

    /// RFC 9687 §5: 8 minutes, or twice the hold time where that is longer.
    static let sendHoldMillisecondsMin = 480_000

    mutating func fired(
        _ timer: Timer, _ firing: Firing, _ nowMilliseconds: Int64,
        _ generator: inout some RandomNumberGenerator
    ) -> [Action] {
        switch timer {
        case .connectRetry:
            guard attempt == .waiting else { return [] }
            return connect(nowMilliseconds)
        case .collision:
            return decideAlone(nowMilliseconds, &generator)
        case .keepalive(let origin):
            guard links[origin]?.parameters != nil else { return [] }
            return [.sendKeepalive(origin)] + armKeepalive(origin, &generator)
        case .hold(let origin):
            return holdFired(origin, firing, nowMilliseconds, &generator)
        case .endOfRIB:
            return releaseEndOfRIB()
        case .sendHold(let origin):
            return sendHoldFired(origin, firing, nowMilliseconds, &generator)
        }
    }

    private mutating func holdFired(
        _ origin: Origin, _ firing: Firing, _ nowMilliseconds: Int64,
        _ generator: inout some RandomNumberGenerator
    ) -> [Action] {
        guard let link = links[origin] else { return [] }
        let isOurFault =
            firing.hasUnreadBytes || firing.latenessMilliseconds >= Self.lateMilliseconds
        if isOurFault, !link.hadGrace {
            links[origin]?.hadGrace = true
            return [.arm(.hold(origin), milliseconds: Self.graceMilliseconds)]
        }
        return drop(
            origin, "sent \(NotificationMessage.holdTimerExpired.line)",
            sending: .holdTimerExpired, nowMilliseconds, &generator)
    }

    /// RFC 9687: a peer that sends KEEPALIVEs and reads nothing keeps routes that are long wrong.
    private mutating func sendHoldFired(
        _ origin: Origin, _ firing: Firing, _ nowMilliseconds: Int64,
        _ generator: inout some RandomNumberGenerator
    ) -> [Action] {
        guard let link = links[origin], let parameters = link.parameters else { return [] }
        let limit = sendHoldMilliseconds(parameters)
        let hasSlept = firing.latenessMilliseconds >= Self.lateMilliseconds
        let sending = firing.sending ?? Sending(waitingBytes: 0, acknowledgedBytes: 0)
        if sending.waitingBytes == 0 || sending.acknowledgedBytes != link.acknowledgedBytes
            || hasSlept
        {
            links[origin]?.acknowledgedBytes = sending.acknowledgedBytes
            links[origin]?.progressMilliseconds = nowMilliseconds
        } else if nowMilliseconds - link.progressMilliseconds >= Int64(limit) {
            let notification = NotificationMessage(.sendHoldTimerExpired, subcode: 0)
            return drop(
                origin, "sent \(notification.line)", sending: notification, nowMilliseconds,
                &generator)
        }
        return armSendHold(origin, limit)
    }

    func sendHoldMilliseconds(_ parameters: SessionParameters) -> Int {
        settings.sendHoldMilliseconds
            ?? max(Self.sendHoldMillisecondsMin, 2 * parameters.holdTimeSeconds * 1000)
    }

    func armSendHold(_ origin: Origin, _ limitMilliseconds: Int) -> [Action] {
        [.arm(.sendHold(origin), milliseconds: max(1, limitMilliseconds / Self.sendHoldLooks))]
    }

    func armKeepalive(
        _ origin: Origin, _ generator: inout some RandomNumberGenerator
    ) -> [Action] {
        guard let whole = links[origin]?.parameters?.keepaliveMilliseconds, whole > 0 else {
            return []
        }
        // RFC 4271 §10: jitter of 0.75 to 1.
        let jittered = Int.random(in: whole * 3 / 4...whole, using: &generator)
        return [.arm(.keepalive(origin), milliseconds: jittered)]
    }

    mutating func armHold(_ origin: Origin) -> [Action] {
        links[origin]?.hadGrace = false
        guard let link = links[origin] else { return [] }
        if let seconds = link.parameters?.holdTimeSeconds, seconds > 0 {
            return [.arm(.hold(origin), milliseconds: seconds * 1000)]
        }
        // Without a hold time the one of OpenSent goes on: a peer that dies before its KEEPALIVE
        // would leave us in OpenConfirm for ever.
        return link.state == .established ? [.disarm(.hold(origin))] : []
    }
}
