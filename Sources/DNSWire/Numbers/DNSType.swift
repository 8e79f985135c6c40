// SPDX-License-Identifier: Apache-2.0

/// A record or question type (IANA, DNS Resource Record (RR) TYPEs).
@frozen
public struct DNSType: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt16

    @inlinable
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    @inlinable public static var a: DNSType { DNSType(rawValue: 1) }
    @inlinable public static var ns: DNSType { DNSType(rawValue: 2) }
    @inlinable public static var cname: DNSType { DNSType(rawValue: 5) }
    @inlinable public static var soa: DNSType { DNSType(rawValue: 6) }
    @inlinable public static var ptr: DNSType { DNSType(rawValue: 12) }
    @inlinable public static var hinfo: DNSType { DNSType(rawValue: 13) }
    @inlinable public static var mx: DNSType { DNSType(rawValue: 15) }
    @inlinable public static var txt: DNSType { DNSType(rawValue: 16) }
    @inlinable public static var aaaa: DNSType { DNSType(rawValue: 28) }
    @inlinable public static var srv: DNSType { DNSType(rawValue: 33) }
    @inlinable public static var naptr: DNSType { DNSType(rawValue: 35) }
    @inlinable public static var dname: DNSType { DNSType(rawValue: 39) }
    @inlinable public static var opt: DNSType { DNSType(rawValue: 41) }
    @inlinable public static var ds: DNSType { DNSType(rawValue: 43) }
    @inlinable public static var rrsig: DNSType { DNSType(rawValue: 46) }
    @inlinable public static var nsec: DNSType { DNSType(rawValue: 47) }
    @inlinable public static var dnskey: DNSType { DNSType(rawValue: 48) }
    @inlinable public static var nsec3: DNSType { DNSType(rawValue: 50) }
    @inlinable public static var nsec3param: DNSType { DNSType(rawValue: 51) }
    @inlinable public static var tlsa: DNSType { DNSType(rawValue: 52) }
    @inlinable public static var svcb: DNSType { DNSType(rawValue: 64) }
    @inlinable public static var https: DNSType { DNSType(rawValue: 65) }
    @inlinable public static var tkey: DNSType { DNSType(rawValue: 249) }
    @inlinable public static var tsig: DNSType { DNSType(rawValue: 250) }
    @inlinable public static var ixfr: DNSType { DNSType(rawValue: 251) }
    @inlinable public static var axfr: DNSType { DNSType(rawValue: 252) }
    @inlinable public static var any: DNSType { DNSType(rawValue: 255) }
    @inlinable public static var caa: DNSType { DNSType(rawValue: 257) }
}
