// SPDX-License-Identifier: Apache-2.0

/// One capability of an OPEN (RFC 5492).
public enum Capability: Hashable, Sendable {
    /// RFC 4760 §8.
    case multiprotocol(AddressFamily)
    /// RFC 2918 §2.
    case routeRefresh
    /// IPv4 prefixes may have an IPv6 next hop: the families that may (RFC 8950 §4). Those with
    /// next hops of another kind are not among them.
    case extendedNextHop([AddressFamily])
    /// RFC 8654 §3.
    case extendedMessages
    /// RFC 9234 §4.1; a role that nobody has defined too, which fits none.
    case role(UInt8)
    /// RFC 4724 §3.
    case gracefulRestart(GracefulRestart)
    /// RFC 6793 §3.
    case fourOctetAS(UInt32)
    /// RFC 7313 §3.1.
    case enhancedRouteRefresh
    /// draft-walton-bgp-hostname-capability.
    case hostName(host: String, domain: String)
    /// A link-local address may be the only next hop (draft-ietf-idr-linklocal-capability).
    case linkLocalNextHop
    /// Any other, or a known code with a length of its own invention: kept, and ignored.
    case unknown(code: UInt8, value: [UInt8])

    init(code: UInt8, value: ArraySlice<UInt8>) {
        self = Self.known(code, value) ?? .unknown(code: code, value: Array(value))
    }

    private static func known(_ code: UInt8, _ value: ArraySlice<UInt8>) -> Capability? {
        var reader = ByteReader(value)
        switch (code, value.count) {
        case (1, 4):
            guard let afi = reader.uint16(), reader.octet() != nil, let safi = reader.octet()
            else { return nil }
            return .multiprotocol(AddressFamily(afi: afi, safi: safi))
        case (2, 0): return .routeRefresh
        case (5, _): return extendedNextHop(value)
        case (6, 0): return .extendedMessages
        case (9, 1): return reader.octet().map { .role($0) }
        case (64, _): return GracefulRestart(value).map { .gracefulRestart($0) }
        case (65, 4): return reader.uint32().map { .fourOctetAS($0) }
        case (70, 0): return .enhancedRouteRefresh
        case (73, _): return hostName(value)
        case (77, 0): return .linkLocalNextHop
        default: return nil
        }
    }

    /// Tuples of AFI, SAFI in two octets, AFI of the next hop.
    private static func extendedNextHop(_ value: ArraySlice<UInt8>) -> Capability? {
        var reader = ByteReader(value)
        guard !value.isEmpty, value.count.isMultiple(of: 6) else { return nil }
        var families: [AddressFamily] = []
        while let afi = reader.uint16(), let safi = reader.uint16(), let hop = reader.uint16() {
            guard hop == AddressFamily.ipv6Unicast.afi, let safi = UInt8(exactly: safi) else {
                continue
            }
            families.append(AddressFamily(afi: afi, safi: safi))
        }
        return families.isEmpty ? nil : .extendedNextHop(families)
    }

    /// Two names, each behind its length; the second may be missing.
    private static func hostName(_ value: ArraySlice<UInt8>) -> Capability? {
        var reader = ByteReader(value)
        guard let count = reader.octet(), let host = reader.bytes(Int(count)) else { return nil }
        let domain = reader.octet().map { reader.bytes(Int($0)) } ?? []
        guard let domain, reader.isEmpty, host.count <= nameBytesMax, domain.count <= nameBytesMax,
            let host = String(validating: host, as: UTF8.self),
            let domain = String(validating: domain, as: UTF8.self)
        else { return nil }
        return .hostName(host: host, domain: domain)
    }

    /// Code, length, value.
    public var encoded: [UInt8] {
        let (code, value) = codeAndValue
        return [code, UInt8(min(value.count, 255))] + value.prefix(255)
    }

    private var codeAndValue: (UInt8, [UInt8]) {
        var value: [UInt8] = []
        switch self {
        case .multiprotocol(let family):
            value.append(bigEndian: family.afi)
            return (1, value + [0, family.safi])
        case .routeRefresh: return (2, [])
        case .extendedNextHop(let families):
            for family in families.prefix(42) {
                value.append(bigEndian: family.afi)
                value.append(bigEndian: UInt16(family.safi))
                value.append(bigEndian: AddressFamily.ipv6Unicast.afi)
            }
            return (5, value)
        case .extendedMessages: return (6, [])
        case .role(let role): return (9, [role])
        case .gracefulRestart(let restart): return (64, restart.encoded)
        case .fourOctetAS(let number):
            value.append(bigEndian: number)
            return (65, value)
        case .enhancedRouteRefresh: return (70, [])
        case .hostName(let host, let domain):
            return (73, Self.name(host) + Self.name(domain))
        case .linkLocalNextHop: return (77, [])
        case .unknown(let code, let value): return (code, value)
        }
    }

    /// The draft's bound for each of the two.
    private static let nameBytesMax = 64

    private static func name(_ text: String) -> [UInt8] {
        let octets = text.utf8.prefix(nameBytesMax)
        return [UInt8(octets.count)] + octets
    }
}

extension Capability: CustomStringConvertible {
    public var description: String {
        switch self {
        case .multiprotocol(let family): "\(family)"
        case .routeRefresh: "route refresh"
        case .extendedNextHop(let families):
            "extended next hop [\(families.map(\.description).joined(separator: ", "))]"
        case .extendedMessages: "extended messages"
        case .role(let role): "role \(Role(rawValue: role)?.description ?? "\(role)")"
        case .gracefulRestart(let restart): "\(restart)"
        case .fourOctetAS(let number): "4-octet AS \(number)"
        case .enhancedRouteRefresh: "enhanced route refresh"
        case .hostName(let host, let domain):
            "host name \((domain.isEmpty ? host : "\(host).\(domain)").terminalSafe)"
        case .linkLocalNextHop: "link-local next hop"
        case .unknown(let code, let value):
            (Self.names[code] ?? "capability \(code)") + " (\(value.count) octets)"
        }
    }

    /// What peers are known to offer and we have no use for (IANA "Capability Codes").
    private static let names: [UInt8: String] = [
        3: "outbound route filtering", 4: "multiple routes", 8: "multiple labels",
        67: "dynamic capability", 69: "add-path", 71: "long-lived graceful restart",
        75: "software version", 76: "paths limit", 128: "route refresh of Cisco",
        130: "outbound route filtering of Cisco", 131: "multisession of Cisco",
    ]
}
