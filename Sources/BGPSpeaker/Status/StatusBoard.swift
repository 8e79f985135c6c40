// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import Synchronization

/// Where the loop leaves its latest status for other threads to read.
final class StatusBoard: Sendable {
    private struct Latest {
        var status = SpeakerStatus()
        /// Goes on when a session's state, or what is watched of it, is another.
        var sessionsVersion: UInt64 = 0
    }

    private let latest = Mutex(Latest())

    var status: SpeakerStatus {
        get { latest.withLock { $0.status } }
        set {
            latest.withLock {
                if !Self.haveSameSessions($0.status, newValue) { $0.sessionsVersion += 1 }
                $0.status = newValue
            }
        }
    }

    var sessionsVersion: UInt64 { latest.withLock { $0.sessionsVersion } }

    private static func haveSameSessions(_ one: SpeakerStatus, _ other: SpeakerStatus) -> Bool {
        one.neighbors.count == other.neighbors.count
            && zip(one.neighbors, other.neighbors).allSatisfy {
                $0.state == $1.state && $0.sinceUnixSeconds == $1.sinceUnixSeconds
                    && $0.key == $1.key && $0.watches == $1.watches
            }
    }
}
