// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The time of day, for what people read. Timers never use it.
enum WallClock {
    static var unixSeconds: Double {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }
}
