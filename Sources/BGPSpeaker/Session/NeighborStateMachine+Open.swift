// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPWire

extension NeighborStateMachine.Settings {
    /// What we say first.
    var openMessage: OpenMessage {
        var capabilities = families.map { Capability.multiprotocol($0) }
        capabilities.append(.routeRefresh)
        if offersExtendedNextHop { capabilities.append(.extendedNextHop([.ipv4Unicast])) }
        capabilities.append(.extendedMessages)
        if let role { capabilities.append(.role(role.rawValue)) }
        if let gracefulRestart { capabilities.append(.gracefulRestart(gracefulRestart)) }
        capabilities.append(.fourOctetAS(localAS))
        capabilities.append(.enhancedRouteRefresh)
        if let hostName {
            let parts = hostName.split(separator: ".", maxSplits: 1).map(String.init)
            capabilities.append(
                .hostName(host: parts.first ?? "", domain: parts.count > 1 ? parts[1] : ""))
        }
        if isLinkLocalOnly { capabilities.append(.linkLocalNextHop) }
        return OpenMessage(
            autonomousSystem: localAS, holdTimeSeconds: UInt16(clamping: holdTimeSeconds),
            identifier: identifier, capabilities: capabilities)
    }

    /// What is wrong with the peer's OPEN (RFC 4271 §6.2, RFC 5492, RFC 6286, RFC 6793, RFC 9234),
    /// `nil` if nothing.
    func refusal(of peer: OpenMessage) -> (notification: NotificationMessage, detail: String)? {
        func refuse(
            _ subcode: UInt8, _ detail: String, data: [UInt8] = []
        ) -> (notification: NotificationMessage, detail: String) {
            (NotificationMessage(.openMessage, subcode: subcode, data: data), detail)
        }
        if let detail = wrongAS(of: peer) { return refuse(2, detail) }
        guard peer.identifier != 0 else { return refuse(3, "identifier 0.0.0.0") }
        guard peer.identifier != identifier || localAS != peerAS else {
            return refuse(3, "identifier \(IPAddress(v4: identifier)) is ours")
        }
        guard peer.holdTimeSeconds == 0 || peer.holdTimeSeconds >= 3 else {
            return refuse(6, "hold time \(peer.holdTimeSeconds)")
        }
        if let detail = wrongRole(of: peer) { return refuse(11, detail) }
        // RFC 5492 §3: a capability that the session cannot do without; the data lists it.
        guard families.contains(where: peer.families.contains) else {
            let needed = families.map { Capability.multiprotocol($0) }
            let offered = peer.families.map(\.description).joined(separator: ", ")
            return refuse(
                7, "no family in common, the peer offers \(offered)",
                data: needed.flatMap(\.encoded))
        }
        return nil
    }

    private func wrongAS(of peer: OpenMessage) -> String? {
        // AS_TRANS means that the number is in the capability; without one it is nobody's.
        let isStandIn =
            peer.fourOctetAS == nil && peer.autonomousSystem == OpenMessage.asTrans
        guard peer.peerAS == peerAS, peer.peerAS != 0, !isStandIn else {
            return "AS \(peer.peerAS), configured is \(peerAS)"
        }
        // RFC 6793 §4.1: the two octets hold the same number, or the stand-in for it.
        guard
            peer.autonomousSystem == OpenMessage.asTrans
                || UInt32(peer.autonomousSystem) == peer.peerAS
        else { return "AS \(peer.autonomousSystem) in two octets, \(peer.peerAS) in four" }
        return nil
    }

    /// RFC 9234 §4.2.
    private func wrongRole(of peer: OpenMessage) -> String? {
        guard let role else { return nil }
        let roles = peer.roles
        guard let first = roles.first else {
            return isRoleStrict ? "the peer names no role" : nil
        }
        guard roles.allSatisfy({ $0 == first }) else { return "the peer names several roles" }
        guard let other = Role(rawValue: first) else {
            return "the peer's role \(first) is unknown, ours is \(role)"
        }
        return role.fits(other) ? nil : "the peer's role is \(other), ours is \(role)"
    }

    func parameters(with peer: OpenMessage) -> SessionParameters {
        let offered = Set(peer.families)
        let agreed = families.filter(offered.contains)
        var parameters = SessionParameters(
            localAS: localAS, peerAS: peerAS, localIdentifier: identifier,
            peerIdentifier: peer.identifier,
            holdTimeSeconds: min(holdTimeSeconds, Int(peer.holdTimeSeconds)),
            families: agreed,
            isFourOctetAS: peer.fourOctetAS != nil, peerCapabilities: peer.capabilities)
        parameters.isRouteRefresh = peer.hasRouteRefresh
        parameters.isEnhancedRefresh =
            peer.hasRouteRefresh && peer.capabilities.contains(.enhancedRouteRefresh)
        parameters.isExtendedMessage = peer.capabilities.contains(.extendedMessages)
        if offersExtendedNextHop, agreed.contains(.ipv4Unicast),
            peer.extendedNextHopFamilies.contains(.ipv4Unicast)
        {
            parameters.extendedNextHopFamilies = [.ipv4Unicast]
        }
        parameters.localRole = role
        parameters.peerRole = peer.roles.first.flatMap(Role.init)
        parameters.localGracefulRestart = gracefulRestart
        parameters.peerGracefulRestart = peer.gracefulRestart
        return parameters
    }
}
