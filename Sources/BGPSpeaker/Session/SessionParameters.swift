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

    var isInternal: Bool { localAS == peerAS }

    /// A third of the hold time (RFC 4271 §10), before jitter.
    var keepaliveMilliseconds: Int { holdTimeSeconds * 1000 / 3 }
}
