// SPDX-License-Identifier: Apache-2.0

/// A record's place in its ``ServerSlab``, and which of the place's tenants is meant.
public struct ServerID: Hashable, Sendable {
    public let index: UInt32
    public let generation: UInt32

    public init(index: UInt32, generation: UInt32) {
        self.index = index
        self.generation = generation
    }
}
