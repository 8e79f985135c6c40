// SPDX-License-Identifier: Apache-2.0
//
// `wrandom` and `whashed`: the live servers' weights are laid end to end, and a number below their
// sum falls into one of them. While every score is 1 the numbers are dnsdist's own, its saturation at
// INT_MAX included. As soon as a live server's score is less, everything is counted in 65 536ths, so
// that half of a weight of 1 is not lost.

import Synchronization

extension PlaneView {
    private struct Sum {
        /// Of the weights alone, saturating.
        var plain: UInt64 = 0
        /// Of weight times score in 65 536ths; 2^31 servers of full weight fit.
        var scaled: UInt64 = 0
        var live = 0
        var isScaled = false
    }

    /// `whashed`. Many names must fall into the scaled sum, which may exceed 32 bits.
    func weighted(_ list: Ordinals, hash: UInt32) -> Int32 {
        let sum = sum(list)
        return pick(
            list, sum,
            draw: sum.isScaled ? SelectionGenerator.mix(UInt64(hash) &+ 1) : UInt64(hash))
    }

    /// `wrandom`.
    func weighted(_ list: Ordinals, draw: UInt64) -> Int32 {
        pick(list, sum(list), draw: draw)
    }

    private func sum(_ list: Ordinals) -> Sum {
        var sum = Sum()
        for position in 0..<list.count {
            let server = records[Int(list[position])]
            guard server.isUp else { continue }
            let weight = UInt64(server.weight)
            let score = server.record.pointee.scaledScore.load(ordering: .relaxed)
            sum.live += 1
            sum.plain = min(sum.plain + weight, UInt64(ServerHandle.weightMax))
            sum.scaled &+= weight &* UInt64(score)
            if score != ServerHandle.scaledScoreMax { sum.isScaled = true }
        }
        return sum
    }

    private func pick(_ list: Ordinals, _ sum: Sum, draw: UInt64) -> Int32 {
        guard sum.live > 0 else { return Self.none }
        // All scores 0: up all the same, so that each is as good as the other.
        let isUniform = sum.isScaled && sum.scaled == 0
        let total = isUniform ? UInt64(sum.live) : sum.isScaled ? sum.scaled : sum.plain
        let target = draw % total
        var reached: UInt64 = 0
        var last = Self.none
        for position in 0..<list.count {
            let server = records[Int(list[position])]
            guard server.isUp else { continue }
            var share: UInt64 = 1
            if !isUniform {
                share = UInt64(server.weight)
                if sum.isScaled {
                    share &*= UInt64(server.record.pointee.scaledScore.load(ordering: .relaxed))
                }
            }
            reached += share
            last = Int32(truncatingIfNeeded: position)
            if reached > target { return last }
        }
        // Weights shrank, or a server went down, between the two passes.
        return last
    }
}
