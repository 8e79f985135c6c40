// SPDX-License-Identifier: Apache-2.0

/// Steps over the records of a message where it lies; any bytes are safe, nothing is allocated.
///
/// ```
/// +------+------+-------+-----+----------+-------+
/// | name | TYPE | CLASS | TTL | RDLENGTH | RDATA |   RFC 1035 §3.2.1
/// +------+------+-------+-----+----------+-------+
///    ≥ 1     2      2      4       2      RDLENGTH
/// ```
public struct RecordCursor {
    /// A record's place in the message; offsets count from the message's start.
    public struct Record {
        /// 1 answer, 2 authority, 3 additional, as dnsdist numbers them.
        public let section: UInt8
        public let nameOffset: Int
        /// Of TYPE, with CLASS, TTL and RDLENGTH behind it.
        public let fixedOffset: Int
        public let type: UInt16
        public let `class`: UInt16
        public let data: Range<Int>

        public var ttlOffset: Int { fixedOffset + 4 }
        public var range: Range<Int> { nameOffset..<data.upperBound }
        /// OPT is no record but the sender's abilities: its TTL is flags (RFC 6891 §6.1.3).
        public var isPseudo: Bool { type == 41 }
    }

    private let bytes: UnsafeRawBufferPointer
    private var offset: Int
    private var counts: (answers: Int, authority: Int, additional: Int)
    /// A record runs beyond the message's end; ``next()`` gives no more.
    public private(set) var isBroken = false

    /// Begins behind the questions; `nil` when one of them is cut short.
    public init?(_ message: DNSMessageView) {
        bytes = message.bytes
        offset = DNSMessageView.headerBytes
        counts = (
            Int(message.answerCount), Int(message.authorityCount), Int(message.additionalCount)
        )
        // Each takes at least five octets, so a false count ends at the message's end.
        var questions = message.questionCount
        while questions > 0 {
            guard let end = EDNSView.skipName(bytes, at: offset), end + 4 <= bytes.count else {
                return nil
            }
            offset = end + 4
            questions -= 1
        }
    }

    /// Where the next record begins; behind the last one, the message's end or trailing octets.
    public var nextOffset: Int { offset }

    /// The next record; `nil` behind the last, or when it is broken.
    public mutating func next() -> Record? {
        let section: UInt8
        if counts.answers > 0 {
            section = 1
            counts.answers -= 1
        } else if counts.authority > 0 {
            section = 2
            counts.authority -= 1
        } else if counts.additional > 0 {
            section = 3
            counts.additional -= 1
        } else {
            return nil
        }
        guard let end = EDNSView.skipName(bytes, at: offset), end + 10 <= bytes.count else {
            return fail()
        }
        let length = Int(EDNSView.word(bytes, at: end + 8))
        guard end + 10 + length <= bytes.count else { return fail() }
        defer { offset = end + 10 + length }
        return Record(
            section: section, nameOffset: offset, fixedOffset: end,
            type: EDNSView.word(bytes, at: end), class: EDNSView.word(bytes, at: end + 2),
            data: end + 10..<end + 10 + length)
    }

    private mutating func fail() -> Record? {
        isBroken = true
        counts = (0, 0, 0)
        return nil
    }
}
