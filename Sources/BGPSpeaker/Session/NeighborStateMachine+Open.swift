// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPWire

extension NeighborStateMachine.Settings {
    /// What is wrong with the peer's OPEN (RFC 4271 §6.2, RFC 6286, RFC 6793), `nil` if nothing.
    func refusal(of peer: OpenMessage) -> (notification: NotificationMessage, detail: String)? {
        func refuse(
            _ subcode: UInt8, _ detail: String
        ) -> (notification: NotificationMessage, detail: String) {
            (NotificationMessage(.openMessage, subcode: subcode), detail)
        }
        // AS_TRANS means that the number is in the capability; without one it is nobody's.
        let isStandIn =
            peer.fourOctetAS == nil && peer.autonomousSystem == OpenMessage.asTrans
        guard peer.peerAS == peerAS, peer.peerAS != 0, !isStandIn else {
            return refuse(2, "AS \(peer.peerAS), configured is \(peerAS)")
        }
        guard peer.identifier != 0 else { return refuse(3, "identifier 0.0.0.0") }
        guard peer.identifier != identifier || localAS != peerAS else {
            return refuse(3, "identifier \(IPAddress(v4: identifier)) is ours")
        }
        guard peer.holdTimeSeconds == 0 || peer.holdTimeSeconds >= 3 else {
            return refuse(6, "hold time \(peer.holdTimeSeconds)")
        }
        return nil
    }

    func parameters(with peer: OpenMessage) -> SessionParameters {
        let offered = Set(peer.families)
        return SessionParameters(
            localAS: localAS, peerAS: peerAS, localIdentifier: identifier,
            peerIdentifier: peer.identifier,
            holdTimeSeconds: min(holdTimeSeconds, Int(peer.holdTimeSeconds)),
            families: families.filter(offered.contains),
            isFourOctetAS: peer.fourOctetAS != nil, peerCapabilities: peer.capabilities)
    }
}
