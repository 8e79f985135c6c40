// SPDX-License-Identifier: Apache-2.0

import BGPWire

extension NeighborStateMachine {
    /// What is configured of one neighbour, as far as the machine goes.
    struct Settings: Hashable, Sendable {
        var localAS: UInt32
        var peerAS: UInt32
        var identifier: UInt32
        /// Offered; 0 or at least 3.
        var holdTimeSeconds: Int
        var families: [AddressFamily]
        var isPassive = false
        /// How long a peer may take nothing of what we send; `nil` is RFC 9687's.
        var sendHoldMilliseconds: Int?
        /// RFC 8950.
        var offersExtendedNextHop = false
        /// As it is said in the OPEN; `nil` says nothing (RFC 4724).
        var gracefulRestart: GracefulRestart?
        /// RFC 9234.
        var role: Role?
        var isRoleStrict = false
        var hostName: String?
        /// Our only next hop in IPv6 is a link-local one.
        var isLinkLocalOnly = false
    }
}
