// SPDX-License-Identifier: Apache-2.0

import DNSWire
import Testing

/// Catches names that are accepted but cannot be sent, and comparisons that see case.
@Suite struct DNSNameTests {
    @Test(arguments: [
        (".", "."), ("", "."), ("example.org", "example.org."), ("Example.ORG.", "Example.ORG."),
        ("a\\.b.c", "a\\.b.c."), ("\\065\\000.x", "A\\000.x."), ("_sip._tcp.x", "_sip._tcp.x."),
        ("sp\\ ace", "sp\\032ace."), ("\\\"q\\\"", "\\\"q\\\"."),
    ])
    func presentationFormIsReadAndPrinted(text: String, printed: String) throws {
        let name = try DNSName(text)
        #expect("\(name)" == printed)
        #expect(try DNSName(printed).wire == name.wire)
    }

    @Test(arguments: [
        ("a..b", "name \"a..b\": empty label"), ("..", "name \"..\": empty label"),
        (".a", "name \".a\": empty label"),
        ("a\\", "name \"a\\\": bad escape, want \\X or \\DDD up to \\255"),
        ("\\25", "name \"\\25\": bad escape, want \\X or \\DDD up to \\255"),
        ("\\256", "name \"\\256\": bad escape, want \\X or \\DDD up to \\255"),
    ])
    func badNameIsRefusedInWords(text: String, words: String) {
        do throws(DNSNameError) {
            Issue.record("parsed: \(try DNSName(text))")
        } catch {
            #expect("\(error)" == words)
        }
    }

    @Test func limitsAreThoseOfTheStandard() throws {
        let label = String(repeating: "a", count: 63)
        #expect(throws: DNSNameError.self) { try DNSName(label + "a") }
        // Three labels of 63 and one of 61: 3 * 64 + 62 + 1 = 255.
        let longest = "\(label).\(label).\(label).\(String(repeating: "b", count: 61))"
        #expect(try DNSName(longest).wire.count == 255)
        #expect(throws: DNSNameError.nameTooLong(longest + "b")) { try DNSName(longest + "b") }
    }

    @Test func equalityAndHashIgnoreCaseOfLettersOnly() throws {
        #expect(try DNSName("EXAMPLE.org") == DNSName("example.ORG."))
        #expect(try DNSName("EXAMPLE.org").hashValue == DNSName("example.ORG").hashValue)
        #expect(try DNSName("a@b") != DNSName("a`b"))
        #expect(try DNSName("a[b") != DNSName("a{b"))
        #expect(try DNSName("\\193") != DNSName("\\225"))
    }

    @Test(arguments: [
        ("www.example.org", "example.org", true), ("example.org", "EXAMPLE.org", true),
        ("www.example.org", ".", true), (".", ".", true), ("example.org", "www.example.org", false),
        ("badexample.org", "example.org", false), ("example.org", "example.net", false),
        // The octets of the zone appear, but inside a label.
        ("x\\007example\\003org.", "example.org", false),
    ])
    func partOfAZone(name: String, zone: String, expected: Bool) throws {
        #expect(try DNSName(name).isPartOf(DNSName(zone)) == expected)
    }

    @Test func labelsAndParentsAreCounted() throws {
        let name = try DNSName("www.example.org")
        #expect(name.labelCount == 3)
        #expect(
            name.labels.map { String(decoding: $0, as: UTF8.self) } == ["www", "example", "org"])
        #expect(name.parent?.description == "example.org.")
        #expect(DNSName.root.parent == nil)
        #expect(DNSName.root.labelCount == 0)
    }

    /// The order of RFC 4034 §6.1's example.
    @Test func sortsCanonically() throws {
        let sorted = [
            "example", "a.example", "yljkjljk.a.example", "Z.a.example", "zABC.a.EXAMPLE",
            "z.example", "\\001.z.example", "*.z.example", "\\200.z.example",
        ]
        let names = try sorted.map { try DNSName($0) }
        #expect(names.shuffled().sorted().map(\.wire) == names.map(\.wire))
    }

    @Test(arguments: [
        [] as [UInt8], [1], [1, 97], [0, 0], [64] + [UInt8](repeating: 97, count: 64) + [0],
        [0xc0, 0x0c],
    ])
    func malformedWireFormIsRefused(wire: [UInt8]) { #expect(DNSName(wire: wire) == nil) }

    /// The second value was printed by dnsdist 1.7.3; the others by an independent implementation.
    @Test(
        arguments: [
            (".", 0, 1_843_378_377), ("www.PowerDNS.com", 0, 3_404_032_120),
            ("www.powerdns.com", 42, 3_433_209_597),
            ("a.root-servers.net", 0xffff_ffff, 2_810_643_673), ("abcdefghij", 1, 354_804_418),
        ] as [(String, UInt32, UInt32)])
    func hashIsDnsdists(name: String, seed: UInt32, value: UInt32) throws {
        #expect(try DNSName(name).hash(seed: seed) == value)
    }
}
