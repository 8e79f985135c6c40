// SPDX-License-Identifier: Apache-2.0

/// What a person says of a prefix against its checks and its rule (`pharos force`).
public struct RouteForce: Hashable, Sendable {
    /// Announced although the service is down; otherwise withdrawn although it is up. A drain, an
    /// address that is not on this host and a family that the neighbour lacks go above it.
    public var isUp: Bool
    /// The cause of what it changes.
    public var words: String

    public init(isUp: Bool, words: String) {
        self.isUp = isUp
        self.words = words
    }
}
