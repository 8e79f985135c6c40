// SPDX-License-Identifier: Apache-2.0

public import Addressing
internal import Synchronization

/// How many DNS queries our own probes sent to each server: who counts what a listener of ours got
/// takes these for nobody's.
public final class QueryTally: Sendable {
    /// Servers that are told apart: a script may ask any number, the listeners of a node are few.
    public static let serversMax = 1_024

    private let counts = Mutex<[Endpoint: UInt64]>([:])

    public init() {}

    /// Queries sent so far to those of the servers for which `isMeant` holds.
    public func sent(where isMeant: (Endpoint) -> Bool) -> UInt64 {
        counts.withLock { counts in
            counts.reduce(0) { isMeant($1.key) ? $0 &+ $1.value : $0 }
        }
    }

    func count(_ server: Endpoint) {
        counts.withLock { counts in
            guard counts.count < Self.serversMax || counts[server] != nil else { return }
            counts[server, default: 0] &+= 1
        }
    }
}
