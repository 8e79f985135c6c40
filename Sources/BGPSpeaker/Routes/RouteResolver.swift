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
    var interfaces: InterfaceAddresses
    var nextHopMode = NextHopMode.automatic
    /// IPv4 routes over an IPv6 session have its address as next hop, where both can (RFC 8950),
    /// though the interface has an IPv4 address.
    var prefersExtendedNextHop = false
    /// The neighbour's, where it may be on our link; `nil` where it is said to be further away.
    var neighborAddress: IPAddress?

    func resolve(_ prefix: IPPrefix, _ wanted: RouteAttributes) -> Resolution {
        let family = prefix.address.family
        guard parameters.families.contains(AddressFamily(unicast: family)) else {
            return .refused("the session does not carry \(AddressFamily(unicast: family))")
        }
        switch wanted.nextHop {
        case .address(let typed):
            if let obstacle = obstacle(to: typed, family) { return .refused(obstacle) }
            return .send(attributes(wanted, SelfNextHop(address: typed)))
        case .self:
            guard let own = selfNextHop(announcing: prefix) else {
                return .refused(Self.noSelf(family, localAddress, nextHopMode))
            }
            return .send(attributes(wanted, own))
        }
    }

    /// What "self" means on this session.
    struct SelfNextHop: Hashable, Sendable {
        var address: IPAddress
        var linkLocal: IPAddress?
    }

    static func noSelf(
        _ family: IPAddress.Family, _ local: IPAddress, _ mode: NextHopMode
    ) -> String {
        let kind =
            family == .v4
            ? "IPv4" : mode == .linkLocal ? "link-local" : "global IPv6"
        return "nextHop \"self\": the interface of \(local) has no \(kind) address beside the "
            + "announced ones; set nextHop"
    }

    private var canExtend: Bool { parameters.extendedNextHopFamilies.contains(.ipv4Unicast) }

    /// Why a next hop that was typed cannot be sent.
    private func obstacle(to typed: IPAddress, _ family: IPAddress.Family) -> String? {
        guard typed.family != family else { return nil }
        guard family == .v4 else { return "next hop \(typed) is of the other family" }
        return canExtend
            ? nil
            : "next hop \(typed) is of the other family, and the neighbour has not agreed to that"
                + " (extendedNextHop, RFC 8950)"
    }

    private func selfNextHop(announcing prefix: IPPrefix) -> SelfNextHop? {
        guard prefix.address.family == .v4 else { return selfNextHopV6(announcing: prefix) }
        guard localAddress.family == .v6 else { return SelfNextHop(address: localAddress) }
        if canExtend, prefersExtendedNextHop { return selfNextHopV6(announcing: prefix) }
        if let own = interfaces.selfAddress(.v4, beside: localAddress, announced: prefix) {
            return SelfNextHop(address: own)
        }
        return canExtend ? selfNextHopV6(announcing: prefix) : nil
    }

    private func selfNextHopV6(announcing prefix: IPPrefix) -> SelfNextHop? {
        let isGlobalSession = localAddress.family == .v6 && !localAddress.isLinkLocal
        let global =
            isGlobalSession
            ? localAddress
            : interfaces.selfAddress(.v6, beside: localAddress, announced: prefix)
        let linkLocal =
            localAddress.isLinkLocal ? localAddress : interfaces.linkLocal(beside: localAddress)
        switch nextHopMode {
        case .global:
            return global.map { SelfNextHop(address: $0) }
        case .linkLocal:
            return linkLocal.map { SelfNextHop(address: $0) }
        case .automatic, .globalAndLinkLocal:
            guard let global else {
                // A link-local session says that the link is shared: its address will do.
                return localAddress.isLinkLocal ? SelfNextHop(address: localAddress) : nil
            }
            let isShared = nextHopMode == .globalAndLinkLocal || isNeighborOnLink
            return SelfNextHop(address: global, linkLocal: isShared ? linkLocal : nil)
        }
    }

    /// RFC 2545 §3: the second address is for those who share the link.
    private var isNeighborOnLink: Bool {
        guard let neighborAddress else { return false }
        return neighborAddress.isLinkLocal
            || interfaces.reaches(neighborAddress, from: localAddress)
    }

    private func attributes(_ wanted: RouteAttributes, _ nextHop: SelfNextHop) -> PathAttributes {
        var path = PathAttributes()
        path.origin = PathAttributes.Origin(rawValue: wanted.origin.rawValue)
        path.asPath = asPath(wanted)
        path.nextHop = nextHop.address
        path.linkLocalNextHop = nextHop.linkLocal
        path.med = wanted.med
        if parameters.isInternal {
            path.localPreference = wanted.localPreference ?? Self.localPreferenceDefault
        }
        path.isAtomicAggregate = wanted.isAtomicAggregate
        path.aggregator = wanted.aggregator.map {
            PathAttributes.Aggregator(autonomousSystem: $0.asn, address: $0.address)
        }
        // In the order they are encoded in, so that what compares equal is equal on the wire.
        path.communities = Set(wanted.communities).sorted().map(\.rawValue)
        path.extendedCommunities = Set(wanted.extendedCommunities).sorted()
        path.largeCommunities = Set(wanted.largeCommunities).sorted().map {
            LargeCommunityValue(
                globalAdministrator: $0.globalAdministrator, localData1: $0.localData1,
                localData2: $0.localData2)
        }
        if parameters.localRole?.marksWhatItSends == true {
            path.onlyToCustomer = parameters.localAS
        }
        path.raw = wanted.otherAttributes.compactMap {
            RawAttribute(type: $0.type, value: $0.value)
        }
        return path
    }

    private func asPath(_ wanted: RouteAttributes) -> ASPath {
        let prepended = [UInt32](
            repeating: parameters.localAS, count: max(0, wanted.asPathPrepend))
        guard let typed = wanted.asPath else {
            return ASPath(sequence: prepended + (parameters.isInternal ? [] : [parameters.localAS]))
        }
        var path = ASPath()
        var sequence = prepended
        for item in typed {
            switch item {
            case .number(let number): sequence.append(number)
            case .set(let numbers):
                path.segments += ASPath(sequence: sequence).segments
                path.segments.append(ASPath.Segment(.set, numbers))
                sequence = []
            }
        }
        path.segments += ASPath(sequence: sequence).segments
        return path
    }
}

extension RouteResolver {
    init(
        _ neighbor: NeighborDeclaration, _ parameters: SessionParameters, localAddress: IPAddress,
        interfaces: InterfaceAddresses
    ) {
        self.init(
            parameters: parameters, localAddress: localAddress, interfaces: interfaces,
            nextHopMode: neighbor.nextHopMode,
            prefersExtendedNextHop: neighbor.extendedNextHop == true,
            neighborAddress: neighbor.multihop == nil ? neighbor.key.endpoint.address : nil)
    }
}
