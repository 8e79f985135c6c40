// SPDX-License-Identifier: Apache-2.0

import DNSWire
import Testing

/// Catches a view that reads another bit than the header's layout says, or accepts an answer that
/// belongs to another question.
@Suite struct DNSMessageViewTests {
    private func query(
        _ name: String, _ type: DNSType = .a, id: UInt16 = 1, dnssecOK: Bool? = nil
    ) throws -> [UInt8] {
        var query = DNSQuery(id: id, question: DNSQuestion(name: try DNSName(name), type: type))
        query.edns = dnssecOK.map { EDNS(payloadBytes: 4096, dnssecOK: $0) }
        return query.encoded
    }

    private func withView<Value>(
        _ bytes: [UInt8], _ body: (DNSMessageView) throws -> Value
    ) throws -> Value {
        try bytes.withUnsafeBytes { try body(try #require(DNSMessageView($0))) }
    }

    @Test(arguments: 0..<7)
    func flagIsItsBit(index: Int) {
        let table: [(UInt16, WritableKeyPath<DNSFlags, Bool>)] = [
            (0x8000, \.isResponse), (0x0400, \.isAuthoritative), (0x0200, \.isTruncated),
            (0x0100, \.recursionDesired), (0x0080, \.recursionAvailable),
            (0x0020, \.isAuthenticData), (0x0010, \.checkingDisabled),
        ]
        let (bit, flag) = table[index]
        #expect(DNSFlags(rawValue: bit)[keyPath: flag])
        #expect(!DNSFlags(rawValue: ~bit)[keyPath: flag])
        var flags = DNSFlags(rawValue: 0)
        flags[keyPath: flag] = true
        #expect(flags.rawValue == bit)
        flags = DNSFlags(rawValue: 0xffff)
        flags[keyPath: flag] = false
        #expect(flags.rawValue == ~bit)
    }

    @Test func headerFieldsAreReadFromTheirPlaces() throws {
        let bytes: [UInt8] = [0xab, 0xcd, 0x29, 0x03, 0, 1, 0, 2, 0, 3, 0, 4]
        try withView(bytes) { view in
            #expect(view.id == 0xabcd)
            #expect(view.opcode == .update)
            #expect(view.responseCode == .nameError)
            #expect(view.recursionDesired && !view.isResponse && !view.isTruncated)
            #expect(view.questionCount == 1 && view.answerCount == 2)
            #expect(view.authorityCount == 3 && view.additionalCount == 4)
            #expect(view.question == nil && view.edns == nil)
        }
        #expect(bytes.prefix(11).withUnsafeBytes { DNSMessageView($0) == nil })
    }

    @Test func questionIsFoundWhereItLies() throws {
        let bytes = try query("www.Example.org", .aaaa)
        try withView(bytes) { view in
            let question = try #require(view.question)
            #expect(DNSName(wire: question.name)?.description == "www.Example.org.")
            #expect(question.type == .aaaa && question.class == .internet)
            #expect(question.nameRange == 12..<29 && question.endOffset == 33)
            #expect(question.labelCount == 3)
            #expect(question.nameHash(seed: 9) == (try DNSName("www.example.ORG")).hash(seed: 9))
        }
    }

    @Test(
        arguments: [
            [0xc0, 0x0c, 0, 1, 0, 1], [1, 97, 0xc0, 0x0c, 0, 1, 0, 1], [3, 97, 98], [0, 0, 1, 0],
            [0x40, 0, 0, 1, 0, 1], [],
        ] as [[UInt8]])
    func compressedOrShortQuestionIsNone(tail: [UInt8]) throws {
        let header: [UInt8] = [0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
        #expect(try withView(header + tail) { $0.question == nil })
    }

    @Test func longestNameIsTakenAndOneOctetMoreIsNot() throws {
        let header: [UInt8] = [0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
        func name(_ last: Int) -> [UInt8] {
            var bytes = header
            for length in [63, 63, 63, last] {
                bytes += [UInt8(length)] + [UInt8](repeating: 97, count: length)
            }
            return bytes + [0, 0, 1, 0, 1]
        }
        #expect(try withView(name(61)) { $0.question?.nameBytes } == 255)
        #expect(try withView(name(62)) { $0.question == nil })
    }

    @Test(
        arguments: [
            ("www.example.org", DNSType.a, 1, true, true), ("WWW.EXAMPLE.ORG", .a, 1, true, true),
            ("www.example.org", .a, 2, true, false), ("www.example.org", .a, 1, false, false),
            ("www.example.org", .aaaa, 1, true, false), ("www.example.net", .a, 1, true, false),
            ("ww.example.org", .a, 1, true, false), ("www.example.orgx", .a, 1, true, false),
        ] as [(String, DNSType, UInt16, Bool, Bool)])
    func answerBelongsToItsQuery(
        name: String, type: DNSType, id: UInt16, isResponse: Bool, expected: Bool
    ) throws {
        let asked = try query("www.example.org", id: 1)
        var answer = try query(name, type, id: id)
        if isResponse { answer[2] |= 0x80 }
        let belongs = try withView(asked) { query in
            let question = try #require(query.question)
            return try withView(answer) { $0.answers(id: 1, question: question) }
        }
        #expect(belongs == expected)
    }

    @Test(arguments: [true, false])
    func optIsFoundWithItsFields(dnssecOK: Bool) throws {
        try withView(try query("a", dnssecOK: dnssecOK)) { view in
            let edns = try #require(view.edns)
            #expect(edns.payloadBytes == 4096 && edns.version == 0 && edns.extendedCode == 0)
            #expect(edns.dnssecOK == dnssecOK)
            #expect(edns.optionsRange.isEmpty)
        }
        #expect(try withView(try query("a")) { $0.edns == nil })
    }

    @Test func optIsFoundBehindCompressedRecords() throws {
        let message = try #require(
            MessageFixtureTests.messages.first { $0.title.contains("NXDOMAIN") })
        #expect(try withView(message.bytes) { $0.edns?.payloadBytes } == 1232)
        // A record that claims more than there is hides it, and must not be read past.
        var broken = message.bytes
        broken[42] = 0xff  // the length of the SOA
        #expect(try withView(broken) { $0.edns == nil })
    }
}
