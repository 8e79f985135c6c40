// SPDX-License-Identifier: Apache-2.0

import Scripting
import Synchronization

/// Keeps what scripts log.
final class LogLines: Sendable {
    private let lines = Mutex<[ScriptLogLine]>([])

    var all: [ScriptLogLine] { lines.withLock { $0 } }

    func append(_ line: ScriptLogLine) {
        lines.withLock { $0.append(line) }
    }
}
