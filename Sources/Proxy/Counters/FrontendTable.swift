// SPDX-License-Identifier: Apache-2.0

public import Addressing
import Synchronization

/// The counters of all listeners of one transport, by address. What a listener counted stays when a
/// reload takes it away, so that it goes on from there when it comes back.
public final class FrontendTable: Sendable {
    private let threads: Int
    private let known = Mutex<[Endpoint: FrontendCounters]>([:])

    /// - Parameter threads: how many count.
    public init(threads: Int) {
        self.threads = threads
    }

    /// The counters of a listener, which live as long as this table.
    public subscript(endpoint: Endpoint) -> FrontendCounters {
        known.withLock { known in
            if let counters = known[endpoint] { return counters }
            let made = FrontendCounters(threads: threads)
            known[endpoint] = made
            return made
        }
    }
}
