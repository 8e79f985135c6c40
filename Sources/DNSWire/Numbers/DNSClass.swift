// SPDX-License-Identifier: Apache-2.0

/// A record or question class (IANA, DNS CLASSes).
@frozen
public struct DNSClass: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt16

    @inlinable
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    @inlinable public static var internet: DNSClass { DNSClass(rawValue: 1) }
    @inlinable public static var chaos: DNSClass { DNSClass(rawValue: 3) }
    @inlinable public static var hesiod: DNSClass { DNSClass(rawValue: 4) }
    @inlinable public static var none: DNSClass { DNSClass(rawValue: 254) }
    @inlinable public static var any: DNSClass { DNSClass(rawValue: 255) }
}
