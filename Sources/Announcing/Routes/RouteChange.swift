// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import Declarations

/// One difference between what was wanted before an evaluation and after it.
public struct RouteChange: Sendable {
    public let prefix: IPPrefix
    let toward: RouteNeighbor
    /// What the neighbour was to be told; `nil` is nothing.
    public let before: WantedAnnouncement?
    public let after: WantedAnnouncement?
    let cause: String

    public var neighbor: NeighborKey { toward.key }

    /// What it is to a reader; `nil` when only what becomes of it without control changed.
    public var event: RouteEvent? {
        let key = RouteKey(prefix: prefix, neighbor: neighbor)
        switch (before, after) {
        case (nil, nil): return nil
        case (nil, let after?):
            return RouteEvent(.announced(after.attributes), route: key, cause: cause)
        case (_?, nil): return RouteEvent(.withdrawn, route: key, cause: cause)
        case (let before?, let after?):
            guard before.attributes != after.attributes else { return nil }
            return RouteEvent(
                .changed(from: before.attributes, to: after.attributes), route: key, cause: cause)
        }
    }
}
