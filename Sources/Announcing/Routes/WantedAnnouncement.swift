// SPDX-License-Identifier: Apache-2.0

public import Declarations

/// A route as it is to be at one neighbour, and what becomes of it when control hangs for good.
public struct WantedAnnouncement: Hashable, Sendable {
    public let attributes: RouteAttributes
    /// What the speaker applies when the lease lapses.
    public let whenDown: WhenDown

    public init(attributes: RouteAttributes, whenDown: WhenDown) {
        self.attributes = attributes
        self.whenDown = whenDown
    }
}
