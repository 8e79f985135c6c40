// SPDX-License-Identifier: Apache-2.0

/// What one evaluation changed.
public struct AnnounceUpdate: Hashable, Sendable {
    /// Withdraws first, then by route.
    public let events: [RouteEvent]
    /// Whether the wanted routes are others than before, so that they are to be published.
    public let hasChanged: Bool
    /// When to evaluate again though no input changed; `nil` is never.
    public let nextDeadline: Duration?

    public init(events: [RouteEvent], hasChanged: Bool, nextDeadline: Duration?) {
        self.events = events
        self.hasChanged = hasChanged
        self.nextDeadline = nextDeadline
    }
}
