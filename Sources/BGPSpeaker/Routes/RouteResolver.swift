// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPWire
import Declarations

/// Turns a route as it is wanted into what one session sends: next hop "self", AS path,
/// LOCAL_PREF (research/bgp.md §2.4).
struct RouteResolver: Sendable {
    enum Resolution: Hashable, Sendable {
        case send(PathAttributes)
        /// Why not, in an operator's words.
        case refused(String)
    }

    /// RFC 4271 §9.1.1 leaves it to us; this is what every implementation uses.
    static let localPreferenceDefault: UInt32 = 100

    let parameters: SessionParameters
    let localAddress: IPAddress
    let interfaces: InterfaceAddresses

    func resolve(_ prefix: IPPrefix, _ wanted: RouteAttributes) -> Resolution {
        let family = prefix.address.family
        guard parameters.families.contains(AddressFamily(unicast: family)) else {
            return .refused("the session does not carry \(AddressFamily(unicast: family))")
        }
        let nextHop: IPAddress
        switch wanted.nextHop {
        case .address(let typed):
            guard typed.family == family else {
                return .refused("next hop \(typed) is of the other family")
            }
            nextHop = typed
        case .self:
            guard let own = selfAddress(announcing: prefix) else {
                return .refused(
                    "nextHop \"self\": the interface of \(localAddress) has no "
                        + (family == .v4 ? "IPv4" : "global IPv6")
                        + " address beside the announced ones; set nextHop")
            }
            nextHop = own
        }
        return .send(attributes(wanted, nextHop: nextHop))
    }

    private func selfAddress(announcing prefix: IPPrefix) -> IPAddress? {
        let family = prefix.address.family
        guard localAddress.family != family || localAddress.isLinkLocal else { return localAddress }
        let other = interfaces.selfAddress(family, beside: localAddress, announced: prefix)
        return other ?? (localAddress.family == family ? localAddress : nil)
    }

    private func attributes(_ wanted: RouteAttributes, nextHop: IPAddress) -> PathAttributes {
        var path = PathAttributes()
        path.origin = PathAttributes.Origin(rawValue: wanted.origin.rawValue)
        let repetitions = max(0, wanted.asPathPrepend) + (parameters.isInternal ? 0 : 1)
        path.asPath = ASPath(
            sequence: [UInt32](repeating: parameters.localAS, count: repetitions))
        path.nextHop = nextHop
        path.med = wanted.med
        if parameters.isInternal {
            path.localPreference = wanted.localPreference ?? Self.localPreferenceDefault
        }
        // In the order they are encoded in, so that what compares equal is equal on the wire.
        path.communities = Set(wanted.communities).sorted().map(\.rawValue)
        path.extendedCommunities = Set(wanted.extendedCommunities).sorted()
        path.largeCommunities = Set(wanted.largeCommunities).sorted().map {
            LargeCommunityValue(
                globalAdministrator: $0.globalAdministrator, localData1: $0.localData1,
                localData2: $0.localData2)
        }
        return path
    }
}
