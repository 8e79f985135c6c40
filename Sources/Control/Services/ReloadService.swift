// SPDX-License-Identifier: Apache-2.0

import ServiceLifecycle
import UnixSignals

/// Reloads at SIGHUP and SIGUSR1. Signals that come while a reload is under way ask for one more.
struct ReloadService: Service {
    let controller: Controller

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup, .sigusr1)
        for await _ in signals.cancelOnGracefulShutdown() {
            // The outcome is logged, kept for `status` and counted by the controller.
            _ = await controller.reload(force: false, dryRun: false)
        }
    }
}
