// SPDX-License-Identifier: Apache-2.0

/// What a neighbour says of a prefix that is watched (`watchPrefixes`).
public enum WatchedPrefix: Hashable, Sendable {
    /// The session is down, or the neighbour has not said all it has to say yet (RFC 4724 §2).
    case unknown
    /// It has told us of nobody.
    case nobody
    /// What it announces to us; never a route of ours that came back.
    case announced(AnnouncedAttributes)
}
