// SPDX-License-Identifier: Apache-2.0
//
// Connection collision (RFC 4271 §6.8). Both speakers keep the connection that the one with the
// higher BGP identifier opened; equal identifiers are told apart by the AS number (RFC 6286 §2.3).
//
// The RFC's procedure, taken by the letter, can lose both: a speaker may close a connection that
// the other, which has heard one KEEPALIVE more, has just established, while that one closes the
// second in its favour. So no connection is closed on which we have sent a KEEPALIVE, unless the
// peer must have given it up:
//
//  - An OPEN on the connection that should lose waits unanswered while the other's OPEN is still
//    to come. With it there, the loser is closed, and the peer cannot have established it.
//  - An attempt of ours that has no TCP connection yet when an OPEN is accepted is given up.
//  - What is left is a peer of the higher identifier whose connection arrives when ours is in
//    OpenConfirm. That peer decides, as soon as it reads our OPEN: we go on with what it leaves us.
//
// A timer bounds each wait. An established session stays (§6.8), unless its peer restarts
// gracefully: then its new connection takes the old one's place, in silence (RFC 4724 §5).

import BGPWire

extension NeighborStateMachine {
    /// How long a connection waits for what happens on the other: some round trips.
    static let collisionMilliseconds = 2_000

    /// Whether a connection that the peer opens now would be taken.
    var acceptsConnection: Bool {
        guard isStarted else { return false }
        if let session = links.values.first(where: { $0.state == .established }) {
            return session.parameters?.mayBeReplaced == true
        }
        return links[.peer] == nil
    }

    mutating func accepted(_ nowMilliseconds: Int64) -> [Action] {
        guard acceptsConnection else {
            return [.refuse(.cease(links.isEmpty ? .connectionRejected : .connectionCollision))]
        }
        var actions: [Action] = []
        if state == .established {
            actions = Origin.allCases.flatMap { close($0, sending: nil) }
        }
        return actions + [.adopt] + open(.peer, nowMilliseconds)
    }

    /// The peer's OPEN on `origin` is acceptable.
    mutating func decide(
        _ origin: Origin, _ peer: OpenMessage, _ nowMilliseconds: Int64,
        _ generator: inout some RandomNumberGenerator
    ) -> [Action] {
        links[origin]?.open = peer
        guard let rival = links[origin.other] else {
            return accept(origin, peer, nowMilliseconds, &generator)
        }
        let isPreferred = settings.preferred(over: peer) == origin
        switch (isPreferred, rival.state) {
        case (true, .openSent):
            return concede(origin.other) + accept(origin, peer, nowMilliseconds, &generator)
        case (true, _):
            return accept(origin, peer, nowMilliseconds, &generator)
        case (false, .openSent):
            return [.arm(.collision, milliseconds: Self.collisionMilliseconds)]
        case (false, _):
            return concede(origin)
        }
    }

    /// A KEEPALIVE has answered ours.
    mutating func confirm(
        _ origin: Origin, _ nowMilliseconds: Int64, _ generator: inout some RandomNumberGenerator
    ) -> [Action] {
        guard let link = links[origin], let peer = link.open else { return [] }
        links[origin]?.isConfirmed = true
        guard link.state == .openConfirm else { return [] }
        if links[origin.other] == nil || settings.preferred(over: peer) == origin {
            return establish(origin, nowMilliseconds)
        }
        let first: [Action] =
            link.isConfirmed ? [] : [.arm(.collision, milliseconds: Self.collisionMilliseconds)]
        return armHold(origin) + first
    }

    /// The other connection is gone: what waited for it goes on.
    mutating func settle(
        _ origin: Origin, _ nowMilliseconds: Int64, _ generator: inout some RandomNumberGenerator
    ) -> [Action] {
        guard let link = links[origin] else { return [] }
        var actions: [Action] = [.disarm(.collision)]
        if link.isWaiting, let peer = link.open {
            actions += accept(origin, peer, nowMilliseconds, &generator)
        } else if link.state == .openConfirm, link.isConfirmed {
            actions += establish(origin, nowMilliseconds)
        }
        return actions
    }

    /// Neither the peer nor the other connection has decided in time.
    mutating func decideAlone(
        _ nowMilliseconds: Int64, _ generator: inout some RandomNumberGenerator
    ) -> [Action] {
        guard links.count == 2 else { return [] }
        let origin =
            Origin.allCases.first {
                links[$0]?.state == .openConfirm && links[$0]?.isConfirmed == true
            }
            ?? Origin.allCases.first { links[$0]?.isWaiting == true }
        guard let origin else { return [] }
        return concede(origin.other) + settle(origin, nowMilliseconds, &generator)
    }

    /// Ends the connection that lost.
    mutating func concede(_ origin: Origin) -> [Action] {
        close(origin, sending: .cease(.connectionCollision)) + [.disarm(.collision)]
    }
}

extension NeighborStateMachine.Settings {
    /// Whose connection stays.
    func preferred(over peer: OpenMessage) -> ConnectionOrigin {
        (identifier, localAS) > (peer.identifier, peer.peerAS) ? .local : .peer
    }
}

extension SessionParameters {
    /// The peer has said that it restarts gracefully, in some family (RFC 4724 §5).
    var mayBeReplaced: Bool { peerGracefulRestart?.families.isEmpty == false }
}
