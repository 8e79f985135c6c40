// SPDX-License-Identifier: Apache-2.0

import BGPWire
public import Declarations

extension NeighborDeclaration {
    /// Whether a session of `self` may go on as one of `other` (DESIGN §4): everything that was
    /// negotiated or set on its socket is the same.
    public func hasSameSession(as other: NeighborDeclaration) -> Bool {
        key == other.key && peerAS == other.peerAS && localAS == other.localAS
            && localAddress == other.localAddress && routerID == other.routerID
            && families == other.families && passive == other.passive
            && shutdown == other.shutdown && ttlSecurityHops == other.ttlSecurityHops
            && multihop == other.multihop && md5Password == other.md5Password
    }

    /// A setting that protects the session and is not built yet: without it we do not connect.
    var unsupported: String? {
        if md5Password != nil { return "md5Password is not supported yet; not connecting" }
        if ttlSecurityHops != nil { return "ttlSecurity is not supported yet; not connecting" }
        return nil
    }
}

extension NeighborStateMachine.Settings {
    init(_ neighbor: NeighborDeclaration, identifier: UInt32) {
        self.init(
            localAS: neighbor.localAS, peerAS: neighbor.peerAS, identifier: identifier,
            holdTimeSeconds: neighbor.holdTimeSeconds,
            families: neighbor.families.map(AddressFamily.init), isPassive: neighbor.passive)
    }
}

extension AddressFamily {
    init(_ family: RouteFamily) {
        switch family {
        case .ipv4Unicast: self = .ipv4Unicast
        case .ipv6Unicast: self = .ipv6Unicast
        }
    }
}
