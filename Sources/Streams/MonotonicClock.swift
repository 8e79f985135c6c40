// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// The clock of timeouts and rates.
enum MonotonicClock {
    static var microseconds: UInt64 { NIODeadline.now().uptimeNanoseconds / 1_000 }
}
