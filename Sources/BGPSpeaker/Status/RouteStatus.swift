// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import Declarations

/// One wanted route toward one neighbour, and what became of it.
public struct RouteStatus: Hashable, Sendable {
    public var prefix: IPPrefix
    public var neighbor: NeighborKey
    /// What the neighbour was sent last; `nil` when it has nothing of this prefix from us.
    public var sent: AnnouncedAttributes?
    /// When it was sent, seconds since 1970.
    public var sentUnixSeconds: Double?
    /// Why it is not sent, in an operator's words; `nil` when it is.
    public var reason: String?

    public var isAnnounced: Bool { sent != nil }
}
