// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

/// The time of day, for what people read. Timers never use it.
enum WallClock {
    // Not clock_gettime: beside NIO's own C module the compiler is not sure whose `timespec` it is.
    static var unixSeconds: Double { Date.now.timeIntervalSince1970 }
}
