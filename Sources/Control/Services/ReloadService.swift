// SPDX-License-Identifier: Apache-2.0

import ServiceLifecycle
import UnixSignals

/// Reloads at SIGHUP and SIGUSR1. It waits for no reload: the word to stop must find it listening.
struct ReloadService: Service {
    let controller: Controller

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup, .sigusr1)
        for await _ in signals.cancelOnGracefulShutdown() {
            // The outcome is logged, kept for `status` and counted by the controller.
            Task { await controller.reloadBySignal() }
        }
    }
}
