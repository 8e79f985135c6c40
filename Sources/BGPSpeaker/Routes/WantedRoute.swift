// SPDX-License-Identifier: Apache-2.0

public import Declarations

/// A route as control wants it toward one neighbour.
public struct WantedRoute: Hashable, Sendable {
    public var attributes: RouteAttributes
    /// What the speaker does by itself when control's lease lapses.
    public var whenDown: WhenDown

    public init(attributes: RouteAttributes, whenDown: WhenDown = .withdraw) {
        self.attributes = attributes
        self.whenDown = whenDown
    }
}
