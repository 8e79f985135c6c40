// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import Declarations

/// The path attributes of a route, as they were typed.
///
/// `nil` means that nothing was typed: ExaBGP then sends ORIGIN igp, the local AS on external
/// sessions and nothing on internal ones, and LOCAL_PREF 100 on internal ones.
public struct ExaBGPAttributes: Hashable, Sendable {
    /// A part of an AS path, sent as typed.
    public enum PathSegment: Hashable, Sendable {
        case sequence([UInt32])
        case set([UInt32])
    }

    public struct Aggregator: Hashable, Sendable {
        public var asn: UInt32
        public var address: IPAddress
    }

    /// An attribute by its number (`attribute [ 0xCODE 0xFLAGS 0xDATA ]`).
    public struct Unparsed: Hashable, Sendable {
        public var code: UInt8
        public var flags: UInt8
        public var data: [UInt8]
    }

    public var origin: RouteOrigin?
    /// Empty for `as-path [ ]`.
    public var asPath: [PathSegment]?
    public var med: UInt32?
    public var localPreference: UInt32?
    public var atomicAggregate = false
    public var aggregator: Aggregator?
    /// In the order they were typed.
    public var communities: [Community] = []
    /// In the order they were typed, each once (RFC 8092 §6).
    public var largeCommunities: [LargeCommunity] = []
    /// Eight octets each (RFC 4360), in the order they were typed.
    public var extendedCommunities: [UInt64] = []
    public var originatorID: IPAddress?
    public var clusterList: [IPAddress] = []
    /// RFC 7311.
    public var aigp: UInt64?
    public var unparsed: [Unparsed] = []

    init() {}
}
