// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import DNSWire
public import Declarations

/// The records of an answer that a rule gives, laid out for writing; borrows its octets.
public struct SpoofedAnswer {
    public enum Kind: Equatable, Sendable {
        /// Each an octet for the family, 4 or 6, and the address's 4 or 16.
        case addresses(hasV4: Bool, hasV6: Bool)
        /// One name in wire form.
        case alias
        /// Each two octets of length, the more significant first, and RDATA. `anyType` is the type
        /// of the records for a query of type ANY.
        case records(anyType: UInt16?)
        /// The owner of one SOA record in wire form, then its RDATA.
        case negative(isNameError: Bool, ownerBytes: Int, inAuthority: Bool)
    }

    public let kind: Kind
    public let octets: UnsafeRawBufferPointer
    public let options: SpoofOptions

    public init(kind: Kind, octets: UnsafeRawBufferPointer, options: SpoofOptions) {
        self.kind = kind
        self.octets = octets
        self.options = options
    }

    /// Of the answer.
    public var responseCode: ResponseCode {
        if case .negative(true, _, _) = kind { .nameError } else { .noError }
    }

    /// Whether there is something in it for a query of this type.
    public func answers(_ type: UInt16) -> Bool {
        guard case .addresses(let hasV4, let hasV6) = kind else { return true }
        return switch type {
        case 1: hasV4
        case 28: hasV6
        case 255: hasV4 || hasV6
        default: false
        }
    }

    /// The layout of ``Kind/addresses(hasV4:hasV6:)``.
    public static func layout(_ addresses: [IPAddress]) -> (kind: Kind, octets: [UInt8]) {
        let kind = Kind.addresses(
            hasV4: addresses.contains { $0.family == .v4 },
            hasV6: addresses.contains { $0.family == .v6 })
        return (kind, addresses.flatMap { [$0.family == .v4 ? 4 : 6] + $0.bytes })
    }

    /// The layout of ``Kind/negative(isNameError:ownerBytes:inAuthority:)``.
    public static func layout(
        _ record: StartOfAuthority, isNameError: Bool
    ) -> (kind: Kind, octets: [UInt8]) {
        let kind = Kind.negative(
            isNameError: isNameError, ownerBytes: record.zone.count,
            inAuthority: record.isInAuthoritySection)
        return (kind, record.zone + record.data)
    }

    /// The layout of ``Kind/records(anyType:)``; RDATA beyond 65 535 octets is left out.
    public static func layout(_ records: [[UInt8]]) -> [UInt8] {
        records.filter { $0.count <= 0xffff }.flatMap {
            [UInt8($0.count >> 8), UInt8($0.count & 0xff)] + $0
        }
    }
}
