// SPDX-License-Identifier: Apache-2.0

/// The OPT record of a message (RFC 6891 §6.1), where it lies.
///
/// ```
/// +------+-----------+------------------+-----------+---------+--+---------+-------+----------+
/// | root | TYPE = 41 | UDP payload size | ext RCODE | VERSION |DO|    Z    | RDLEN | options  |
/// +------+-----------+------------------+-----------+---------+--+---------+-------+----------+
///    1         2              2               1          1         2            2     RDLEN
/// ```
@frozen
public struct EDNSView {
    /// The octets of an OPT record without options.
    @inlinable public static var emptyBytes: Int { 11 }

    public let message: UnsafeRawBufferPointer
    /// The offset in the message of the record's (root) name.
    public let offset: Int

    /// Walks the records to the OPT in the additional section.
    ///
    /// The walk is bounded by the message: each record it passes is at least 11 octets.
    @inlinable
    public init?(message view: DNSMessageView) {
        let bytes = view.bytes
        var offset = DNSMessageView.headerBytes
        var questions = Int(view.questionCount)
        while questions > 0 {
            guard let end = Self.skipName(bytes, at: offset), end + 4 <= bytes.count else {
                return nil
            }
            offset = end + 4
            questions -= 1
        }
        var before = Int(view.answerCount) + Int(view.authorityCount)
        var records = before + Int(view.additionalCount)
        while records > 0 {
            guard let end = Self.skipName(bytes, at: offset), end + 10 <= bytes.count else {
                return nil
            }
            let length = Int(Self.word(bytes, at: end + 8))
            guard end + 10 + length <= bytes.count else { return nil }
            // An OPT's name is the root (RFC 6891 §6.1.2).
            if before <= 0, end == offset + 1, Self.word(bytes, at: end) == 41 {
                message = bytes
                self.offset = offset
                return
            }
            offset = end + 10 + length
            before -= 1
            records -= 1
        }
        return nil
    }

    /// What the sender can receive over UDP, in octets, as it says (values below 512 mean 512).
    @inlinable public var payloadBytes: UInt16 { Self.word(message, at: offset + 3) }
    /// The upper eight bits of the response code.
    @inlinable public var extendedCode: UInt8 { message[offset + 5] }
    @inlinable public var version: UInt8 { message[offset + 6] }
    /// DO (RFC 3225).
    @inlinable public var dnssecOK: Bool { message[offset + 7] & 0x80 != 0 }
    /// Where the options lie in the message; each is code, length and value.
    @inlinable public var optionsRange: Range<Int> {
        offset + 11..<offset + 11 + Int(Self.word(message, at: offset + 9))
    }

    /// The offset after a name: its root octet or its first compression pointer.
    @inlinable
    public static func skipName(_ bytes: UnsafeRawBufferPointer, at start: Int) -> Int? {
        var offset = start
        while offset < bytes.count {
            let length = Int(bytes[offset])
            if length == 0 { return offset + 1 }
            if length >= 0xc0 { return offset + 2 <= bytes.count ? offset + 2 : nil }
            guard length < 64 else { return nil }
            offset += 1 + length
        }
        return nil
    }

    @inlinable
    static func word(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt16 {
        UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }
}
