// SPDX-License-Identifier: Apache-2.0

import DNSWire
import Testing

/// Catches a name in a table twice, and names and numbers that do not lead back to each other.
@Suite struct NumberRegistryTests {
    @Test func namesAndNumbersLeadBackToEachOther() {
        for (name, number) in DNSType.allNames {
            #expect(DNSType(name: name.lowercased())?.rawValue == number)
            #expect(DNSType(rawValue: number).name == name)
        }
        #expect(Set(DNSType.allNames.map(\.name)).count == DNSType.allNames.count)
        #expect(DNSType.allNames.count > 90)
        for (name, number) in ResponseCode.allNames {
            #expect(ResponseCode(name: name)?.rawValue == number)
        }
    }

    @Test(arguments: [("AAAA", 28), ("type28", 28), ("TYPE65535", 65535), ("https", 65)])
    func typeIsFoundByName(name: String, number: UInt16) {
        #expect(DNSType(name: name)?.rawValue == number)
    }

    @Test(arguments: ["", "TYPE", "TYPE+1", "TYPE-1", "TYPE65536", "TYPE1x", "AAAAA", "CLASS1"])
    func whatIsNoTypeIsNone(name: String) { #expect(DNSType(name: name) == nil) }

    @Test func numbersWithoutNamesArePrintedWithTheirPrefix() {
        #expect(DNSType(rawValue: 65280).name == "TYPE65280")
        #expect(DNSClass(rawValue: 7).name == "CLASS7")
        #expect(ResponseCode(rawValue: 4000).name == "RCODE4000")
        #expect(Opcode(rawValue: 15).name == "OPCODE15")
        #expect(Opcode(name: "notify") == .notify)
        #expect(Opcode(name: "OPCODE256") == nil)
    }
}
