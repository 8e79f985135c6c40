// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// A token bucket that scripts ask (`newQPSLimiter`), one for all of their VMs. Any thread.
final class QueryRateLimiter: Sendable {
    private struct Bucket {
        var tokens: Double
        var filledNanoseconds: UInt64
    }

    private let perSecond: Double
    private let burst: Double
    private let bucket: Mutex<Bucket>

    /// - Parameter nowNanoseconds: of the monotonic clock, as `check` gets it later.
    init(perSecond: Int, burst: Int, nowNanoseconds: UInt64 = QueryRateLimiter.now()) {
        self.perSecond = Double(perSecond)
        self.burst = Double(burst)
        bucket = Mutex(Bucket(tokens: Double(burst), filledNanoseconds: nowNanoseconds))
    }

    /// Takes a token; false when there is none.
    func check(nowNanoseconds: UInt64 = QueryRateLimiter.now()) -> Bool {
        bucket.withLock { bucket in
            // Another thread may have read its clock later and come first.
            if nowNanoseconds > bucket.filledNanoseconds {
                let seconds = Double(nowNanoseconds - bucket.filledNanoseconds) / 1e9
                bucket.tokens = min(burst, bucket.tokens + seconds * perSecond)
                bucket.filledNanoseconds = nowNanoseconds
            }
            guard bucket.tokens >= 1 else { return false }
            bucket.tokens -= 1
            return true
        }
    }

    static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
