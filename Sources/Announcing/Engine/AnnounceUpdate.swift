// SPDX-License-Identifier: Apache-2.0

/// What one evaluation changed.
public struct AnnounceUpdate: Sendable {
    /// The difference to what was wanted before, for who publishes it. Withdraws first, then by route.
    public let changes: [RouteChange]
    /// Whether the wanted routes are others than before, so that they are to be published.
    public let hasChanged: Bool
    /// When to evaluate again though no input changed; `nil` is never.
    public let nextDeadline: Duration?

    public init(changes: [RouteChange] = [], hasChanged: Bool, nextDeadline: Duration?) {
        self.changes = changes
        self.hasChanged = hasChanged
        self.nextDeadline = nextDeadline
    }

    /// The changes for who reads them, made when they are asked for.
    public var events: [RouteEvent] { changes.compactMap(\.event) }
}
