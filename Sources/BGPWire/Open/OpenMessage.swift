// SPDX-License-Identifier: Apache-2.0

import Addressing

/// What a speaker says about itself first (RFC 4271 §4.2).
///
///     +---------+--------+-----------+-------------------+---------+- - - - - - -
///     | version | my AS  | hold time | BGP identifier    | length  | parameters
///     +---------+--------+-----------+-------------------+---------+- - - - - - -
///          0       1  2      3   4      5   6   7   8         9      10
///
/// A parameter is a type, a length and a value; type 2 holds capabilities. Where the length is 255
/// and the first type is 255 as well, RFC 9072 has put a longer length there, of two octets, and
/// the parameters' lengths have two octets too.
public struct OpenMessage: Hashable, Sendable {
    /// Stands in the two octets of ``autonomousSystem`` for a number that needs four (RFC 6793).
    public static let asTrans: UInt16 = 23456

    public var autonomousSystem: UInt16
    public var holdTimeSeconds: UInt16
    public var identifier: UInt32
    public var capabilities: [Capability]

    public init(
        autonomousSystem: UInt32, holdTimeSeconds: UInt16, identifier: UInt32,
        capabilities: [Capability]
    ) {
        self.autonomousSystem = UInt16(exactly: autonomousSystem) ?? Self.asTrans
        self.holdTimeSeconds = holdTimeSeconds
        self.identifier = identifier
        self.capabilities = capabilities
    }

    /// The AS number that counts: the capability's when there is one.
    public var peerAS: UInt32 { fourOctetAS ?? UInt32(autonomousSystem) }

    public var fourOctetAS: UInt32? {
        for case .fourOctetAS(let number) in capabilities { return number }
        return nil
    }

    public var hasRouteRefresh: Bool { capabilities.contains(.routeRefresh) }

    /// The last one that is there (RFC 4724 §3).
    public var gracefulRestart: GracefulRestart? {
        capabilities.reversed().lazy.compactMap { capability -> GracefulRestart? in
            guard case .gracefulRestart(let restart) = capability else { return nil }
            return restart
        }.first
    }

    /// All that are there: one, if the peer is in its right mind (RFC 9234 §4.2).
    public var roles: [UInt8] {
        capabilities.compactMap { capability -> UInt8? in
            guard case .role(let role) = capability else { return nil }
            return role
        }
    }

    /// Families whose prefixes may have an IPv6 next hop (RFC 8950).
    public var extendedNextHopFamilies: [AddressFamily] {
        capabilities.flatMap { capability -> [AddressFamily] in
            guard case .extendedNextHop(let families) = capability else { return [] }
            return families
        }
    }

    /// Families offered; IPv4 unicast alone when no capability names one (RFC 4760 §8).
    public var families: [AddressFamily] {
        let named = capabilities.compactMap { capability -> AddressFamily? in
            guard case .multiprotocol(let family) = capability else { return nil }
            return family
        }
        return named.isEmpty ? [.ipv4Unicast] : named
    }

    public var encoded: [UInt8] {
        var body: [UInt8] = [4]
        body.append(bigEndian: autonomousSystem)
        body.append(bigEndian: holdTimeSeconds)
        body.append(bigEndian: identifier)
        let octets = capabilities.flatMap(\.encoded)
        switch octets.count {
        case 0:
            body.append(0)
        case 1...253:
            body += [UInt8(octets.count + 2), 2, UInt8(octets.count)]
        default:
            // RFC 9072 §2.
            body += [255, 255]
            body.append(bigEndian: UInt16(octets.count + 3))
            body.append(2)
            body.append(bigEndian: UInt16(octets.count))
        }
        return MessageFramer.frame(.open, body + octets)
    }
}

extension OpenMessage: CustomStringConvertible {
    public var description: String {
        let offered = capabilities.map(\.description).joined(separator: ", ")
        return "OPEN AS \(peerAS) hold \(holdTimeSeconds) id \(IPAddress(v4: identifier)) "
            + "capabilities [\(offered)]"
    }
}
