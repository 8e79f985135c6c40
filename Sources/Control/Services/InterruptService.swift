// SPDX-License-Identifier: Apache-2.0

import ServiceLifecycle
import UnixSignals

/// Ends the daemon at SIGINT: as SIGTERM does, but without asking for traffic to go first.
struct InterruptService: Service {
    let controller: Controller

    /// Returns at the signal, which takes the whole group down.
    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sigint)
        for await _ in signals.cancelOnGracefulShutdown() {
            controller.hurry()
            return
        }
    }
}
