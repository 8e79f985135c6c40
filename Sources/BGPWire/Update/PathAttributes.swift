// SPDX-License-Identifier: Apache-2.0

public import Addressing

/// The attributes of a route as they are on the wire. The encoder sends what is set, no more:
/// whether a session gets LOCAL_PREF or which AS path is its caller's decision.
public struct PathAttributes: Hashable, Sendable {
    public enum Origin: UInt8, Hashable, Sendable {
        case igp = 0
        case egp = 1
        case incomplete = 2
    }

    /// AGGREGATOR (RFC 4271 §5.1.7).
    public struct Aggregator: Hashable, Sendable, CustomStringConvertible {
        public let autonomousSystem: UInt32
        /// IPv4.
        public let address: IPAddress

        public init(autonomousSystem: UInt32, address: IPAddress) {
            self.autonomousSystem = autonomousSystem
            self.address = address
        }

        public var description: String { "\(autonomousSystem) \(address)" }
    }

    public var origin: Origin?
    public var asPath: ASPath?
    /// NEXT_HOP for IPv4 prefixes, unless it is an IPv6 address (RFC 8950); MP_REACH_NLRI's for
    /// the others.
    public var nextHop: IPAddress?
    /// The second half of a next hop of 32 octets (RFC 2545 §3).
    public var linkLocalNextHop: IPAddress?
    public var med: UInt32?
    public var localPreference: UInt32?
    public var isAtomicAggregate = false
    public var aggregator: Aggregator?
    /// RFC 1997.
    public var communities: [UInt32] = []
    /// RFC 4360.
    public var extendedCommunities: [UInt64] = []
    /// RFC 8092.
    public var largeCommunities: [LargeCommunityValue] = []
    /// As received from a peer with 2-octet AS numbers (RFC 6793); derived when sending.
    public var as4Path: ASPath?
    public var as4Aggregator: Aggregator?
    /// ORIGINATOR_ID and CLUSTER_LIST of a route reflector (RFC 4456); never sent.
    public var originatorID: UInt32?
    public var clusterList: [UInt32] = []
    /// OTC (RFC 9234 §5): who sent the route downwards first.
    public var onlyToCustomer: UInt32?
    /// Optional transitive ones without a field above; by ascending type when sent.
    public var raw: [RawAttribute] = []

    public init() {}
}

extension PathAttributes: CustomStringConvertible {
    public var description: String {
        var words: [String] = []
        if let origin { words.append("origin \(origin)") }
        if let asPath { words.append("as-path [\(asPath)]") }
        if let nextHop { words.append("next-hop \(nextHop)") }
        if let linkLocalNextHop { words.append("link-local \(linkLocalNextHop)") }
        if let med { words.append("med \(med)") }
        if let localPreference { words.append("local-preference \(localPreference)") }
        if isAtomicAggregate { words.append("atomic-aggregate") }
        if let aggregator {
            words.append("aggregator \(aggregator)")
        }
        if !communities.isEmpty {
            let list = communities.map { "\($0 >> 16):\($0 & 0xffff)" }
            words.append("communities [\(list.joined(separator: " "))]")
        }
        if !extendedCommunities.isEmpty {
            let list = extendedCommunities.map { "0x" + String($0, radix: 16) }
            words.append("extended-communities [\(list.joined(separator: " "))]")
        }
        if !largeCommunities.isEmpty {
            let list = largeCommunities.map(\.description)
            words.append("large-communities [\(list.joined(separator: " "))]")
        }
        if let as4Path { words.append("as4-path [\(as4Path)]") }
        if let as4Aggregator { words.append("as4-aggregator \(as4Aggregator)") }
        if let originatorID { words.append("originator \(IPAddress(v4: originatorID))") }
        if !clusterList.isEmpty {
            let list = clusterList.map { IPAddress(v4: $0).description }
            words.append("clusters [\(list.joined(separator: " "))]")
        }
        if let onlyToCustomer { words.append("only-to-customer \(onlyToCustomer)") }
        words += raw.map(\.description)
        return words.joined(separator: " ")
    }
}
