// SPDX-License-Identifier: Apache-2.0

import DNSWire
import Testing

/// Edits of answers where they lie: what is left must be what was there, and nothing may crash.
@Suite struct AnswerEditingTests {
    /// www.example.org A: a CNAME whose target is compressed into its own RDATA, two addresses of
    /// that target, NS and an address of the nameserver whose name lies in the NS record, and an OPT.
    private static let answer: [UInt8] =
        [0x12, 0x34, 0x81, 0x80, 0, 1, 0, 3, 0, 1, 0, 2]
        // 12: www.example.org A IN
        + [
            3, 0x77, 0x77, 0x77, 7, 0x65, 0x78, 0x61, 0x6d, 0x70, 0x6c, 0x65, 3, 0x6f, 0x72, 0x67,
            0,
        ]
        + [0, 1, 0, 1]
        // 33: CNAME TTL 300 → web.example.org, at 45
        + [0xc0, 12, 0, 5, 0, 1, 0, 0, 1, 44, 0, 6, 3, 0x77, 0x65, 0x62, 0xc0, 16]
        // 51: web A TTL 60, twice
        + [0xc0, 45, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]
        + [0xc0, 45, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 2]
        // 83: example.org NS TTL 7200 → ns.example.org, at 95
        + [0xc0, 16, 0, 2, 0, 1, 0, 0, 0x1c, 0x20, 0, 5, 2, 0x6e, 0x73, 0xc0, 16]
        // 100: ns AAAA
        + [0xc0, 95, 0, 28, 0, 1, 0, 0, 0x1c, 0x20, 0, 16]
        + [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
        + [0, 0, 41, 4, 208, 0, 0, 0x80, 0, 0, 4, 0, 10, 0, 0]

    private func removing(_ types: Set<UInt16>, from message: [UInt8] = answer) -> [UInt8] {
        var copy = message
        let length = copy.withUnsafeMutableBytes { bytes in
            RecordRemover.remove(from: bytes) { types.contains($0) }
        }
        return Array(copy[..<length])
    }

    private func text(_ message: [UInt8]) throws -> [String] {
        let decoded = try DNSMessage(decoding: message)
        return decoded.answers.map(\.description) + decoded.authority.map(\.description)
            + decoded.additional.map(\.description)
    }

    @Test func theMessageOfTheseTestsIsOne() throws {
        #expect(try text(Self.answer).count == 5)
        #expect(removing([99]) == Self.answer)
    }

    @Test(arguments: [
        [UInt16(5)], [1], [2], [28], [5, 2], [1, 28], [1, 2, 5, 28],
    ])
    func whatIsLeftReadsAsBefore(types: [UInt16]) throws {
        let before = try DNSMessage(decoding: Self.answer)
        let left = removing(Set(types))
        let after = try DNSMessage(decoding: left)
        func kept(_ records: [DNSRecord]) -> [DNSRecord] {
            records.filter { !types.contains($0.type.rawValue) }
        }
        #expect(after.answers == kept(before.answers))
        #expect(after.authority == kept(before.authority))
        #expect(after.additional == kept(before.additional))
        #expect(after.questions == before.questions && after.edns == before.edns)
        #expect(left.count < Self.answer.count)
    }

    @Test func lifetimesAreLimitedButForTheOPT() throws {
        var copy = Self.answer
        copy.withUnsafeMutableBytes { bytes in
            LifetimeEditor.edit(bytes) { type, seconds in
                type == 28 ? 9 : min(max(seconds, 100), 300)
            }
        }
        let message = try DNSMessage(decoding: copy)
        #expect(message.answers.map(\.timeToLiveSeconds) == [300, 100, 100])
        #expect(message.authority.map(\.timeToLiveSeconds) == [300])
        #expect(message.additional.map(\.timeToLiveSeconds) == [9])
        #expect(message.edns?.dnssecOK == true)
    }

    @Test(arguments: [true, false])
    func aCutAnswerHasItsQuestionAndItsOPT(isTruncated: Bool) throws {
        var copy = Self.answer
        let length = copy.withUnsafeMutableBytes {
            AnswerCut.cut($0, isTruncated: isTruncated)
        }
        let message = try DNSMessage(decoding: Array(copy[..<length]))
        #expect(length == 33 + 11 && message.flags.isTruncated == isTruncated)
        #expect(message.questions.count == 1 && message.answers.isEmpty)
        #expect(message.edns?.dnssecOK == true && message.edns?.options == [])
    }

    /// Symptom: what was left had a name that points at itself.
    @Test func aNameThatComesRoundToItselfIsNotWrittenAnew() {
        var message: [UInt8] = [0, 1, 0x81, 0x80, 0, 1, 0, 3, 0, 0, 0, 0, 1, 97, 0, 0, 1, 0, 1]
        message += [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 192, 0, 2, 1]
        // A string of one octet that reads as a label, right before a name that points to it.
        message += [0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 9, 0, 2, 1, 122]
        let place = UInt8(message.count - 2)
        message += [1, 120, 0xc0, place, 0, 16, 0, 1, 0, 0, 0, 9, 0, 1, 0]
        #expect((try? DNSMessage(decoding: message)) == nil)
        #expect(removing([1], from: message) == message)
    }

    @Test func mutatedMessagesNeverCrashAnEdit() {
        var generator = SeededGenerator()
        for _ in 0..<20_000 {
            var message = Self.answer
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                message[Int.random(in: 0..<message.count, using: &generator)] =
                    UInt8.random(in: 0...255, using: &generator)
            }
            message = Array(message.prefix(Int.random(in: 0...message.count, using: &generator)))
            let left = removing([1, 2], from: message)
            #expect(left.count <= message.count)
            message.withUnsafeMutableBytes { bytes in
                LifetimeEditor.edit(bytes) { _, seconds in seconds / 2 }
                #expect(AnswerCut.cut(bytes, isTruncated: true) <= bytes.count)
            }
        }
    }
}
