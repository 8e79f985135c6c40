// SPDX-License-Identifier: Apache-2.0

import Declarations

/// A cache's declaration as plane threads read it: plain numbers, and one pointer to the options.
struct CacheSettings {
    let maxTTL: UInt32
    let minTTL: UInt32
    let temporaryFailureTTL: UInt32
    let staleTTL: UInt32
    let maxNegativeTTL: UInt32
    let truncatedTTL: UInt32
    let ages: Bool
    let answerBytesMax: Int
    /// Bounded by ``CacheSettings/entriesMost``.
    let entriesMax: Int
    let skippedOptions: UnsafeMutableBufferPointer<UInt16>

    /// 2^26 entries of an answer each are more memory than such a host has.
    static let entriesMost = 1 << 26
    /// Client subnet (RFC 7871).
    private static let clientSubnet: UInt16 = 8

    /// Allocates; the owner calls ``deallocate()``.
    init(_ declaration: PacketCacheDeclaration) {
        maxTTL = declaration.maxTTL
        minTTL = declaration.minTTL
        temporaryFailureTTL = declaration.temporaryFailureTTL
        staleTTL = declaration.staleTTL
        maxNegativeTTL = declaration.maxNegativeTTL
        truncatedTTL = declaration.truncatedTTL
        ages = !declaration.dontAge
        answerBytesMax = min(max(declaration.entryBytesMax, 0), Int(UInt16.max))
        entriesMax = min(max(declaration.entriesMax, 1), Self.entriesMost)
        var skipped = declaration.skippedOptions
        if declaration.parsesClientSubnet { skipped.remove(Self.clientSubnet) }
        skippedOptions = .allocate(capacity: skipped.count)
        _ = skippedOptions.initialize(from: skipped)
    }

    func deallocate() { skippedOptions.deallocate() }

    func skips(option code: UInt16) -> Bool {
        for skipped in skippedOptions where skipped == code { return true }
        return false
    }
}
