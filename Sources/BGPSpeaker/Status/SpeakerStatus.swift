// SPDX-License-Identifier: Apache-2.0

public import Declarations

/// A moment of the speaker.
public struct SpeakerStatus: Hashable, Sendable {
    /// In the order of the configuration.
    public var neighbors: [NeighborStatus] = []
    /// Since when the routes are in their `whenDown` state because control renews no lease,
    /// seconds since 1970; `nil` while it does.
    public var leaseLapsedUnixSeconds: Double?
    public var isShutDown = false

    public subscript(_ key: NeighborKey) -> NeighborStatus? {
        neighbors.first { $0.key == key }
    }
}
