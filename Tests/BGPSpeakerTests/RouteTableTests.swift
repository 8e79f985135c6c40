// SPDX-License-Identifier: Apache-2.0

import Addressing
import Testing

@testable import BGPSpeaker

/// Would catch a prefix that is lost or found twice when others come and go.
struct RouteTableTests {
    @Test func aRouteHasFortyEightOctets() {
        #expect(MemoryLayout<RouteTable.Route>.stride == 48)
    }

    /// Few prefixes in a small table, so that they collide and fill holes of each other.
    @Test(arguments: [8, 40, 3_000])
    func itFindsWhatADictionaryFinds(_ variety: Int) throws {
        var generator = SeededGenerator.announced()
        var table = RouteTable()
        var known: [IPPrefix: Int] = [:]
        for step in 0..<20_000 {
            let number = UInt64.random(in: 0..<UInt64(variety), using: &generator)
            let address =
                number.isMultiple(of: 2)
                ? IPAddress(v4: UInt32(number) << 8)
                : IPAddress(v6High: 0x2001_0db8_0000_0000 | number, v6Low: 0)
            let prefix = try #require(IPPrefix(masking: address, length: 24 + Int(number % 8)))
            if let slot = known[prefix] {
                #expect(table.slot(of: prefix) == slot)
                #expect(table[slot].sentUnixSeconds == Double(slot))
                if Bool.random(using: &generator) {
                    table.remove(slot)
                    known[prefix] = nil
                }
            } else {
                #expect(table.slot(of: prefix) == nil)
                let slot = table.insert(prefix)
                #expect(!known.values.contains(slot) || variety > 100)
                table[slot].sentUnixSeconds = Double(slot)
                known[prefix] = slot
            }
            if step.isMultiple(of: 512) {
                for (prefix, slot) in known { #expect(table.slot(of: prefix) == slot) }
            }
            #expect(table.count == known.count)
        }
    }
}
