// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Where the loop leaves its latest status for other threads to read.
final class StatusBoard: Sendable {
    private let latest = Mutex(SpeakerStatus())

    var status: SpeakerStatus {
        get { latest.withLock { $0 } }
        set { latest.withLock { $0 = newValue } }
    }
}
