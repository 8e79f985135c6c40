// SPDX-License-Identifier: Apache-2.0

import BGPWire

extension OpenMessage {
    /// What a well-behaved peer of the tests says.
    static func peer(
        number: UInt32 = 65002, hold: UInt16 = 90, identifier: UInt32 = 2,
        families: [AddressFamily] = [.ipv4Unicast, .ipv6Unicast]
    ) -> OpenMessage {
        OpenMessage(
            autonomousSystem: number, holdTimeSeconds: hold, identifier: identifier,
            capabilities: families.map { .multiprotocol($0) }
                + [.routeRefresh, .fourOctetAS(number)])
    }
}
