// SPDX-License-Identifier: Apache-2.0

/// One worker as its plane's owner sees it.
public struct WorkerState: Hashable, Sendable {
    public let index: Int
    /// The kernel's number of its thread.
    public let thread: Int32
    public let activity: WorkerActivity
    public let isStuck: Bool
    /// The workers that read its listeners' queues meanwhile.
    public let servedBy: [Int]
}

/// A worker stopped moving on, or moves on again.
public struct WorkerEvent: Hashable, Sendable {
    public let change: BeatWatch.Change
    /// After the change.
    public let state: WorkerState
}
