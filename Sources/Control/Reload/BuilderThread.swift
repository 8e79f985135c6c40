// SPDX-License-Identifier: Apache-2.0

import Declarations
import Glibc
import Synchronization

/// A thread of its own for work that may block: evaluating a configuration, which may read block
/// lists over NFS (DESIGN §4). Control waits for it without stopping, and not for ever.
enum BuilderThread {
    /// Wall clock for one evaluation: default 30 s. Real configurations load lists of some hundred
    /// thousand names in seconds; beyond half a minute an operator wants to hear about it.
    static let limitSeconds =
        ScriptLimits().loadMilliseconds * ScriptLimits.loadClockFactor / 1_000

    /// How long the work may take, which it may itself change while it goes on.
    final class Limit: Sendable {
        private let milliseconds: Atomic<Int>

        init(seconds: Int = BuilderThread.limitSeconds) {
            milliseconds = Atomic(seconds * 1_000)
        }

        var duration: Duration { .milliseconds(milliseconds.load(ordering: .relaxed)) }

        /// What the script said of its CPU time (`loadTime`).
        func setLoadTime(milliseconds: Int) {
            self.milliseconds.store(
                milliseconds * ScriptLimits.loadClockFactor, ordering: .relaxed)
        }
    }

    /// Runs `body` on a new thread and returns what it returns; `nil` when there is no thread to be
    /// had, or after the limit: the thread is left to itself then and what it returns is dropped.
    static func run<Value: Sendable>(
        limit: Limit = Limit(), _ body: @escaping @Sendable () -> Value
    ) async -> Value? {
        await withCheckedContinuation { (continuation: CheckedContinuation<Value?, Never>) in
            let answer = Answer(continuation)
            let timer = Task {
                let start = ContinuousClock.now
                // The script may have asked for more time, or less, meanwhile.
                while start.duration(to: .now) < limit.duration {
                    let left = limit.duration - start.duration(to: .now)
                    try await Task.sleep(for: min(left, .seconds(1)))
                }
                answer.give(nil)
            }
            let isStarted = spawn {
                answer.give(body())
                timer.cancel()
            }
            if !isStarted { answer.give(nil) }
        }
    }

    /// Starts a detached thread; false when the system has none to give (`EAGAIN`).
    private static func spawn(_ body: @escaping @Sendable () -> Void) -> Bool {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let argument = Unmanaged.passRetained(Work(body))
        var thread = pthread_t()
        let result = pthread_create(
            &thread, &attributes,
            { raw in
                // Every argument of this entry is the `Work` retained above.
                Unmanaged<Work>.fromOpaque(raw!).takeRetainedValue().body()
                return nil
            }, argument.toOpaque())
        if result != 0 { argument.release() }
        return result == 0
    }

    private final class Work: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }

    /// Resumes its continuation with whichever comes first.
    private final class Answer<Value: Sendable>: Sendable {
        private let waiting: Mutex<CheckedContinuation<Value?, Never>?>

        init(_ continuation: CheckedContinuation<Value?, Never>) {
            waiting = Mutex(continuation)
        }

        func give(_ value: Value?) {
            let first = waiting.withLock { waiting in
                defer { waiting = nil }
                return waiting
            }
            first?.resume(returning: value)
        }
    }
}
