// SPDX-License-Identifier: Apache-2.0

/// The path attributes that we know by name (IANA "BGP Path Attributes").
enum AttributeType: UInt8, Hashable, Sendable {
    case origin = 1
    case asPath = 2
    case nextHop = 3
    case multiExitDiscriminator = 4
    case localPreference = 5
    case atomicAggregate = 6
    case aggregator = 7
    case communities = 8
    case originatorID = 9
    case clusterList = 10
    case multiprotocolReach = 14
    case multiprotocolUnreach = 15
    case extendedCommunities = 16
    case as4Path = 17
    case as4Aggregator = 18
    case largeCommunities = 32
    case onlyToCustomer = 35

    static let optionalFlag: UInt8 = 0x80
    static let transitiveFlag: UInt8 = 0x40
    static let partialFlag: UInt8 = 0x20
    static let extendedLengthFlag: UInt8 = 0x10

    /// The optional and transitive bits that the attribute's own RFC gives it.
    var flags: UInt8 {
        switch self {
        case .origin, .asPath, .nextHop, .localPreference, .atomicAggregate:
            Self.transitiveFlag
        case .multiExitDiscriminator, .originatorID, .clusterList, .multiprotocolReach,
            .multiprotocolUnreach:
            Self.optionalFlag
        case .aggregator, .communities, .extendedCommunities, .as4Path, .as4Aggregator,
            .largeCommunities, .onlyToCustomer:
            Self.optionalFlag | Self.transitiveFlag
        }
    }

    /// Whether an error in it leaves the routes alone: what it says decides no route (RFC 7606
    /// §7.6 and §7.7, RFC 6793 §6).
    var isDiscardable: Bool {
        switch self {
        case .atomicAggregate, .aggregator, .as4Path, .as4Aggregator: true
        default: false
        }
    }

    var isMultiprotocol: Bool { self == .multiprotocolReach || self == .multiprotocolUnreach }

    var name: String {
        switch self {
        case .origin: "ORIGIN"
        case .asPath: "AS_PATH"
        case .nextHop: "NEXT_HOP"
        case .multiExitDiscriminator: "MULTI_EXIT_DISC"
        case .localPreference: "LOCAL_PREF"
        case .atomicAggregate: "ATOMIC_AGGREGATE"
        case .aggregator: "AGGREGATOR"
        case .communities: "COMMUNITIES"
        case .originatorID: "ORIGINATOR_ID"
        case .clusterList: "CLUSTER_LIST"
        case .multiprotocolReach: "MP_REACH_NLRI"
        case .multiprotocolUnreach: "MP_UNREACH_NLRI"
        case .extendedCommunities: "EXTENDED COMMUNITIES"
        case .as4Path: "AS4_PATH"
        case .as4Aggregator: "AS4_AGGREGATOR"
        case .largeCommunities: "LARGE_COMMUNITY"
        case .onlyToCustomer: "OTC"
        }
    }

    static func name(of type: UInt8) -> String {
        AttributeType(rawValue: type)?.name ?? "attribute \(type)"
    }
}
