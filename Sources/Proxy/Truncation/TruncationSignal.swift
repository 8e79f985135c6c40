// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// How a worker tells the thread of TCP that a server truncated, so that a connection is there when
/// the client asks again (Docs/decisions/0016).
public final class TruncationSignal: Sendable {
    private let observer = Mutex<(@Sendable () -> Void)?>(nil)

    public init() {}

    /// Calls `body` on a worker's thread, once for each server and time that its connection lasts;
    /// `nil` for nobody. It may take memory and locks, and must not wait.
    public func observe(_ body: (@Sendable () -> Void)?) {
        observer.withLock { $0 = body }
    }

    /// Called by a worker, after it has marked the server.
    func raise() {
        observer.withLock { $0 }?()
    }
}
