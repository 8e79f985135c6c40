// SPDX-License-Identifier: Apache-2.0
//
// What goes into the machine and what comes out of it.

import BGPWire

extension NeighborStateMachine {
    enum Timer: Hashable, Sendable {
        case connectRetry
        /// Bounds how long two connections wait for each other.
        case collision
        case hold(Origin)
        case keepalive(Origin)
        case sendHold(Origin)
        /// Bounds how long End-of-RIB waits for the health of what is announced.
        case endOfRIB
    }

    /// What the owner saw when a timer fired.
    struct Firing: Hashable, Sendable {
        /// Octets were received by the kernel and not yet read.
        var hasUnreadBytes = false
        /// How long after it was due.
        var latenessMilliseconds = 0
        /// Of the send hold timer's connection.
        var sending: Sending?
    }

    enum Input: Sendable {
        case start
        /// Ends the session with this NOTIFICATION and stays idle.
        case stop(NotificationMessage)
        /// As `stop`, but where routes are kept over a restart, without a word: the peer is to keep them.
        case leave(NotificationMessage)
        /// Ends the session with this NOTIFICATION and begins anew.
        case reset(NotificationMessage)
        /// The attempt that `connect` asked for has a TCP connection.
        case connected
        case connectionFailed(String)
        /// The peer has opened a connection.
        case accepted
        case connectionLost(Origin, String)
        /// BFD has found the path to the peer broken.
        case bfdDown(String)
        case received(Origin, BGPMessage)
        case malformed(Origin, BGPWireError)
        case fired(Timer, Firing)
        /// What is announced is complete: every check has come to a verdict.
        case healthIsKnown
    }

    enum Action: Hashable, Sendable {
        case connect
        case cancelAttempt
        /// The connection that `accepted` told of is the neighbour's.
        case adopt
        /// It is not; the peer is to read why.
        case refuse(NotificationMessage)
        case sendOpen(Origin, OpenMessage)
        case sendKeepalive(Origin)
        case sendNotification(Origin, NotificationMessage)
        /// After what was sent has left.
        case close(Origin)
        case arm(Timer, milliseconds: Int)
        case disarm(Timer)
        case sessionUp(Origin, SessionParameters)
        case sessionDown
        /// End-of-RIB is not sent before `releaseEndOfRIB`.
        case holdEndOfRIB
        case releaseEndOfRIB
        case deliver(UpdateMessage)
        case resend(AddressFamily)
        case reportError(String)
    }
}
