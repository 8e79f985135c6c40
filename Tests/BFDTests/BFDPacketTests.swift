// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import BFD

@Suite struct BFDPacketTests {
    /// Version 1, diagnostic 1, Up, poll, multiplier 3, discriminators 0x01020304 and 0xa0b0c0d0,
    /// 300 ms, 50 ms, no echo.
    private static let octets: [UInt8] = [
        0x21, 0xe0, 0x03, 0x18, 0x01, 0x02, 0x03, 0x04, 0xa0, 0xb0, 0xc0, 0xd0,
        0x00, 0x04, 0x93, 0xe0, 0x00, 0x00, 0xc3, 0x50, 0x00, 0x00, 0x00, 0x00,
    ]

    @Test func everyFieldStandsWhereTheRFCPutsIt() throws {
        let packet = try BFDPacket(Self.octets)
        #expect(packet.diagnostic == .detectionTimeExpired)
        #expect(packet.state == .up)
        #expect(packet.poll && !packet.final && !packet.demand && !packet.controlPlaneIndependent)
        #expect(packet.detectMultiplier == 3)
        #expect(packet.myDiscriminator == 0x0102_0304)
        #expect(packet.yourDiscriminator == 0xa0b0_c0d0)
        #expect(packet.desiredMinTx == 300_000)
        #expect(packet.requiredMinRx == 50_000)
        #expect(packet.requiredMinEchoRx == 0)
        #expect(packet.encoded == Self.octets)
    }

    @Test(arguments: [
        (0, UInt8(0x41), BFDPacket.Fault.version(2)), (3, 23, .length(23)), (3, 25, .length(25)),
        (2, 0, .detectMultiplierZero), (1, 0xe1, .multipoint), (1, 0xe4, .length(24)),
    ])
    func whatTheRFCRefusesIsRefused(offset: Int, value: UInt8, fault: BFDPacket.Fault) {
        var octets = Self.octets
        octets[offset] = value
        #expect(throws: fault) { try BFDPacket(octets) }
    }

    @Test func discriminatorsAreLookedAt() {
        var octets = Self.octets
        octets.replaceSubrange(4..<8, with: [0, 0, 0, 0])
        #expect(throws: BFDPacket.Fault.discriminatorZero) { try BFDPacket(octets) }
        octets = Self.octets
        octets.replaceSubrange(8..<12, with: [0, 0, 0, 0])
        #expect(throws: BFDPacket.Fault.stateNeedsDiscriminator) { try BFDPacket(octets) }
        octets[1] = 0x40  // Down
        #expect((try? BFDPacket(octets)) != nil)
        #expect(throws: BFDPacket.Fault.short) { try BFDPacket(Self.octets.dropLast()) }
    }

    /// What is read and written again is the same, or was refused.
    @Test func randomOctetsAreReadAsTheyWouldBeWritten() {
        var generator = SeededGenerator(seed: 5_880)
        var accepted = 0
        for _ in 0..<200_000 {
            var octets = (0..<Int.random(in: 20...28, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            if Bool.random(using: &generator) { octets[0] = 0x20 | octets[0] & 0x1f }
            if octets.count > 3, Bool.random(using: &generator) { octets[3] = 24 }
            guard let packet = try? BFDPacket(octets) else { continue }
            accepted += 1
            #expect(packet.encoded == Array(octets.prefix(24)) || packet.encoded[3] != octets[3])
        }
        #expect(accepted > 1_000)
    }
}
