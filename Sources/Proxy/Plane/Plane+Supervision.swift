// SPDX-License-Identifier: Apache-2.0
//
// A thread cannot be ended from outside without leaving its locks and memory as they happen to be, so
// a worker that is stuck stays where it is. But the kernel goes on giving its sockets their share of
// the queries, by the hash of the client's address: those clients would get no answer at all. Another
// worker of this process reads the same sockets by descriptors of its own until the first moves on.
// What that one had in flight is lost; the process is its service manager's to restart
// (Docs/decisions/0015).

import CLinux
import Glibc
import Synchronization

extension Plane {
    /// A listener of a stuck worker, read by another.
    struct Cover {
        let helper: Int
        /// The listener's at the helper.
        let token: UInt64
    }

    /// Looks whether every worker moves on, and has others serve the listeners of one that does not.
    /// Its owner calls it about once a second. Returns what has changed.
    public func supervise(nowMicroseconds: UInt64) -> [WorkerEvent] {
        guard !isStopped else { return [] }
        let beats = heartbeats
        var changes: [(worker: Int, change: BeatWatch.Change)] = []
        for worker in 0..<workers {
            if let change = watches[worker].look(beats[worker], nowMicroseconds: nowMicroseconds) {
                changes.append((worker, change))
            }
        }
        if !changes.isEmpty { arrangeCovers() }
        return changes.map { WorkerEvent(change: $0.change, state: state(of: $0.worker)) }
    }

    /// All workers, by index.
    public var workerStates: [WorkerState] { (0..<workers).map { state(of: $0) } }

    private func state(of worker: Int) -> WorkerState {
        let mailbox = mailboxes[worker]
        return WorkerState(
            index: worker, thread: mailbox.thread.load(ordering: .relaxed),
            activity: WorkerActivity(rawValue: mailbox.activity.load(ordering: .relaxed))
                ?? .starting,
            isStuck: watches[worker].isStuck,
            servedBy: Set(covers[worker].values.map(\.helper)).sorted())
    }

    /// Gives every listener of a stuck worker to one that moves on, and takes those back that are not
    /// needed any more.
    func arrangeCovers() {
        let helpers = (0..<workers).filter { !watches[$0].isStuck }
        for worker in 0..<workers {
            guard watches[worker].isStuck else {
                for cover in covers[worker].values {
                    mailboxes[cover.helper].send(.remove(token: cover.token))
                }
                covers[worker] = [:]
                continue
            }
            guard !helpers.isEmpty else { continue }
            for listener in serving {
                if let cover = covers[worker][listener.token] {
                    guard watches[cover.helper].isStuck else { continue }
                    mailboxes[cover.helper].send(.remove(token: cover.token))
                }
                // The stuck worker closes its own when it is told to, which is after it moves on.
                let copy = fcntl(listener.descriptors[worker], F_DUPFD_CLOEXEC, 0)
                guard copy >= 0 else { continue }
                let helper = helpers[covers[worker].count % helpers.count]
                let token = takeToken()
                mailboxes[helper].send(
                    .add(
                        BoundListener(
                            token: token, descriptor: copy, endpoint: listener.endpoint,
                            counters: frontends[listener.endpoint].counters(thread: helper))))
                covers[worker][listener.token] = Cover(helper: helper, token: token)
            }
        }
    }

    /// Runs something on a worker's thread, between two batches: how tests make one stand still.
    package func execute(onWorker worker: Int, _ body: @escaping @Sendable () -> Void) {
        mailboxes[worker].send(.call(body))
    }
}
