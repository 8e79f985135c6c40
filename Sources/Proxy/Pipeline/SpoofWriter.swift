// SPDX-License-Identifier: Apache-2.0

import Balancing
import DNSWire
import Declarations

/// Writes an answer with a rule's records in the place of its query.
///
/// ```
/// | header | question | name C0 0C, TYPE, IN, TTL, RDLENGTH, RDATA … | OPT, if asked with one |
/// ```
struct SpoofWriter {
    private let buffer: UnsafeMutableRawBufferPointer
    private let message: DNSMessageView
    private let question: QuestionView
    private let queryType: UInt16
    /// What an OPT of ours would take, and whether it has DO.
    private let ednsBytes: Int
    private let dnssecOK: Bool
    /// Of EDNS; ours is 0.
    private let isOtherVersion: Bool
    private let queryClass: UInt16
    /// Octets at most: over UDP what the client says it can take (RFC 6891 §6.2.5).
    private let limit: Int
    private var offset: Int
    private var records: UInt16 = 0
    private var isTooLong = false

    /// `nil` when the message has no readable question.
    init?(_ query: borrowing PolicyQuery) {
        buffer = query.buffer
        guard let message = query.message, let question = message.question else { return nil }
        self.message = message
        self.question = question
        queryType = query.queryType
        let edns = message.edns
        ednsBytes = edns == nil ? 0 : EDNSView.emptyBytes
        dnssecOK = edns?.dnssecOK ?? false
        isOtherVersion = (edns?.version ?? 0) != 0
        // dnsdist answers any class with IN; a record of CH is one only to who asked for CH.
        queryClass = query.queryClass == IdentityView.chaosClass ? query.queryClass : 1
        let payload = max(512, Int(edns?.payloadBytes ?? 0))
        limit = min(buffer.count, query.overTCP ? 0xffff : payload)
        offset = question.endOffset
    }

    /// Writes the answer and returns its length, or 0 when not even its header fits.
    ///
    /// One that is too long for the client has TC and no records.
    ///
    /// - Parameter turn: the first of several records is the one of this number, modulo their count,
    ///   so that clients that take the first are spread.
    mutating func write(_ answer: SpoofedAnswer, turn: Int) -> Int {
        let local = LocalAnswer(
            answer.responseCode, recursionAvailable: answer.options.ra ?? message.recursionDesired)
        let bare = local.write(to: message, question: question, into: buffer)
        guard bare > 0, let writer = DNSHeaderWriter(buffer) else { return 0 }
        // Nothing but BADVERS can be said to another version of EDNS.
        guard !isOtherVersion else { return bare }
        append(answer, turn: turn)
        var flags = writer.flags
        if isTooLong {
            flags.isTruncated = true
            offset = question.endOffset
            records = 0
        }
        var (answers, authority, additional) = (records, UInt16(0), UInt16(0))
        if case .negative(_, _, let inAuthority) = answer.kind {
            (answers, authority, additional) = inAuthority ? (0, records, 0) : (0, 0, records)
        }
        writer.setFlags(flags)
        Pipeline.set(answer.options, in: buffer)
        if ednsBytes > 0 { local.writeOPT(into: buffer, at: offset, dnssecOK: dnssecOK) }
        writer.setCounts(
            questions: 1, answers: answers, authority: authority,
            additional: additional + (ednsBytes > 0 ? 1 : 0))
        return offset + ednsBytes
    }

    private mutating func append(_ answer: SpoofedAnswer, turn: Int) {
        let octets = answer.octets
        switch answer.kind {
        case .alias: append(type: 5, octets, answer.options.ttl)
        case .negative(_, let ownerBytes, _):
            append(
                owner: UnsafeRawBufferPointer(rebasing: octets[..<ownerBytes]), type: 6,
                UnsafeRawBufferPointer(rebasing: octets[ownerBytes...]), answer.options.ttl)
        case .addresses, .records:
            var count = 0
            forEachRecord(of: answer) { _, _ in count += 1 }
            guard count > 0 else { return }
            // Two passes: from the turn's record to the end, then those before it.
            let first = turn % count
            append(answer, first..<count)
            append(answer, 0..<first)
        }
    }

    private mutating func append(_ answer: SpoofedAnswer, _ wanted: Range<Int>) {
        var index = 0
        forEachRecord(of: answer) { type, data in
            if wanted.contains(index) { append(type: type, data, answer.options.ttl) }
            index += 1
        }
    }

    /// Calls `body` with the type and RDATA of each record that answers the question.
    private func forEachRecord(
        of answer: SpoofedAnswer, _ body: (UInt16, UnsafeRawBufferPointer) -> Void
    ) {
        let octets = answer.octets
        var offset = 0
        switch answer.kind {
        case .alias, .negative: break
        case .addresses:
            while offset < octets.count {
                let size = octets[offset] == 4 ? 4 : 16
                let type: UInt16 = size == 4 ? 1 : 28
                if queryType == type || queryType == 255 {
                    body(
                        type,
                        UnsafeRawBufferPointer(rebasing: octets[offset + 1..<offset + 1 + size]))
                }
                offset += 1 + size
            }
        case .records(let anyType):
            let type = queryType == 255 ? anyType ?? queryType : queryType
            while offset + 2 <= octets.count {
                let size = Int(octets[offset]) << 8 | Int(octets[offset + 1])
                body(
                    type, UnsafeRawBufferPointer(rebasing: octets[offset + 2..<offset + 2 + size]))
                offset += 2 + size
            }
        }
    }

    /// - Parameter owner: in wire form; `nil` for the question's name, which lies right behind the
    ///   header, so that a pointer does (RFC 1035 §4.1.4).
    private mutating func append(
        owner: UnsafeRawBufferPointer? = nil, type: UInt16, _ data: UnsafeRawBufferPointer,
        _ ttl: UInt32
    ) {
        let ownerBytes = owner?.count ?? 2
        let size = ownerBytes + 10 + data.count
        guard !isTooLong, records < .max, offset + size + ednsBytes <= limit else {
            isTooLong = true
            return
        }
        if let owner {
            copy(owner, to: offset)
        } else {
            store(0xc00c, at: offset)
        }
        let fixed = offset + ownerBytes
        store(type, at: fixed)
        store(queryClass, at: fixed + 2)
        buffer.storeBytes(of: ttl.bigEndian, toByteOffset: fixed + 4, as: UInt32.self)
        store(UInt16(data.count), at: fixed + 8)
        copy(data, to: fixed + 10)
        offset += size
        records += 1
    }

    private func copy(_ octets: UnsafeRawBufferPointer, to offset: Int) {
        guard let start = octets.baseAddress else { return }
        (buffer.baseAddress! + offset)  // not empty: it holds a header
            .copyMemory(from: start, byteCount: octets.count)
    }

    private func store(_ word: UInt16, at offset: Int) {
        buffer.storeBytes(of: word.bigEndian, toByteOffset: offset, as: UInt16.self)
    }
}
