// SPDX-License-Identifier: Apache-2.0

import Addressing

/// One worker's socket of a listener, bound.
struct BoundListener: Sendable {
    /// The same for all workers' sockets of one listener.
    let token: UInt64
    let descriptor: Int32
    /// What it is bound to, its port never 0.
    let endpoint: Endpoint
    /// The worker's own; the plane keeps them for longer than its workers run.
    let counters: ThreadFrontendCounters
}
