// SPDX-License-Identifier: Apache-2.0

import Addressing

/// Reads extended communities (RFC 4360, RFC 5668) as operators write them.
public enum ExtendedCommunityText {
    /// `rt:ASN:N`, `ro:ASN:N`, with an IPv4 address in place of the ASN too, `bandwidth:ASN:BYTES`,
    /// or 16 hexadecimal digits after `0x`.
    static func parse(_ text: String) -> UInt64? {
        if text.hasPrefix("0x") {
            return text.count == 18 ? UInt64(text.dropFirst(2), radix: 16) : nil
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        let kind = parts[0].lowercased()
        if kind == "bandwidth" { return bandwidth(parts[1], parts[2]) }
        guard let subtype = subtypes[kind] else { return nil }
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

    /// As it is read, or its digits.
    public static func words(_ value: UInt64) -> String {
        let (type, subtype) = (value >> 56, value >> 48 & 0xff)
        let kind = subtype == 2 ? "rt" : "ro"
        let low = value & 0xffff_ffff
        switch (type, subtype) {
        case (0, 2), (0, 3): return "\(kind):\(value >> 32 & 0xffff):\(low)"
        case (1, 2), (1, 3):
            return "\(kind):\(IPAddress(v4: UInt32(value >> 16 & 0xffff_ffff))):\(value & 0xffff)"
        case (2, 2), (2, 3): return "\(kind):\(value >> 16 & 0xffff_ffff):\(value & 0xffff)"
        case (0x40, 4):
            let bytes = Float(bitPattern: UInt32(low))
            guard let whole = Int(exactly: bytes) else { break }
            return "bandwidth:\(value >> 32 & 0xffff):\(whole)"
        default: break
        }
        let digits = String(value, radix: 16)
        return "0x" + String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// RFC 4360 §4 and §5: route target and route origin.
    private static let subtypes: [String: UInt64] = [
        "rt": 2, "target": 2, "ro": 3, "origin": 3, "soo": 3,
    ]

    /// Link bandwidth (draft-ietf-idr-link-bandwidth §2): bytes in a second as a number of single
    /// precision, by which routers weight equal paths. The AS has two octets; a longer one is
    /// 23456 there.
    private static func bandwidth(_ system: Substring, _ bytes: Substring) -> UInt64? {
        guard let asn = UInt32(system), let rate = Float(bytes), rate.isFinite, rate >= 0 else {
            return nil
        }
        let short = UInt16(exactly: asn) ?? 23456
        return compose(type: 0x40, 4, UInt64(short) << 32 | UInt64(rate.bitPattern))
    }

    private static func compose(type: UInt64, _ subtype: UInt64, _ value: UInt64) -> UInt64 {
        type << 56 | subtype << 48 | value
    }
}
