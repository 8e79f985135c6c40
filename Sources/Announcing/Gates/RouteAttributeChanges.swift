// SPDX-License-Identifier: Apache-2.0

public import Declarations

/// What a rule returned in its table: each key it named replaces the declared one.
public struct RouteAttributeChanges: Hashable, Sendable {
    public var nextHop: NextHop?
    public var med: UInt32?
    public var localPreference: UInt32?
    public var origin: RouteOrigin?
    public var asPathPrepend: Int?
    /// `.some(nil)` goes back to the path that a session makes.
    public var asPath: [ASPathItem]??
    public var isAtomicAggregate: Bool?
    public var aggregator: RouteAggregator??
    public var communities: [Community]?
    public var largeCommunities: [LargeCommunity]?
    public var extendedCommunities: [UInt64]?
    public var otherAttributes: [TypedAttribute]?

    /// Changes nothing: what `true` means.
    public init() {}

    public func applied(to declared: RouteAttributes) -> RouteAttributes {
        var result = declared
        if let nextHop { result.nextHop = nextHop }
        if let med { result.med = med }
        if let localPreference { result.localPreference = localPreference }
        if let origin { result.origin = origin }
        if let asPathPrepend { result.asPathPrepend = asPathPrepend }
        if let asPath { result.asPath = asPath }
        if let isAtomicAggregate { result.isAtomicAggregate = isAtomicAggregate }
        if let aggregator { result.aggregator = aggregator }
        if let communities { result.communities = communities }
        if let largeCommunities { result.largeCommunities = largeCommunities }
        if let extendedCommunities { result.extendedCommunities = extendedCommunities }
        if let otherAttributes { result.otherAttributes = otherAttributes }
        return result
    }
}
