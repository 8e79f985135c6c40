// SPDX-License-Identifier: Apache-2.0

/// A request to send a family's routes again (RFC 2918 §3).
///
///     +--------+---------+------+
///     |  AFI   | subtype | SAFI |      subtype: 0 request, 1 BoRR, 2 EoRR (RFC 7313)
///     +--------+---------+------+
///        0  1       2       3
public struct RouteRefreshMessage: Hashable, Sendable {
    public static let request: UInt8 = 0
    public static let beginning: UInt8 = 1
    public static let end: UInt8 = 2

    public var family: AddressFamily
    public var subtype: UInt8

    public init(family: AddressFamily, subtype: UInt8 = RouteRefreshMessage.request) {
        self.family = family
        self.subtype = subtype
    }

    public init(body: [UInt8]) throws(BGPWireError) {
        var reader = ByteReader(body[...])
        guard body.count == 4, let afi = reader.uint16(), let subtype = reader.octet(),
            let safi = reader.octet()
        else {
            // RFC 7313 §5: of its own two subtypes a wrong length has its own words, with the
            // whole message as data.
            guard body.count > 2, (Self.beginning...Self.end).contains(body[2]) else {
                throw BGPWireError.messageLength(
                    UInt16(truncatingIfNeeded: MessageFramer.headerBytes + body.count))
            }
            throw BGPWireError.routeRefreshLength(MessageFramer.frame(.routeRefresh, body))
        }
        self.init(family: AddressFamily(afi: afi, safi: safi), subtype: subtype)
    }

    public var encoded: [UInt8] {
        var body: [UInt8] = []
        body.append(bigEndian: family.afi)
        body.append(subtype)
        body.append(family.safi)
        return MessageFramer.frame(.routeRefresh, body)
    }
}

extension RouteRefreshMessage: CustomStringConvertible {
    public var description: String {
        switch subtype {
        case Self.request: "ROUTE-REFRESH \(family)"
        case Self.beginning: "ROUTE-REFRESH \(family) begins"
        case Self.end: "ROUTE-REFRESH \(family) ends"
        default: "ROUTE-REFRESH \(family) subtype \(subtype)"
        }
    }
}
