// SPDX-License-Identifier: Apache-2.0

import CLinux
import Logging
import Proxy

extension Controller {
    /// Tells of plane threads that do not move on. The service manager hears of us only while all do:
    /// others serve a stuck worker's listeners, but what it holds on to is never freed, and only a new
    /// process is rid of it.
    func superviseWorkers() {
        guard let parts else { return }
        let (events, stream) = parts.handles.supervise(
            nowMicroseconds: clinux_now_microseconds())
        for event in events { tell(of: event) }
        switch stream {
        case .stuck:
            logger.error("the thread of TCP does not move on: nothing is answered over TCP")
        case .recovered(let microseconds):
            logger.warning(
                "the thread of TCP moves on again, after \(microseconds / 1_000_000) s")
        case nil: break
        }
        guard notifier.watchdogIntervalMilliseconds != nil else { return }
        let isStuck =
            parts.handles.isStreamLoopStuck || parts.handles.workerStates.contains(where: \.isStuck)
        if !isStuck { notifier.watchdog() }
    }

    private func tell(of event: WorkerEvent) {
        let state = event.state
        switch event.change {
        case .stuck:
            let others = state.servedBy.map { "worker \($0)" }.joined(separator: ", ")
            let service =
                others.isEmpty
                ? "no worker is left to serve its clients"
                : "its clients are served by \(others)"
            let manager =
                notifier.watchdogIntervalMilliseconds == nil
                ? "" : "; the service manager is no longer told that we are well"
            logger.error("\(Self.words(of: state)); \(service)\(manager)")
        case .recovered(let microseconds):
            logger.warning(
                "worker \(state.index) moves on again, after \(microseconds / 1_000_000) s")
        }
    }

    /// `worker 0 (thread 4711) does not move on: deciding about queries, running`.
    static func words(of state: WorkerState) -> String {
        "worker \(state.index) (thread \(state.thread)) does not move on: \(state.activity), "
            + ThreadState(state.thread).words
    }

    func workerStatuses(_ parts: ControlParts) -> [StatusReport.Worker] {
        parts.handles.workerStates.map { state in
            StatusReport.Worker(
                name: "worker \(state.index)", thread: Int(state.thread),
                state: state.isStuck ? "stuck" : "ok", activity: "\(state.activity)",
                servedBy: state.servedBy.map { "worker \($0)" })
        } + [
            StatusReport.Worker(
                name: "tcp", thread: 0, state: parts.handles.isStreamLoopStuck ? "stuck" : "ok",
                activity: "", servedBy: [])
        ]
    }
}
