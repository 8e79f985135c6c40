// SPDX-License-Identifier: Apache-2.0

/// What a speaker is to its neighbour (RFC 9234 §4.1).
public enum Role: UInt8, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    case provider = 0
    case routeServer = 1
    case routeServerClient = 2
    case customer = 3
    case peer = 4

    /// Whether a neighbour of role `other` is the other end of ours (RFC 9234 §4.2, Table 2).
    public func fits(_ other: Role) -> Bool {
        switch self {
        case .provider: other == .customer
        case .customer: other == .provider
        case .routeServer: other == .routeServerClient
        case .routeServerClient: other == .routeServer
        case .peer: other == .peer
        }
    }

    /// Whether what we send is marked as going no further up: to customers, peers and clients of
    /// a route server (RFC 9234 §5).
    public var marksWhatItSends: Bool {
        switch self {
        case .provider, .routeServer, .peer: true
        case .customer, .routeServerClient: false
        }
    }

    public var description: String {
        switch self {
        case .provider: "provider"
        case .routeServer: "rs"
        case .routeServerClient: "rs-client"
        case .customer: "customer"
        case .peer: "peer"
        }
    }
}
