// SPDX-License-Identifier: Apache-2.0

/// A DNS message seen where it lies: nothing is copied, nothing allocated, any bytes are safe.
///
/// The same view serves queries and answers. It borrows `bytes`, so it must not outlive the buffer.
///
/// ```
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-------------------------------+-------------------------------+
/// |              ID               |             flags             |   RFC 1035 §4.1.1
/// +-------------------------------+-------------------------------+
/// |            QDCOUNT            |            ANCOUNT            |
/// +-------------------------------+-------------------------------+
/// |            NSCOUNT            |            ARCOUNT            |
/// +-------------------------------+-------------------------------+
/// ```
@frozen
public struct DNSMessageView {
    /// The octets before the first question.
    @inlinable public static var headerBytes: Int { 12 }

    /// The whole message.
    public let bytes: UnsafeRawBufferPointer

    /// Looks at a message; `nil` when it is shorter than a header.
    @inlinable
    public init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Self.headerBytes else { return nil }
        self.bytes = bytes
    }

    @inlinable public var id: UInt16 { word(at: 0) }
    @inlinable public var flags: DNSFlags { DNSFlags(rawValue: word(at: 2)) }
    @inlinable public var questionCount: UInt16 { word(at: 4) }
    @inlinable public var answerCount: UInt16 { word(at: 6) }
    @inlinable public var authorityCount: UInt16 { word(at: 8) }
    @inlinable public var additionalCount: UInt16 { word(at: 10) }

    @inlinable public var isResponse: Bool { flags.isResponse }
    @inlinable public var opcode: Opcode { flags.opcode }
    @inlinable public var isAuthoritative: Bool { flags.isAuthoritative }
    @inlinable public var isTruncated: Bool { flags.isTruncated }
    @inlinable public var recursionDesired: Bool { flags.recursionDesired }
    @inlinable public var recursionAvailable: Bool { flags.recursionAvailable }
    @inlinable public var isAuthenticData: Bool { flags.isAuthenticData }
    @inlinable public var checkingDisabled: Bool { flags.checkingDisabled }
    @inlinable public var responseCode: ResponseCode { flags.responseCode }

    /// The first question; `nil` when there is none, or it is compressed, cut short or overlong.
    @inlinable public var question: QuestionView? {
        questionCount == 0 ? nil : QuestionView(message: bytes)
    }

    /// The OPT record (RFC 6891); `nil` when there is none or the records before it are broken.
    @inlinable public var edns: EDNSView? {
        additionalCount == 0 ? nil : EDNSView(message: self)
    }

    /// Whether this answers `query`: an answer, with its identifier and its question.
    ///
    /// The name is compared without case; an answer without a question does not match.
    @inlinable
    public func answers(id: UInt16, question: QuestionView) -> Bool {
        guard isResponse, self.id == id, let mine = self.question else { return false }
        return mine.isSame(as: question)
    }

    @inlinable
    func word(at offset: Int) -> UInt16 {
        // Every caller stays below `headerBytes`, which the initializer has checked.
        UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }
}
