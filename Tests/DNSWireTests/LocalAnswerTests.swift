// SPDX-License-Identifier: Apache-2.0

import DNSWire
import Testing

/// Catches an answer of ours that a client would refuse: another question, lost flags, EDNS unasked.
@Suite struct LocalAnswerTests {
    private func answer(
        _ answer: LocalAnswer, to query: [UInt8], room: Int = LocalAnswer.bytesMax
    ) -> [UInt8] {
        var buffer = [UInt8](repeating: 0xee, count: room)
        let length = query.withUnsafeBytes { query in
            buffer.withUnsafeMutableBytes { buffer in
                DNSMessageView(query).map {
                    answer.write(to: $0, question: $0.question, into: buffer)
                } ?? 0
            }
        }
        return Array(buffer.prefix(length))
    }

    private func query(edns: EDNS?) throws -> [UInt8] {
        var query = DNSQuery(
            id: 0xbeef, question: DNSQuestion(name: try DNSName("Www.test"), type: .txt))
        query.checkingDisabled = true
        query.edns = edns
        return query.encoded
    }

    @Test func refusalKeepsQuestionAndRequestFlags() throws {
        let bytes = answer(
            LocalAnswer(.refused, recursionAvailable: true), to: try query(edns: nil))
        #expect(
            "\(try DNSMessage(decoding: bytes))" == """
                id 48879 QUERY REFUSED qr rd ra cd
                question Www.test. IN TXT
                """)
    }

    @Test func ednsIsAnsweredWithEDNS() throws {
        let query = try query(
            edns: EDNS(payloadBytes: 4096, dnssecOK: true, options: [0, 3, 0, 0]))
        let bytes = answer(
            LocalAnswer(.noError, isTruncated: true, recursionAvailable: false), to: query)
        #expect(
            "\(try DNSMessage(decoding: bytes))" == """
                id 48879 QUERY NOERROR qr tc rd cd
                edns 0 payload 1232 do
                question Www.test. IN TXT
                """)
    }

    @Test func extendedCodeIsSplit() throws {
        let bytes = answer(
            LocalAnswer(.badVersion, recursionAvailable: false), to: try query(edns: EDNS()))
        #expect(try DNSMessage(decoding: bytes).responseCode == .badVersion)
    }

    @Test func messageWithoutQuestionIsAnsweredWithoutOne() {
        let bytes = answer(
            LocalAnswer(.notImplemented, recursionAvailable: false),
            to: [0, 9, 0x29, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        #expect(bytes == [0, 9, 0xa9, 4, 0, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test func bufferTooSmallIsLeftAlone() throws {
        let query = try query(edns: EDNS())
        let whole = answer(LocalAnswer(.refused, recursionAvailable: true), to: query).count
        #expect(whole == query.count)
        let cut = answer(
            LocalAnswer(.refused, recursionAvailable: true), to: query, room: whole - 1)
        #expect(cut.isEmpty)
    }

    @Test func answerMayOverwriteItsQuery() throws {
        var buffer = try query(edns: EDNS(dnssecOK: true))
        let apart = answer(LocalAnswer(.serverFailure, recursionAvailable: true), to: buffer)
        let length = buffer.withUnsafeMutableBytes { bytes in
            DNSMessageView(UnsafeRawBufferPointer(bytes)).map {
                LocalAnswer(.serverFailure, recursionAvailable: true)
                    .write(to: $0, question: $0.question, into: bytes)
            }
        }
        #expect(length == apart.count)
        #expect(Array(buffer.prefix(apart.count)) == apart)
    }

    @Test func longestAnswerFitsTheBound() throws {
        let label = String(repeating: "a", count: 63)
        let name = try DNSName("\(label).\(label).\(label).\(String(repeating: "b", count: 61))")
        var query = DNSQuery(id: 1, question: DNSQuestion(name: name, type: .a))
        query.edns = EDNS()
        let bytes = answer(LocalAnswer(.refused, recursionAvailable: true), to: query.encoded)
        #expect(bytes.count == LocalAnswer.bytesMax)
    }

    @Test func headerIsRewrittenInPlace() throws {
        var bytes = try query(edns: nil)
        bytes.withUnsafeMutableBytes { buffer in
            guard let writer = DNSHeaderWriter(buffer) else { return }
            writer.setID(0x0102)
            writer.setFlags(DNSFlags(rawValue: 0x8480))
            writer.setResponseCode(.refused)
            writer.restoreRequestFlags(of: DNSFlags(rawValue: 0x7910))
            writer.setCounts(questions: 1, answers: 2, authority: 3, additional: 4)
            writer.clearRecordCounts()
        }
        #expect(Array(bytes.prefix(12)) == [1, 2, 0x85, 0x95, 0, 1, 0, 0, 0, 0, 0, 0])
    }
}
