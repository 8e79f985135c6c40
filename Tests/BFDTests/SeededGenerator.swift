// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Random numbers that can be had again: SplitMix64, from `PHAROS_SEED` or the clock.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    /// Prints its seed, so that a failure can be repeated.
    static func announced(_ test: String = #function) -> SeededGenerator {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let given = getenv("PHAROS_SEED").flatMap { UInt64(String(cString: $0)) }
        let seed = given ?? UInt64(bitPattern: Int64(now.tv_nsec &+ now.tv_sec))
        print("\(test): PHAROS_SEED=\(seed)")
        return SeededGenerator(seed: seed)
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
