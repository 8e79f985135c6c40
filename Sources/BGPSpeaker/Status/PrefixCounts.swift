// SPDX-License-Identifier: Apache-2.0

/// What a neighbour has told us of one family. Nothing is imported.
public struct PrefixCounts: Hashable, Sendable {
    /// Prefixes in its announcements and in its withdraws, since the neighbour was configured; one
    /// that is announced twice counts twice.
    public var announced = 0
    public var withdrawn = 0
    /// Accepted: held now because they are watched.
    public var held = 0

    public init(announced: Int = 0, withdrawn: Int = 0, held: Int = 0) {
        self.announced = announced
        self.withdrawn = withdrawn
        self.held = held
    }
}
