// SPDX-License-Identifier: Apache-2.0

import Addressing

/// Reads extended communities (RFC 4360, RFC 5668) as operators write them.
enum ExtendedCommunityText {
    /// `rt:ASN:N`, `ro:ASN:N`, with an IPv4 address in place of the ASN too, or 16 hexadecimal
    /// digits after `0x`.
    static func parse(_ text: String) -> UInt64? {
        if text.hasPrefix("0x") {
            return text.count == 18 ? UInt64(text.dropFirst(2), radix: 16) : nil
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let subtype = subtypes[parts[0].lowercased()] else { return nil }
        if let address = IPAddress(parts[1]), address.family == .v4 {
            guard let value = UInt16(parts[2]) else { return nil }
            return compose(type: 1, subtype, UInt64(address.v4Bits) << 16 | UInt64(value))
        }
        guard let asn = UInt32(parts[1]) else { return nil }
        if let short = UInt16(exactly: asn) {
            guard let value = UInt32(parts[2]) else { return nil }
            return compose(type: 0, subtype, UInt64(short) << 32 | UInt64(value))
        }
        guard let value = UInt16(parts[2]) else { return nil }
        return compose(type: 2, subtype, UInt64(asn) << 16 | UInt64(value))
    }

    /// RFC 4360 §4 and §5: route target and route origin.
    private static let subtypes: [String: UInt64] = [
        "rt": 2, "target": 2, "ro": 3, "origin": 3, "soo": 3,
    ]

    private static func compose(type: UInt64, _ subtype: UInt64, _ value: UInt64) -> UInt64 {
        type << 56 | subtype << 48 | value
    }
}
