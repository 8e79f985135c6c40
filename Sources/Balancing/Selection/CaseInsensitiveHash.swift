// SPDX-License-Identifier: Apache-2.0
//
// Bob Jenkins' hash of 1996 ("lookup2", burtleburtle.net/bob/hash/evahash.html), which is in the
// public domain, over octets whose ASCII letters are made lower case. dnsdist hashes names and the
// points of its consistent hashing with it, so the same perturbation spreads names over the same
// servers here as there. Label lengths are below 64 and so never taken for letters.

/// A 32-bit hash in which `EXAMPLE.org` and `example.ORG` are the same.
public enum CaseInsensitiveHash {
    public static func hash(_ octets: UnsafeBufferPointer<UInt8>, perturbation: UInt32) -> UInt32 {
        var mixer = Mixer(a: 0x9e37_79b9, b: 0x9e37_79b9, c: perturbation)
        var offset = 0
        while octets.count - offset >= 12 {
            mixer.a &+= word(octets, offset, 4)
            mixer.b &+= word(octets, offset + 4, 4)
            mixer.c &+= word(octets, offset + 8, 4)
            mixer.mix()
            offset += 12
        }
        let rest = octets.count - offset
        mixer.c &+= UInt32(truncatingIfNeeded: octets.count)
        mixer.a &+= word(octets, offset, min(rest, 4))
        mixer.b &+= word(octets, offset + 4, min(rest - 4, 4))
        // The lowest octet of `c` is the length's.
        mixer.c &+= word(octets, offset + 8, rest - 8) << 8
        mixer.mix()
        return mixer.c
    }

    public static func hash(_ text: String, perturbation: UInt32) -> UInt32 {
        var text = text
        return text.withUTF8 { hash($0, perturbation: perturbation) }
    }

    /// Up to four octets, the first in the low end; 0 when `count` is not positive.
    @inline(__always)
    private static func word(
        _ octets: UnsafeBufferPointer<UInt8>, _ offset: Int, _ count: Int
    ) -> UInt32 {
        var value: UInt32 = 0
        var position = 0
        while position < count {
            let octet = octets[offset + position]
            let lower = octet &- 0x41 < 26 ? octet | 0x20 : octet
            value |= UInt32(lower) << UInt32(8 * position)
            position += 1
        }
        return value
    }

    private struct Mixer {
        var a: UInt32
        var b: UInt32
        var c: UInt32

        @inline(__always)
        mutating func mix() {
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
}
