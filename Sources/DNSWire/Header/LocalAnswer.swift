// SPDX-License-Identifier: Apache-2.0

/// An answer that we give ourselves: a response code or TC, the question, no records.
///
/// RD, CD, opcode and question come from the query; AA and AD are clear. A query with EDNS is
/// answered with EDNS (RFC 6891 §7), its DO bit copied (RFC 3225 §3). One with another version of EDNS
/// than 0 is told BADVERS, whatever it would have been told (RFC 6891 §6.1.3).
@frozen
public struct LocalAnswer: Sendable {
    /// The UDP payload size we name in an OPT: the DNS flag day 2020's, which fits IPv6's least MTU.
    @inlinable public static var payloadBytes: UInt16 { 1232 }

    /// The most an answer can take: header, question with the longest name, empty OPT.
    @inlinable public static var bytesMax: Int { 12 + 255 + 4 + 11 }

    public var responseCode: ResponseCode
    public var isTruncated: Bool
    /// RA. dnsdist sets it as the query's RD.
    public var recursionAvailable: Bool

    @inlinable
    public init(
        _ responseCode: ResponseCode, isTruncated: Bool = false, recursionAvailable: Bool
    ) {
        self.responseCode = responseCode
        self.isTruncated = isTruncated
        self.recursionAvailable = recursionAvailable
    }

    /// Writes the answer to `query` and returns its length, or 0 when `buffer` is too small.
    ///
    /// `buffer` may be where the query lies. Without a `question` the answer has none (NOTIMP to a
    /// message that carries no question). The code's upper bits go into the OPT, if there is one.
    @inlinable
    public func write(
        to query: DNSMessageView, question: QuestionView?,
        into buffer: UnsafeMutableRawBufferPointer
    ) -> Int {
        let questionEnd = question?.endOffset ?? DNSMessageView.headerBytes
        let edns = query.edns
        let dnssecOK = edns?.dnssecOK ?? false
        let isOtherVersion = (edns?.version ?? 0) != 0
        let code = isOtherVersion ? ResponseCode.badVersion : responseCode
        let length = questionEnd + (edns == nil ? 0 : EDNSView.emptyBytes)
        guard length <= buffer.count, let writer = DNSHeaderWriter(buffer) else { return 0 }
        let id = query.id
        // QR, our TC, RA and code; the opcode, RD and CD of the query.
        var flags = DNSFlags(rawValue: query.flags.rawValue & 0x7910 | 0x8000)
        flags.isTruncated = isTruncated && !isOtherVersion
        flags.recursionAvailable = recursionAvailable
        flags.responseCode = code
        // All of the query has been read: from here it may be overwritten.
        if let question {
            UnsafeMutableRawBufferPointer(rebasing: buffer[DNSMessageView.headerBytes...])
                .copyMemory(
                    from: UnsafeRawBufferPointer(
                        rebasing: question.message[DNSMessageView.headerBytes..<questionEnd]))
        }
        writer.setID(id)
        writer.setFlags(flags)
        writer.setCounts(
            questions: question == nil ? 0 : 1, answers: 0, authority: 0,
            additional: edns == nil ? 0 : 1)
        if edns != nil {
            writeOPT(into: buffer, at: questionEnd, dnssecOK: dnssecOK)
            buffer[questionEnd + 5] = UInt8(truncatingIfNeeded: code.rawValue >> 4)
        }
        return length
    }

    /// Writes an OPT record without options: ``EDNSView/emptyBytes`` octets.
    @inlinable
    public func writeOPT(into buffer: UnsafeMutableRawBufferPointer, at offset: Int, dnssecOK: Bool)
    {
        buffer[offset] = 0
        buffer.storeBytes(of: UInt16(41).bigEndian, toByteOffset: offset + 1, as: UInt16.self)
        buffer.storeBytes(
            of: Self.payloadBytes.bigEndian, toByteOffset: offset + 3, as: UInt16.self)
        buffer[offset + 5] = UInt8(truncatingIfNeeded: responseCode.rawValue >> 4)
        buffer[offset + 6] = 0
        buffer[offset + 7] = dnssecOK ? 0x80 : 0
        buffer[offset + 8] = 0
        buffer[offset + 9] = 0
        buffer[offset + 10] = 0
    }
}
