// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Proxy

/// Catches a thread called stuck that is only idle or slept with the whole machine, and one that is
/// stuck and not noticed.
@Suite struct BeatWatchTests {
    private static let second: UInt64 = 1_000_000

    /// Looks at a beat each second; gives the changes by their second.
    private func changes(_ beats: [UInt64]) -> [Int: BeatWatch.Change] {
        var watch = BeatWatch()
        var changes: [Int: BeatWatch.Change] = [:]
        for (index, beat) in beats.enumerated() {
            let now = Self.second * UInt64(100 + index)
            changes[index] = watch.look(beat, nowMicroseconds: now)
        }
        return changes
    }

    @Test func twoLooksWithoutABeatAreStuckAndTheNextBeatRecovers() {
        #expect(
            changes([1, 2, 3, 3, 3, 3, 4, 5])
                == [4: .stuck, 6: .recovered(afterMicroseconds: 4 * Self.second)])
    }

    @Test func oneLookWithoutABeatIsNothing() {
        #expect(changes([1, 2, 2, 3, 3, 4, 4, 5]).isEmpty)
    }

    @Test func aThreadThatNeverBeganIsStuck() {
        #expect(changes([0, 0, 0]) == [2: .stuck])
    }

    @Test func looksInQuickSuccessionCountOnce() {
        var watch = BeatWatch()
        for step in 0..<100 {
            #expect(watch.look(7, nowMicroseconds: Self.second + UInt64(step) * 10_000) == nil)
        }
        #expect(!watch.isStuck)
    }
}
