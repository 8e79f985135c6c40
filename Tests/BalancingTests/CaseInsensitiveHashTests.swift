// SPDX-License-Identifier: Apache-2.0

import Balancing
import Testing

/// Catches a hash that spreads names over servers differently from dnsdist with one perturbation.
@Suite struct CaseInsensitiveHashTests {
    /// What `newDNSName(NAME):hash()` printed in dnsdist 1.7.3 (Debian 12) on 2026-11-21.
    @Test(arguments: [
        ("www.PowerDNS.com", UInt32(3_404_032_120)),
        ("a.very.long.name.with.more.than.twelve.octets.example.org", 3_756_976_473),
        ("", 1_843_378_377),
        ("abcdefghij", 3_278_215_202),
    ])
    func namesHashAsInDnsdist(name: String, expected: UInt32) {
        let hash = BalancingFixture.wire(name).withUnsafeBufferPointer {
            CaseInsensitiveHash.hash($0, perturbation: 0)
        }
        #expect(hash == expected)
    }

    @Test func lettersOfEitherCaseAreOne() {
        #expect(
            CaseInsensitiveHash.hash("EXAMPLE-[Z]@", perturbation: 9)
                == CaseInsensitiveHash.hash("example-[z]@", perturbation: 9))
        #expect(
            CaseInsensitiveHash.hash("[", perturbation: 9)
                != CaseInsensitiveHash.hash("{", perturbation: 9))
    }

    @Test func perturbationChangesTheHash() {
        #expect(
            CaseInsensitiveHash.hash("example", perturbation: 1)
                != CaseInsensitiveHash.hash("example", perturbation: 2))
    }
}
