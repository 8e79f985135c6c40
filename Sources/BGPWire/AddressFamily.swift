// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// An AFI and a SAFI (RFC 4760), whether we know them or not.
public struct AddressFamily: Hashable, Sendable, CustomStringConvertible {
    public let afi: UInt16
    public let safi: UInt8

    public init(afi: UInt16, safi: UInt8) {
        self.afi = afi
        self.safi = safi
    }

    public static let ipv4Unicast = AddressFamily(afi: 1, safi: 1)
    public static let ipv6Unicast = AddressFamily(afi: 2, safi: 1)

    /// The unicast family that a prefix of `family` belongs to.
    public init(unicast family: IPAddress.Family) {
        self = family == .v4 ? .ipv4Unicast : .ipv6Unicast
    }

    /// `nil` for all but the two unicast families.
    public var addressFamily: IPAddress.Family? {
        switch self {
        case .ipv4Unicast: .v4
        case .ipv6Unicast: .v6
        default: nil
        }
    }

    public var description: String {
        switch addressFamily {
        case .v4: "ipv4 unicast"
        case .v6: "ipv6 unicast"
        case nil: "afi \(afi) safi \(safi)"
        }
    }
}
