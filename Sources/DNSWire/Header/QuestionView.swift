// SPDX-License-Identifier: Apache-2.0

/// The first question of a message, where it lies: a name without compression, type, class.
///
/// Nothing can precede the first question, so a compression pointer in it points into the header or
/// at itself: such a message is malformed. Borrows the message it was made from.
@frozen
public struct QuestionView {
    /// The whole message.
    public let message: UnsafeRawBufferPointer
    /// The octets of the name in wire form, with the root's zero octet: 1 to 255.
    public let nameBytes: Int

    /// Finds the question after the header; `nil` when it is compressed, cut short or overlong.
    @inlinable
    public init?(message: UnsafeRawBufferPointer) {
        let start = DNSMessageView.headerBytes
        var offset = start
        while true {
            guard offset < message.count else { return nil }
            let length = Int(message[offset])
            offset += 1
            if length == 0 { break }
            // 64 and more are pointers and the unassigned label types (RFC 1035 §4.1.4).
            guard length < 64 else { return nil }
            offset += length
            // 255 octets with the root's (RFC 1035 §2.3.4).
            guard offset - start < 255 else { return nil }
        }
        guard offset + 4 <= message.count else { return nil }
        self.message = message
        nameBytes = offset - start
    }

    /// The name in wire form, uncompressed, in the sender's case.
    @inlinable public var name: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            rebasing: message[DNSMessageView.headerBytes..<DNSMessageView.headerBytes + nameBytes])
    }

    /// Where the name lies in the message.
    @inlinable public var nameRange: Range<Int> {
        DNSMessageView.headerBytes..<DNSMessageView.headerBytes + nameBytes
    }

    @inlinable public var type: DNSType { DNSType(rawValue: word(at: nameBytes)) }
    @inlinable public var `class`: DNSClass { DNSClass(rawValue: word(at: nameBytes + 2)) }

    /// The offset in the message of what follows the question.
    @inlinable public var endOffset: Int { DNSMessageView.headerBytes + nameBytes + 4 }

    /// Labels without the root: 0 to 127.
    @inlinable public var labelCount: Int {
        var count = 0
        var offset = DNSMessageView.headerBytes
        while message[offset] != 0 {
            offset += 1 + Int(message[offset])
            count += 1
        }
        return count
    }

    /// Whether both ask for the same: name without case, type and class.
    @inlinable
    public func isSame(as other: QuestionView) -> Bool {
        guard nameBytes == other.nameBytes, type == other.type, `class` == other.class else {
            return false
        }
        return CaseFolding.areEqual(name, other.name)
    }

    /// Bob Jenkins' 1996 hash of the name in wire form, root included, without case.
    ///
    /// With the same seed it is the value dnsdist hashes by (`setWHashedPertubation`).
    @inlinable
    public func nameHash(seed: UInt32) -> UInt32 { CaseFolding.hash(name, seed: seed) }

    @inlinable
    func word(at offset: Int) -> UInt16 {
        // The initializer has checked four octets beyond the name.
        UInt16(
            bigEndian: message.loadUnaligned(
                fromByteOffset: DNSMessageView.headerBytes + offset, as: UInt16.self))
    }
}
