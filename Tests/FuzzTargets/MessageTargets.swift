// SPDX-License-Identifier: Apache-2.0

import DNSWire

/// Messages as the plane sees them and as checks decode them: both must tell the same.
enum MessageTargets {
    @Sendable static func view(_ bytes: [UInt8]) throws(FuzzFault) {
        let decoded = try? DNSMessage(decoding: bytes)
        try withExactBytes(bytes) { (buffer) throws(FuzzFault) in
            guard let view = DNSMessageView(UnsafeRawBufferPointer(buffer)) else {
                return try hold(bytes.count < 12, "a whole header is not seen")
            }
            try look(at: view, decoded)
            try walk(view, decoded)
            try lookAtEDNS(of: view, decoded)
        }
    }

    private static func look(
        at view: DNSMessageView, _ decoded: DNSMessage?
    ) throws(FuzzFault) {
        guard let question = view.question else {
            return try hold(
                view.questionCount == 0 || decoded == nil, "the decoder reads a question more")
        }
        try hold(question.endOffset <= view.bytes.count, "the question ends beyond the message")
        try hold((1...255).contains(question.nameBytes), "a name of \(question.nameBytes) octets")
        try hold(question.labelCount <= 127, "\(question.labelCount) labels")
        try hold(question.isSame(as: question), "a question is not itself")
        try hold(
            view.answers(id: view.id, question: question) == view.isResponse,
            "a message does not answer itself")
        let name = DNSName(wire: question.name)
        try hold(name != nil, "a name in the question is none")
        try hold(name?.hash(seed: 7) == question.nameHash(seed: 7), "two hashes of one name")
        guard let first = decoded?.questions.first else { return }
        try hold(
            first.name.wire == Array(question.name) && first.type == question.type
                && first.class == question.class, "view and decoder read different questions")
    }

    private static func walk(
        _ view: DNSMessageView, _ decoded: DNSMessage?
    ) throws(FuzzFault) {
        guard var cursor = RecordCursor(view) else {
            return try hold(decoded == nil, "the decoder finds the records, the cursor does not")
        }
        var count = 0
        var place = cursor.nextOffset
        while let record = cursor.next() {
            try hold(record.nameOffset == place, "a gap before a record")
            try hold(
                record.fixedOffset > record.nameOffset
                    && record.data.lowerBound == record.fixedOffset + 10
                    && record.data.upperBound <= view.bytes.count, "a record beyond the message")
            place = cursor.nextOffset
            try hold(place == record.data.upperBound, "the cursor stands elsewhere")
            count += 1
        }
        let promised =
            Int(view.answerCount) + Int(view.authorityCount) + Int(view.additionalCount)
        try hold(cursor.isBroken || count == promised, "\(count) of \(promised) records")
        guard let decoded else { return }
        let found =
            decoded.answers.count + decoded.authority.count + decoded.additional.count
            + (decoded.edns == nil ? 0 : 1)
        try hold(!cursor.isBroken && found == count, "the decoder finds \(found) records")
    }

    private static func lookAtEDNS(
        of view: DNSMessageView, _ decoded: DNSMessage?
    ) throws(FuzzFault) {
        guard let edns = view.edns else { return }
        try hold(
            edns.offset >= 12 && edns.optionsRange.upperBound <= view.bytes.count,
            "an OPT beyond the message")
        for code: UInt16 in [0, 3, 8, 10, 15] {
            guard let range = OptionEditor.value(of: code, in: view) else { continue }
            try hold(
                range.lowerBound >= edns.optionsRange.lowerBound + 4
                    && range.upperBound <= edns.optionsRange.upperBound,
                "an option beyond its OPT")
        }
        guard let decoded else { return }
        try hold(decoded.edns != nil, "the decoder finds no OPT")
        guard let other = decoded.edns, !decoded.additional.contains(where: { $0.type == .opt })
        else { return }
        try hold(
            other.payloadBytes == edns.payloadBytes && other.version == edns.version
                && other.dnssecOK == edns.dnssecOK
                && other.options == Array(view.bytes[edns.optionsRange]),
            "view and decoder read different OPTs")
    }

    /// What was decoded is encoded and decoded again.
    @Sendable static func decode(_ bytes: [UInt8]) throws(FuzzFault) {
        guard let message = try? DNSMessage(decoding: bytes) else { return }
        try hold(!"\(message)".isEmpty, "a message without a text")
        _ = message.edns?.decodedOptions
        for question in message.questions {
            let name = try? DNSName("\(question.name)")
            try hold(name?.wire == question.name.wire, "\(question.name) does not survive its text")
        }
        let query = message.questions.first.map { DNSQuery(id: message.id, question: $0) }
        if let query {
            try hold((try? DNSMessage(decoding: query.encoded)) != nil, "our query is unreadable")
        }
        let reply = DNSMessage(answering: message, .refused)
        try hold((try? DNSMessage(decoding: reply.encoded)) != nil, "our answer is unreadable")
        // Two OPTs are one too many (RFC 6891 §6.1.1): which one counts is nobody's promise.
        guard !message.additional.contains(where: { $0.type == .opt }) else { return }
        let again = try? DNSMessage(decoding: message.encoded)
        try hold(again == message, "decoded, encoded, decoded: \(message)\nnow \(again as Any)")
    }
}
