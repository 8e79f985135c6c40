// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import Declarations

/// A route as control wants it toward one neighbour.
public typealias WantedRoute = RouteTerms

/// One difference to what control wanted before.
public struct WantedChange: Hashable, Sendable {
    public var prefix: IPPrefix
    /// `nil` is not wanted any more.
    public var route: WantedRoute?

    public init(prefix: IPPrefix, route: WantedRoute?) {
        self.prefix = prefix
        self.route = route
    }
}
