// SPDX-License-Identifier: Apache-2.0

/// A packet cache (`newPacketCache`): dnsdist's options under its names, its defaults.
///
/// Pools name it by its position in ``DeclaredConfiguration/caches``; several may share one.
public struct PacketCacheDeclaration: Hashable, Sendable {
    public var entriesMax: Int
    /// Seconds, all of them.
    public var maxTTL: UInt32 = 86_400
    public var minTTL: UInt32 = 0
    public var temporaryFailureTTL: UInt32 = 60
    public var staleTTL: UInt32 = 60
    public var maxNegativeTTL: UInt32 = 3_600
    public var truncatedTTL: UInt32 = 0
    public var dontAge = false
    public var keepsStaleData = false
    /// Whether a client's subnet is part of the key (`parseECS`).
    public var parsesClientSubnet = false
    /// Octets of the largest answer that is kept.
    public var entryBytesMax = 4_096
    /// EDNS options that do not matter to the key.
    public var skippedOptions: Set<UInt16> = [10]
    public var location: SourceLocation

    public init(entriesMax: Int, location: SourceLocation) {
        self.entriesMax = entriesMax
        self.location = location
    }
}
