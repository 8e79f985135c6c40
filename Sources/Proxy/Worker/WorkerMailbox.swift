// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
import Synchronization

/// What the plane's owner and one worker share: commands one way, signs of life the other.
final class WorkerMailbox: Sendable {
    /// The eventfd that the worker waits on.
    let wakeDescriptor: Int32
    /// Grows with each turn of the worker's loop.
    let heartbeats = Atomic<UInt64>(0)
    /// What the worker is about: a ``WorkerActivity``.
    let activity = Atomic<UInt8>(WorkerActivity.starting.rawValue)
    /// The kernel's number of the worker's thread, once it runs.
    let thread = Atomic<Int32>(0)
    private let commands = Mutex<[WorkerCommand]>([])
    private let closed = Mutex<[UInt64]>([])

    init() throws(PlaneError) {
        wakeDescriptor = clinux_wake_create()
        guard wakeDescriptor >= 0 else { throw .resources("eventfd", errno: -wakeDescriptor) }
    }

    deinit {
        close(wakeDescriptor)
    }

    /// Called by the worker, before it begins something.
    func note(_ activity: WorkerActivity) {
        self.activity.store(activity.rawValue, ordering: .relaxed)
    }

    func send(_ command: WorkerCommand) {
        commands.withLock { $0.append(command) }
        clinux_wake_signal(wakeDescriptor)
    }

    /// The commands since the last call, oldest first; called by the worker.
    func take() -> [WorkerCommand] {
        clinux_wake_clear(wakeDescriptor)
        return commands.withLock { pending in
            defer { pending.removeAll() }
            return pending
        }
    }

    /// The worker has closed its socket of a removed listener.
    func noteClosed(listener token: UInt64) {
        closed.withLock { $0.append(token) }
    }

    func takeClosed() -> [UInt64] {
        closed.withLock { tokens in
            defer { tokens.removeAll() }
            return tokens
        }
    }
}
