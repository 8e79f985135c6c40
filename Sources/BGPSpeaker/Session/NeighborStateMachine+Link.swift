// SPDX-License-Identifier: Apache-2.0

import BGPWire

extension NeighborStateMachine {
    /// One TCP connection that is open, with the RFC's state of it.
    struct Link: Hashable, Sendable {
        enum State: Hashable, Sendable {
            case openSent, openConfirm, established
        }

        var state = State.openSent
        /// The peer's, once it is there. In OpenSent it waits for the other connection's.
        var open: OpenMessage?
        /// What the OPENs agreed on; from OpenConfirm on.
        var parameters: SessionParameters?
        /// The peer's first KEEPALIVE is there.
        var isConfirmed = false
        /// The hold timer was forgiven once since the peer was heard.
        var hadGrace = false
        /// What the peer had acknowledged when that last changed, and when that was.
        var acknowledgedBytes: Int64 = 0
        var progressMilliseconds: Int64 = 0

        /// The OPEN was read and is not answered yet.
        var isWaiting: Bool { state == .openSent && open != nil }
    }

    /// How the sending of a connection stands, as its owner sees it.
    struct Sending: Hashable, Sendable {
        /// Octets written that the peer has not acknowledged.
        var waitingBytes: Int64
        /// Octets written that it has. Any change is progress.
        var acknowledgedBytes: Int64
    }
}
