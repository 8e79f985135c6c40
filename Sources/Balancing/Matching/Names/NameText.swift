// SPDX-License-Identifier: Apache-2.0

import DNSWire

/// Writes a name's text, as dnsdist does, without allocating.
enum NameText {
    /// A name of 255 octets whose every octet is escaped as `\DDD`.
    static let bytesMax = 4 * 255

    /// Writes a name without its last dot and returns the octets used; the root is the empty text.
    ///
    /// A dot or backslash within a label gets a backslash, what is not printable or a space becomes
    /// `\DDD` (RFC 4343 §2.1), so that the text has no NUL and no control character.
    ///
    /// - Parameters:
    ///   - name: wire form, well formed, root label included.
    ///   - text: ``bytesMax`` octets at least.
    static func write(
        _ name: UnsafeRawBufferPointer, into text: UnsafeMutableBufferPointer<UInt8>,
        foldsCase: Bool
    ) -> Int {
        var used = 0
        var offset = 0
        while offset < name.count, name[offset] != 0 {
            let end = min(offset + 1 + Int(name[offset]), name.count)
            if offset > 0 {
                text[used] = UInt8(ascii: ".")
                used += 1
            }
            for position in offset + 1..<end {
                used += write(
                    foldsCase ? CaseFolding.fold(name[position]) : name[position],
                    into: text, at: used)
            }
            offset = end
        }
        return used
    }

    @inline(__always)
    private static func write(
        _ octet: UInt8, into text: UnsafeMutableBufferPointer<UInt8>, at offset: Int
    ) -> Int {
        switch octet {
        case UInt8(ascii: "."), UInt8(ascii: "\\"):
            text[offset] = UInt8(ascii: "\\")
            text[offset + 1] = octet
            return 2
        case 0x21...0x7e:
            text[offset] = octet
            return 1
        default:
            text[offset] = UInt8(ascii: "\\")
            text[offset + 1] = 0x30 + octet / 100
            text[offset + 2] = 0x30 + octet / 10 % 10
            text[offset + 3] = 0x30 + octet % 10
            return 4
        }
    }
}
