// SPDX-License-Identifier: Apache-2.0
//
// Names compare without ASCII case (RFC 4343). In wire form a length octet is at most 63, below "A",
// so a whole name can be folded without finding its labels: eight octets at a time, by arithmetic.

/// Comparing and hashing names in wire form without case and without allocating.
public enum CaseFolding {
    /// Folds one octet: "A" to "Z" become "a" to "z".
    @inlinable
    public static func fold(_ octet: UInt8) -> UInt8 {
        octet &- 0x41 < 26 ? octet | 0x20 : octet
    }

    /// Folds eight octets at once; those above 127 stay as they are.
    @inlinable
    public static func fold(_ octets: UInt64) -> UInt64 {
        let low = octets & 0x7f7f_7f7f_7f7f_7f7f
        let atLeastA = low &+ 0x3f3f_3f3f_3f3f_3f3f  // 0x80 - "A"
        let beyondZ = low &+ 0x2525_2525_2525_2525  // 0x7f - "Z"
        let upper = (atLeastA ^ beyondZ) & ~octets & 0x8080_8080_8080_8080
        return octets | upper >> 2
    }

    @inlinable
    public static func areEqual(
        _ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer
    ) -> Bool {
        guard left.count == right.count else { return false }
        var offset = 0
        while offset + 8 <= left.count {
            let one = left.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let two = right.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            if one != two && fold(one) != fold(two) { return false }
            offset += 8
        }
        while offset < left.count {
            if fold(left[offset]) != fold(right[offset]) { return false }
            offset += 1
        }
        return true
    }

    /// Bob Jenkins' hash of 1996 ("lookup2", burtleburtle.net/bob/hash/evahash.html, public domain)
    /// over the folded octets. dnsdist hashes names and the points of its consistent hashing with it,
    /// so the same perturbation spreads names over the same servers here as there.
    @inlinable
    public static func hash(_ octets: UnsafeRawBufferPointer, seed: UInt32) -> UInt32 {
        var a: UInt32 = 0x9e37_79b9  // the golden ratio; any value would do
        var b = a
        var c = seed
        var offset = 0
        while octets.count - offset >= 12 {
            a &+= littleEndian(octets, at: offset, count: 4)
            b &+= littleEndian(octets, at: offset + 4, count: 4)
            c &+= littleEndian(octets, at: offset + 8, count: 4)
            mix(&a, &b, &c)
            offset += 12
        }
        let rest = octets.count - offset
        c &+= UInt32(truncatingIfNeeded: octets.count)
        a &+= littleEndian(octets, at: offset, count: min(rest, 4))
        b &+= littleEndian(octets, at: offset + 4, count: min(max(rest - 4, 0), 4))
        // The lowest octet of c holds the length.
        c &+= littleEndian(octets, at: offset + 8, count: max(rest - 8, 0)) << 8
        mix(&a, &b, &c)
        return c
    }

    @inlinable
    static func littleEndian(
        _ octets: UnsafeRawBufferPointer, at offset: Int, count: Int
    ) -> UInt32 {
        var value: UInt32 = 0
        for index in 0..<count {
            value |= UInt32(fold(octets[offset + index])) << UInt32(8 * index)
        }
        return value
    }

    @inlinable
    static func mix(_ a: inout UInt32, _ b: inout UInt32, _ c: inout UInt32) {
        a = (a &- b &- c) ^ (c >> 13)
        b = (b &- c &- a) ^ (a << 8)
        c = (c &- a &- b) ^ (b >> 13)
        a = (a &- b &- c) ^ (c >> 12)
        b = (b &- c &- a) ^ (a << 16)
        c = (c &- a &- b) ^ (b >> 5)
        a = (a &- b &- c) ^ (c >> 3)
        b = (b &- c &- a) ^ (a << 10)
        c = (c &- a &- b) ^ (b >> 15)
    }
}
