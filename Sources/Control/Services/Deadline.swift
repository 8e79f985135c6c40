// SPDX-License-Identifier: Apache-2.0

/// Waiting that ends: for work that may hang, on a way that must go on.
enum Deadline {
    /// Waits for `work` or for `limit`, whichever is first; returns whether the work was done. Work
    /// that was not goes on by itself.
    static func wait(_ limit: Duration, for work: @escaping @Sendable () async -> Void) async
        -> Bool
    {
        let (ends, continuation) = AsyncStream<Bool>.makeStream()
        Task.detached {
            await work()
            continuation.yield(true)
        }
        let timer = Task.detached {
            try await Task.sleep(for: limit)
            continuation.yield(false)
        }
        defer { timer.cancel() }
        for await isDone in ends { return isDone }
        return false
    }
}
