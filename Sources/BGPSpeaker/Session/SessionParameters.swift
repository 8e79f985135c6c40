// SPDX-License-Identifier: Apache-2.0

import BGPWire

/// What two OPEN messages agreed on.
struct SessionParameters: Hashable, Sendable {
    var localAS: UInt32
    var peerAS: UInt32
    var localIdentifier: UInt32
    var peerIdentifier: UInt32
    /// 0: neither keepalives nor a hold timer.
    var holdTimeSeconds: Int
    /// Offered by both.
    var families: [AddressFamily]
    /// Both sides offered it (RFC 6793).
    var isFourOctetAS: Bool
    var peerCapabilities: [Capability]
    /// The peer may ask for routes again (RFC 2918), and sees where the answer begins and ends
    /// (RFC 7313).
    var isRouteRefresh = false
    var isEnhancedRefresh = false
    /// Messages of up to 65535 octets, both ways (RFC 8654).
    var isExtendedMessage = false
    /// Families whose prefixes may have an IPv6 next hop (RFC 8950).
    var extendedNextHopFamilies: [AddressFamily] = []
    /// Ours as configured, and the peer's if it named one (RFC 9234).
    var localRole: Role?
    var peerRole: Role?
    /// As each side said it (RFC 4724).
    var localGracefulRestart: GracefulRestart?
    var peerGracefulRestart: GracefulRestart?

    var isInternal: Bool { localAS == peerAS }

    /// A third of the hold time (RFC 4271 §10), before jitter.
    var keepaliveMilliseconds: Int { holdTimeSeconds * 1000 / 3 }

    /// Routes are kept through a NOTIFICATION that is no Hard Reset (RFC 8538 §2: both said so).
    var isNotificationGraceful: Bool {
        localGracefulRestart?.isNotificationGraceful == true
            && peerGracefulRestart?.isNotificationGraceful == true
    }

    /// What was agreed on, in an operator's words.
    var agreedCapabilities: [String] {
        var words = families.map(\.description)
        if isFourOctetAS { words.append("4-octet AS") }
        if isRouteRefresh {
            words.append(isEnhancedRefresh ? "enhanced route refresh" : "route refresh")
        }
        if isExtendedMessage { words.append("extended messages") }
        if !extendedNextHopFamilies.isEmpty { words.append("extended next hop") }
        if let localRole {
            words.append("role \(localRole) to \(peerRole.map { "\($0)" } ?? "a peer without one")")
        }
        if let peerGracefulRestart, localGracefulRestart != nil {
            words.append("\(peerGracefulRestart)")
        }
        return words
    }
}

extension UpdateContext {
    /// How what the peer sends is read; before the OPENs are exchanged no UPDATE is.
    init(_ parameters: SessionParameters?, isInternal: Bool) {
        self.init(
            isFourOctetAS: parameters?.isFourOctetAS ?? false, isInternal: isInternal,
            families: parameters?.families)
    }
}

extension UpdateEncoder {
    init(_ parameters: SessionParameters) {
        self.init(
            isFourOctetAS: parameters.isFourOctetAS,
            extendedBytesMax: parameters.isExtendedMessage
                ? MessageFramer.extendedMessageBytesMax : nil,
            hasExtendedNextHop: parameters.extendedNextHopFamilies.contains(.ipv4Unicast))
    }
}
