// SPDX-License-Identifier: Apache-2.0

import ServiceLifecycle
import UnixSignals

/// Ends the daemon at SIGINT: as SIGTERM does, but without asking for traffic to go first.
struct InterruptService: Service {
    let controller: Controller
    /// Takes the whole group down; once is as good as twice.
    let stop: @Sendable () async -> Void

    /// Returns when it is told to stop, not at the signal: the group would take that for a failure
    /// while it goes down already.
    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sigint)
        for await _ in signals.cancelOnGracefulShutdown() {
            controller.hurry()
            await stop()
        }
    }
}
