// SPDX-License-Identifier: Apache-2.0

import Announcing
import Declarations

extension Controller {
    /// One helper as `pharos status` shows it.
    func helperStatus(_ runner: HelperRunner, _ parts: ControlParts) -> StatusReport.Helper {
        let figures = runner.figures
        return StatusReport.Helper(
            name: runner.name, command: runner.declaration.arguments.joined(separator: " "),
            running: figures.isRunning, processID: Int(figures.processID),
            since: parts.clock.timestamp(at: figures.since), restarts: max(0, figures.starts - 1),
            commands: figures.commands, errors: figures.errors, lastError: figures.lastError,
            routes: parts.announcer.helperRoutes.count(of: runner.name), dropped: figures.dropped)
    }
}
