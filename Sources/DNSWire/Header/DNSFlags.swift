// SPDX-License-Identifier: Apache-2.0

/// The second 16 bits of a DNS header: who speaks, what is wanted, how it went.
///
/// ```
///   15  14  13  12  11  10   9   8   7   6   5   4   3   2   1   0
/// +---+---------------+---+---+---+---+---+---+---+---------------+
/// | QR|    Opcode     | AA| TC| RD| RA| Z | AD| CD|     RCODE     |   RFC 1035 §4.1.1,
/// +---+---------------+---+---+---+---+---+---+---+---------------+   RFC 4035 §3.2 (AD, CD)
/// ```
@frozen
public struct DNSFlags: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt16

    @inlinable
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// Those of an ordinary question: RD.
    public static let query = DNSFlags(rawValue: 0x0100)

    /// QR: true in an answer.
    @inlinable public var isResponse: Bool {
        get { rawValue & 0x8000 != 0 }
        set { set(0x8000, newValue) }
    }

    @inlinable public var opcode: Opcode {
        get { Opcode(rawValue: UInt8(truncatingIfNeeded: rawValue >> 11) & 0xf) }
        set { rawValue = rawValue & ~0x7800 | UInt16(newValue.rawValue & 0xf) << 11 }
    }

    /// AA.
    @inlinable public var isAuthoritative: Bool {
        get { rawValue & 0x0400 != 0 }
        set { set(0x0400, newValue) }
    }

    /// TC.
    @inlinable public var isTruncated: Bool {
        get { rawValue & 0x0200 != 0 }
        set { set(0x0200, newValue) }
    }

    /// RD.
    @inlinable public var recursionDesired: Bool {
        get { rawValue & 0x0100 != 0 }
        set { set(0x0100, newValue) }
    }

    /// RA.
    @inlinable public var recursionAvailable: Bool {
        get { rawValue & 0x0080 != 0 }
        set { set(0x0080, newValue) }
    }

    /// AD.
    @inlinable public var isAuthenticData: Bool {
        get { rawValue & 0x0020 != 0 }
        set { set(0x0020, newValue) }
    }

    /// CD.
    @inlinable public var checkingDisabled: Bool {
        get { rawValue & 0x0010 != 0 }
        set { set(0x0010, newValue) }
    }

    /// The header's four bits; EDNS may extend them (`DNSMessage.responseCode` does).
    @inlinable public var responseCode: ResponseCode {
        get { ResponseCode(rawValue: rawValue & 0xf) }
        set { rawValue = rawValue & ~0xf | newValue.rawValue & 0xf }
    }

    @inlinable
    mutating func set(_ mask: UInt16, _ on: Bool) {
        rawValue = on ? rawValue | mask : rawValue & ~mask
    }
}
