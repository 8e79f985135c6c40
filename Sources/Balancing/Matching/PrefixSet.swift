// SPDX-License-Identifier: Apache-2.0
//
// Prefixes become disjoint ranges of addresses, sorted, so that one binary search answers: an access
// list of a thousand prefixes costs ten comparisons, and the default one three.

public import Addressing

/// A set of prefixes that answers quickly whether an address is in one of them; owned by a snapshot.
public struct PrefixSet {
    let fourRanges: UnsafeMutableBufferPointer<ClosedRange<UInt32>>
    let sixRanges: UnsafeMutableBufferPointer<ClosedRange<UInt128>>

    /// Allocates; the owner calls ``deallocate()``.
    public init(_ prefixes: [IPPrefix]) {
        let fours = prefixes.filter { $0.address.family == .v4 }.map { prefix in
            let low = prefix.address.v4Bits
            let hosts = UInt32(truncatingIfNeeded: UInt64(1) << UInt64(32 - prefix.length)) &- 1
            return low...(low | hosts)
        }
        let sixes = prefixes.filter { $0.address.family == .v6 }.map { prefix in
            let low = prefix.address.allBits
            let hosts = prefix.length == 0 ? UInt128.max : (1 << UInt128(128 - prefix.length)) - 1
            return low...(low | hosts)
        }
        fourRanges = Self.store(fours)
        sixRanges = Self.store(sixes)
    }

    public func deallocate() {
        fourRanges.deallocate()
        sixRanges.deallocate()
    }

    /// An IPv4-mapped IPv6 address is looked up as the IPv4 address that it is.
    public func contains(_ address: IPAddress) -> Bool {
        if address.family == .v4 || address.isV4Mapped {
            return Self.search(fourRanges, for: address.v4Bits)
        }
        return Self.search(sixRanges, for: address.allBits)
    }

    private static func store<Bits>(
        _ ranges: [ClosedRange<Bits>]
    ) -> UnsafeMutableBufferPointer<ClosedRange<Bits>> {
        var merged: [ClosedRange<Bits>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound <= last.upperBound {
                merged[merged.count - 1] =
                    last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        let stored = UnsafeMutableBufferPointer<ClosedRange<Bits>>.allocate(capacity: merged.count)
        _ = stored.initialize(from: merged)
        return stored
    }

    @inline(__always)
    private static func search<Bits>(
        _ ranges: UnsafeMutableBufferPointer<ClosedRange<Bits>>, for bits: Bits
    ) -> Bool {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low &+ high) >> 1
            if ranges[middle].upperBound < bits { low = middle &+ 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].lowerBound <= bits
    }
}

extension IPAddress {
    fileprivate var allBits: UInt128 { UInt128(high) << 64 | UInt128(low) }
}
