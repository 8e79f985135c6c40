// SPDX-License-Identifier: Apache-2.0

extension DNSMessage {
    /// Begins an answer to a query: its identifier, opcode, RD, CD and questions; no records.
    public init(answering query: DNSMessage, _ responseCode: ResponseCode = .noError) {
        id = query.id
        flags = DNSFlags(rawValue: query.flags.rawValue & 0x7910)
        flags.isResponse = true
        flags.responseCode = responseCode
        self.responseCode = responseCode
        questions = query.questions
        answers = []
        authority = []
        additional = []
        edns = query.edns.map { EDNS(dnssecOK: $0.dnssecOK) }
    }

    /// The message in wire form, names uncompressed. Sections beyond 65,535 records, RDATA beyond
    /// 65,535 octets and strings beyond 255 cannot be written; they are cut.
    public var encoded: [UInt8] {
        var flags = flags
        flags.responseCode = responseCode
        var writer = MessageWriter()
        writer.append(id)
        writer.append(flags.rawValue)
        for count in [
            questions.count, answers.count, authority.count,
            additional.count + (edns == nil ? 0 : 1),
        ] {
            writer.append(UInt16(clamping: count))
        }
        for question in questions.prefix(0xffff) {
            writer.bytes += question.name.wire
            writer.append(question.type.rawValue)
            writer.append(question.class.rawValue)
        }
        for section in [answers, authority, additional] {
            for record in section.prefix(0xffff) { writer.append(record) }
        }
        if let edns { writer.append(edns, responseCode) }
        return writer.bytes
    }
}
