// SPDX-License-Identifier: Apache-2.0

import Addressing
import BFD
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
            && multihop == other.multihop && gracefulRestart == other.gracefulRestart
            && role == other.role && isRoleStrict == other.isRoleStrict
            && nextHopMode == other.nextHopMode && extendedNextHop == other.extendedNextHop
            && hostName == other.hostName
            // A new key is set on the live socket; whether there is one is the connection's.
            && (md5Password == nil) == (other.md5Password == nil)
    }

    /// What its segments are signed with, both ways; `nil` for not at all.
    var signature: SocketSettings.Signature? {
        md5Password.map {
            SocketSettings.Signature(
                peer: key.endpoint, prefixLength: key.rangeLength, key: $0)
        }
    }

    /// What is to be watched by BFD; `nil` for nothing.
    var bfdSession: (peer: BFDPeer, settings: BFDSettings)? {
        guard let bfd, !shutdown, key.range == nil else { return nil }
        let endpoint = key.endpoint
        var settings = BFDSettings()
        settings.desiredMinTx = UInt32(clamping: bfd.minTxMilliseconds * 1_000)
        settings.requiredMinRx = UInt32(clamping: bfd.minRxMilliseconds * 1_000)
        settings.detectMultiplier = UInt8(clamping: bfd.multiplier)
        settings.isPassive = bfd.passive
        return (
            BFDPeer(
                address: endpoint.address, interface: endpoint.interface,
                localAddress: localAddress, isMultihop: bfd.multihop), settings
        )
    }
}

extension NeighborStateMachine.Settings {
    init(
        _ neighbor: NeighborDeclaration, identifier: UInt32, sendHoldMilliseconds: Int? = nil
    ) {
        self.init(
            localAS: neighbor.localAS, peerAS: neighbor.peerAS, identifier: identifier,
            holdTimeSeconds: neighbor.holdTimeSeconds,
            families: neighbor.families.map(AddressFamily.init), isPassive: neighbor.passive,
            sendHoldMilliseconds: sendHoldMilliseconds)
        offersExtendedNextHop = neighbor.offersExtendedNextHop
        gracefulRestart = neighbor.gracefulRestart.map { restart in
            GracefulRestart(
                restartSeconds: restart.restartSeconds ?? 0,
                isNotificationGraceful: restart.isNotificationGraceful,
                families: restart.restartSeconds == nil
                    ? [] : families.map { GracefulRestart.Family($0) })
        }
        role = neighbor.role.map(Role.init)
        isRoleStrict = neighbor.isRoleStrict
        hostName = neighbor.hostName
        isLinkLocalOnly = neighbor.nextHopMode == .linkLocal
    }
}

extension Role {
    init(_ role: NeighborRole) {
        switch role {
        case .provider: self = .provider
        case .customer: self = .customer
        case .peer: self = .peer
        case .routeServer: self = .routeServer
        case .routeServerClient: self = .routeServerClient
        }
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
