// SPDX-License-Identifier: Apache-2.0

import BGPWire

@testable import BGPSpeaker

/// A speaker that does what RFC 4271 §6.8 says by the letter: it looks for a collision when an OPEN
/// arrives, and then only at connections in OpenConfirm and Established. It has no timers: what it
/// loses stays lost.
struct TextbookPeer: SimulatedSpeaker {
    typealias Machine = NeighborStateMachine

    let number: UInt32
    let identifier: UInt32
    /// As BIRD does: an accepted OPEN ends its own attempt.
    let givesUpAttempts: Bool

    private(set) var sessions = 0
    private(set) var attempts: [Int64] = []
    private var states: [ConnectionOrigin: Machine.Link.State] = [:]
    private var isConnecting = false

    var nextTimer: (timer: Machine.Timer, due: Int64)? { nil }
    var faults: [String] { [] }
    var established: ConnectionOrigin? { states.first { $0.value == .established }?.key }

    init(number: UInt32, identifier: UInt32, givesUpAttempts: Bool) {
        self.number = number
        self.identifier = identifier
        self.givesUpAttempts = givesUpAttempts
    }

    private var open: OpenMessage { .peer(number: number, hold: 0, identifier: identifier) }

    mutating func take(_ input: Machine.Input, at now: Int64) -> [Machine.Action] {
        switch input {
        case .start:
            isConnecting = true
            attempts.append(now)
            return [.connect]
        case .connected:
            isConnecting = false
            states[.local] = .openSent
            return [.sendOpen(.local, open)]
        case .connectionFailed:
            isConnecting = false
            return []
        case .accepted:
            guard states[.peer] == nil else { return [.refuse(.cease(.connectionRejected))] }
            states[.peer] = .openSent
            return [.adopt, .sendOpen(.peer, open)]
        case .connectionLost(let origin, _):
            states[origin] = nil
            return []
        case .received(let origin, let message):
            return received(origin, message)
        case .stop, .leave, .reset, .bfdDown, .malformed, .fired, .healthIsKnown:
            return []
        }
    }

    private mutating func received(
        _ origin: ConnectionOrigin, _ message: BGPMessage
    ) -> [Machine.Action] {
        switch (states[origin], message) {
        case (.openSent, .open(let peer)):
            return decide(origin, peer)
        case (.openConfirm, .keepalive):
            states[origin] = .established
            sessions += 1
            let parameters = SessionParameters(
                localAS: number, peerAS: 0, localIdentifier: identifier, peerIdentifier: 0,
                holdTimeSeconds: 0, families: [], isFourOctetAS: true, peerCapabilities: [])
            return [.sessionUp(origin, parameters)]
        case (.some, .notification):
            states[origin] = nil
            return [.close(origin)]
        default:
            return []
        }
    }

    private mutating func decide(
        _ origin: ConnectionOrigin, _ peer: OpenMessage
    ) -> [Machine.Action] {
        let keeps: ConnectionOrigin =
            switch states[origin.other] {
            case .established: origin.other
            case .openConfirm:
                (identifier, number) < (peer.identifier, peer.peerAS) ? .peer : .local
            case .openSent, nil: origin
            }
        let isRivalReady = states[origin.other] != nil && states[origin.other] != .openSent
        var actions: [Machine.Action] = []
        if isRivalReady {
            states[keeps.other] = nil
            actions = [
                .sendNotification(keeps.other, .cease(.connectionCollision)), .close(keeps.other),
            ]
        }
        guard keeps == origin else { return actions }
        states[origin] = .openConfirm
        if givesUpAttempts, isConnecting {
            isConnecting = false
            actions.append(.cancelAttempt)
        }
        return actions + [.sendKeepalive(origin)]
    }
}
