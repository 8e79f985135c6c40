// SPDX-License-Identifier: Apache-2.0

import DNSWire
import Testing

/// Catches an error in the arithmetic that folds eight octets at once.
@Suite struct CaseFoldingTests {
    @Test func eightOctetsFoldAsEachDoesAlone() {
        for octet in UInt8.min...UInt8.max {
            let expected: UInt8 = (65...90).contains(octet) ? octet + 32 : octet
            #expect(CaseFolding.fold(octet) == expected)
            for position in 0..<8 {
                // Neighbours at the edges, where a carry would show.
                for neighbour: UInt8 in [0, 0x40, 0x41, 0x5a, 0x5b, 0x7f, 0x80, 0xff] {
                    var octets = [UInt8](repeating: neighbour, count: 8)
                    octets[position] = octet
                    let word = octets.reversed().reduce(0) { $0 << 8 | UInt64($1) }
                    let folded = octets.map { CaseFolding.fold($0) }
                    #expect(
                        CaseFolding.fold(word)
                            == folded.reversed().reduce(0) { $0 << 8 | UInt64($1) })
                }
            }
        }
    }
}
