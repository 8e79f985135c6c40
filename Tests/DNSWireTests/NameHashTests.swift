// SPDX-License-Identifier: Apache-2.0

import DNSWire
import Testing

/// Catches a hash that spreads names over servers differently from dnsdist with one perturbation.
@Suite struct NameHashTests {
    /// What `newDNSName(NAME):hash()` printed in dnsdist 1.7.3 (Debian 12) on 2026-11-21.
    @Test(arguments: [
        ("www.PowerDNS.com", UInt32(3_404_032_120)),
        ("a.very.long.name.with.more.than.twelve.octets.example.org", 3_756_976_473),
        (".", 1_843_378_377),
        ("abcdefghij", 3_278_215_202),
    ])
    func namesHashAsInDnsdist(name: String, expected: UInt32) throws {
        #expect(try DNSName(name).hash(seed: 0) == expected)
    }

    private func hash(_ text: String, seed: UInt32) -> UInt32 {
        Array(text.utf8).withUnsafeBytes { CaseFolding.hash($0, seed: seed) }
    }

    @Test func lettersOfEitherCaseAreOne() {
        #expect(hash("EXAMPLE-[Z]@", seed: 9) == hash("example-[z]@", seed: 9))
        #expect(hash("[", seed: 9) != hash("{", seed: 9))
    }

    @Test func theSeedChangesTheHash() {
        #expect(hash("example", seed: 1) != hash("example", seed: 2))
    }
}
