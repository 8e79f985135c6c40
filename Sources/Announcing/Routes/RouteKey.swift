// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import Declarations

/// What a route is across reloads: its prefix, toward one neighbour.
public struct RouteKey: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let prefix: IPPrefix
    public let neighbor: NeighborKey

    public init(prefix: IPPrefix, neighbor: NeighborKey) {
        self.prefix = prefix
        self.neighbor = neighbor
    }

    public static func < (left: RouteKey, right: RouteKey) -> Bool {
        if left.prefix != right.prefix { return left.prefix < right.prefix }
        let (one, other) = (left.neighbor.endpoint, right.neighbor.endpoint)
        return (one.address, one.port, one.interface ?? "")
            < (other.address, other.port, other.interface ?? "")
    }

    public var description: String { "\(prefix) to \(neighbor)" }
}
