// SPDX-License-Identifier: Apache-2.0

public import Addressing
import BGPWire
public import Declarations

/// The attributes of a route as they crossed the wire, in either direction.
public struct AnnouncedAttributes: Hashable, Sendable {
    public var nextHop: IPAddress?
    /// Beside a global one (RFC 2545 §3).
    public var linkLocalNextHop: IPAddress?
    /// The path's numbers in order, sets flattened.
    public var asPath: [UInt32] = []
    /// The same with its sets, `65001 {65002,65003}`.
    public var asPathText = ""
    public var med: UInt32?
    public var localPreference: UInt32?
    public var origin = RouteOrigin.igp
    public var communities: [Community] = []
    public var largeCommunities: [LargeCommunity] = []
    public var extendedCommunities: [UInt64] = []
    public var isAtomicAggregate = false
    /// AS number and address.
    public var aggregator: String?
    /// RFC 9234.
    public var onlyToCustomer: UInt32?
    /// Those without a name, as they are typed: `200:0a0b`.
    public var otherAttributes: [String] = []

    init(_ path: PathAttributes) {
        nextHop = path.nextHop
        asPath = path.fullASPath?.segments.flatMap(\.numbers) ?? []
        linkLocalNextHop = path.linkLocalNextHop
        asPathText = path.fullASPath?.description ?? ""
        isAtomicAggregate = path.isAtomicAggregate
        aggregator = path.aggregator.map { "\($0.autonomousSystem) \($0.address)" }
        med = path.med
        localPreference = path.localPreference
        origin = path.origin.flatMap { RouteOrigin(rawValue: $0.rawValue) } ?? .incomplete
        communities = path.communities.map { Community(rawValue: $0) }
        largeCommunities = path.largeCommunities.map {
            LargeCommunity(
                globalAdministrator: $0.globalAdministrator, localData1: $0.localData1,
                localData2: $0.localData2)
        }
        extendedCommunities = path.extendedCommunities
        onlyToCustomer = path.onlyToCustomer
        otherAttributes = path.raw.map { raw in
            "\(raw.type):"
                + raw.value.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
    }
}
