// SPDX-License-Identifier: Apache-2.0
//
// `wrandom`, `whashed` and `orderedWrandUntag`: the weights of the servers that may be chosen are
// laid end to end, and a number below their sum falls into one of them. While every score is 1 the
// numbers are dnsdist's own, its saturation at INT_MAX included. As soon as a server's score is less,
// everything is counted in 65 536ths, so that half of a weight of 1 is not lost.

import Synchronization

extension PlaneView {
    /// The number that decides: random, or a name's hash, of which there are 2^32 only.
    struct Draw {
        let value: UInt64
        let isHash: Bool

        static func random(_ value: UInt64) -> Draw { Draw(value: value, isHash: false) }
        static func hash(_ value: UInt32) -> Draw { Draw(value: UInt64(value), isHash: true) }

        /// A number for sums that may exceed 32 bits.
        var wide: UInt64 { isHash ? SelectionGenerator.mix(value &+ 1) : value }
        /// A number that does not tell where the first one fell.
        var second: UInt64 { SelectionGenerator.mix(value ^ 0x5851_f42d_4c95_7f2d) }
    }

    private struct Sum {
        /// Of the weights alone, saturating.
        var plain: UInt64 = 0
        /// Of weight times score in 65 536ths; 2^31 servers of full weight fit.
        var scaled: UInt64 = 0
        var count = 0
        var isScaled = false
    }

    /// One of the live servers, by weight times score; with a bound on the load, of those below it.
    func weighted(_ list: Ordinals, _ draw: Draw) -> Int32 {
        guard weightedBalancingFactor > 0 else {
            return weighted(list, draw) { _, _ in true }
        }
        return bounded(list, draw) { _, _ in true }
    }

    /// The same among those of ``UntaggedTier``.
    func lowestOrderUntagged(
        _ list: Ordinals, _ draw: Draw, _ state: UnsafeMutablePointer<QueryState>?
    ) -> Int32 {
        let tier = UntaggedTier(self, list, state)
        guard weightedBalancingFactor > 0 else {
            return weighted(list, draw) { tier.admits($0, $1, in: self) }
        }
        return bounded(list, draw) { tier.admits($0, $1, in: self) }
    }

    /// - Parameter admits: whether a live server, of which the ordinal is given too, may be chosen.
    @inline(__always)
    private func bounded(
        _ list: Ordinals, _ draw: Draw, _ admits: (ServerHandle, Int) -> Bool
    ) -> Int32 {
        let loadMax = loadMax(list, factor: weightedBalancingFactor, where: admits)
        let chosen = weighted(list, draw) {
            admits($0, $1) && Double($0.outstanding) <= loadMax * Double($0.weight)
        }
        // Loads moved between the passes: somebody is below the average of any one moment.
        return chosen == Self.none ? weighted(list, draw, admits) : chosen
    }

    @inline(__always)
    private func weighted(
        _ list: Ordinals, _ draw: Draw, _ admits: (ServerHandle, Int) -> Bool
    ) -> Int32 {
        let sum = sum(list, admits)
        guard sum.count > 0 else { return Self.none }
        // All scores 0: up all the same, so that each is as good as the other.
        let isUniform = sum.isScaled && sum.scaled == 0
        let total = isUniform ? UInt64(sum.count) : sum.isScaled ? sum.scaled : sum.plain
        let target = (sum.isScaled ? draw.wide : draw.value) % total
        var reached: UInt64 = 0
        var last = Self.none
        for position in 0..<list.count {
            let server = records[Int(list[position])]
            guard server.isUp, admits(server, Int(list[position])) else { continue }
            var share: UInt64 = 1
            if !isUniform {
                share = UInt64(server.weight)
                if sum.isScaled { share &*= UInt64(server.scaledScore) }
            }
            reached += share
            last = Int32(truncatingIfNeeded: position)
            if reached > target { return last }
        }
        // Weights shrank, or a server went down, between the two passes.
        return last
    }

    @inline(__always)
    private func sum(_ list: Ordinals, _ admits: (ServerHandle, Int) -> Bool) -> Sum {
        var sum = Sum()
        for position in 0..<list.count {
            let server = records[Int(list[position])]
            guard server.isUp, admits(server, Int(list[position])) else { continue }
            let weight = UInt64(server.weight)
            let score = server.scaledScore
            sum.count += 1
            sum.plain = min(sum.plain + weight, UInt64(ServerHandle.weightMax))
            sum.scaled &+= weight &* UInt64(score)
            if score != ServerHandle.scaledScoreMax { sum.isScaled = true }
        }
        return sum
    }
}
