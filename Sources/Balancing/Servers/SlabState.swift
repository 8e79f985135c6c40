// SPDX-License-Identifier: Apache-2.0

public import Synchronization

/// What all records of one slab share.
public struct SlabState: ~Copyable {
    /// Grows at each change of a record's health, forced state, score, weight or order, so that a
    /// plane VM knows when the copies of those in its server tables are old.
    public let stateEpoch = Atomic<UInt64>(1)
    /// The turn of `roundrobin`: one for all pools and transports, as in dnsdist.
    public let roundRobinTurn = Atomic<UInt64>(0)

    public init() {}
}
