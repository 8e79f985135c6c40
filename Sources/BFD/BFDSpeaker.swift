// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
public import Logging
import Synchronization

/// Holds BFD sessions on a thread of its own, which no script, no query and no BGP update can delay.
///
/// Every member may be called from any thread, and none waits for the speaker's.
public final class BFDSpeaker: Sendable {
    /// Owns what both sides see.
    final class Shared: Sendable {
        struct Orders {
            var sessions: [BFDPeer: BFDSettings]?
            var stopsAfterMicroseconds: UInt64?
            var onStopped: [@Sendable () -> Void] = []
        }

        let wake: Int32
        let orders = Mutex(Orders())
        let status = Mutex<[BFDStatus]>([])
        let onChange: @Sendable (BFDChange) -> Void
        let logger: Logger

        init(logger: Logger, onChange: @escaping @Sendable (BFDChange) -> Void) {
            wake = clinux_wake_create()
            self.logger = logger
            self.onChange = onChange
        }

        deinit {
            if wake >= 0 { close(wake) }
        }
    }

    private let shared: Shared
    /// Started with the first session: a host without BFD has no such thread.
    private let hasStarted = Mutex(false)

    /// `onChange` is called on the speaker's thread and must not block.
    public init(logger: Logger, onChange: @escaping @Sendable (BFDChange) -> Void) {
        shared = Shared(logger: logger, onChange: onChange)
    }

    /// Makes `sessions` the configured ones. Timers of those that stay change by a poll sequence; those
    /// that go say AdminDown first.
    public func configure(_ sessions: [BFDPeer: BFDSettings]) {
        hasStarted.withLock { started in
            guard started || !sessions.isEmpty else { return }
            shared.orders.withLock { $0.sessions = sessions }
            if !started { started = start() }
        }
        clinux_wake_signal(shared.wake)
    }

    /// The sessions as they were when last looked at by their thread, by address.
    public func status() -> [BFDStatus] { shared.status.withLock { $0 } }

    /// Tells every peer AdminDown, so that none takes our end for a failure (RFC 5882 §4.3); `done` is
    /// called once that is sent, at once without sessions. It is said twice more in the next
    /// `milliseconds`, for one packet may be lost; then the thread ends.
    public func shutdown(milliseconds: Int = 200, done: @escaping @Sendable () -> Void) {
        // The thread ends after this: who asks again has nothing to wait for.
        let isRunning = hasStarted.withLock { started in
            defer { started = false }
            return started
        }
        guard isRunning else { return done() }
        shared.orders.withLock { orders in
            orders.stopsAfterMicroseconds = UInt64(max(0, milliseconds)) * 1_000
            orders.onStopped.append(done)
        }
        clinux_wake_signal(shared.wake)
    }

    private func start() -> Bool {
        var thread: UInt64 = 0
        let context = Unmanaged.passRetained(shared)
        let result = clinux_thread_start(
            &thread, "pharos-bfd",
            { context in
                // Retained for this thread, never nil.
                let shared = Unmanaged<Shared>.fromOpaque(context!).takeRetainedValue()
                BFDLoop(shared).run()
                return nil
            }, context.toOpaque())
        guard result == 0 else {
            context.release()
            shared.logger.error("BFD: no thread: \(String(cString: strerror(-result)))")
            return false
        }
        pthread_detach(pthread_t(thread))
        return true
    }
}
