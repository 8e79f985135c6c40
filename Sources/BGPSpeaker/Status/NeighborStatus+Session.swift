// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPWire
import Declarations

extension NeighborStatus {
    /// Takes what the OPENs agreed on.
    mutating func remember(_ parameters: SessionParameters) {
        peerIdentifier = IPAddress(v4: parameters.peerIdentifier)
        holdTimeSeconds = parameters.holdTimeSeconds
        keepaliveSeconds = Double(parameters.keepaliveMilliseconds) / 1000
        families = RouteFamily.allCases.filter {
            parameters.families.contains(AddressFamily($0))
        }
        agreedCapabilities = parameters.agreedCapabilities
        peerCapabilities = parameters.peerCapabilities.map(\.description)
    }

    mutating func forgetSession() {
        localAddress = nil
        peerIdentifier = nil
        holdTimeSeconds = nil
        keepaliveSeconds = nil
        families = []
        agreedCapabilities = []
        peerCapabilities = []
        routesAnnounced = 0
    }
}
