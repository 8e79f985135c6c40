// SPDX-License-Identifier: Apache-2.0

public import Declarations

/// What a rule returned in its table: each key it named replaces the declared one.
public struct RouteAttributeChanges: Hashable, Sendable {
    public var nextHop: NextHop?
    public var med: UInt32?
    public var localPreference: UInt32?
    public var origin: RouteOrigin?
    public var asPathPrepend: Int?
    public var communities: [Community]?
    public var largeCommunities: [LargeCommunity]?
    public var extendedCommunities: [UInt64]?

    /// Changes nothing: what `true` means.
    public init() {}

    public func applied(to declared: RouteAttributes) -> RouteAttributes {
        var result = declared
        if let nextHop { result.nextHop = nextHop }
        if let med { result.med = med }
        if let localPreference { result.localPreference = localPreference }
        if let origin { result.origin = origin }
        if let asPathPrepend { result.asPathPrepend = asPathPrepend }
        if let communities { result.communities = communities }
        if let largeCommunities { result.largeCommunities = largeCommunities }
        if let extendedCommunities { result.extendedCommunities = extendedCommunities }
        return result
    }
}
