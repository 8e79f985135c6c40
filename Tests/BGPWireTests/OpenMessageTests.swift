// SPDX-License-Identifier: Apache-2.0

import BGPWire
import Testing

/// Would catch an OPEN that crashes us, and one that we send and nobody can read.
struct OpenMessageTests {
    private static let full = OpenMessage(
        autonomousSystem: 4_200_000_000, holdTimeSeconds: 10, identifier: 0x0a00_0009,
        capabilities: [
            .multiprotocol(.ipv4Unicast), .multiprotocol(.ipv6Unicast), .routeRefresh,
            .fourOctetAS(4_200_000_000), .unknown(code: 200, value: [1, 97, 0]),
        ])

    private func body(_ open: OpenMessage) -> [UInt8] {
        Array(open.encoded.dropFirst(MessageFramer.headerBytes))
    }

    @Test func aLargeNumberTravelsInTheCapabilityBehindItsStandIn() throws {
        let read = try OpenMessage(body: body(Self.full))
        #expect(read.autonomousSystem == 23456)
        #expect(read.peerAS == 4_200_000_000)
        #expect(read.families == [.ipv4Unicast, .ipv6Unicast])
        #expect(read.hasRouteRefresh)
    }

    @Test func everyTruncationIsATypedError() {
        let whole = body(Self.full)
        for length in 0..<whole.count {
            #expect(throws: BGPWireError.self, "\(length) octets") {
                try OpenMessage(body: Array(whole[..<length]))
            }
        }
    }

    @Test func manyCapabilitiesGoIntoExtendedParameters() throws {
        var open = Self.full
        open.capabilities += (0..<60).map { .unknown(code: 200, value: [$0, 0, 0, 0]) }
        let bytes = body(open)
        #expect(bytes[9] == 255 && bytes[10] == 255)
        #expect(try OpenMessage(body: bytes) == open)
    }
}
