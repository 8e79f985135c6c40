// SPDX-License-Identifier: Apache-2.0

import Declarations
import Logging
import Scripting

/// Faults of functions that control calls again and again: each is counted, and said when it is new,
/// when its words change, and once a minute while it goes on.
///
/// Confined to control's event loop.
final class FaultLog {
    /// A fault that goes on is said so often.
    private static let againAfter = Duration.seconds(60)
    /// Words that change with each fault are said at most so often.
    private static let changedAfter = Duration.seconds(1)

    private struct Said {
        var words: String
        var at: Duration
    }

    private let clock: ControlClock
    private let logger: Logger
    private var said: [String: Said] = [:]

    init(clock: ControlClock, logger: Logger) {
        self.clock = clock
        self.logger = logger
    }

    /// Logs that `what` failed, unless it was said lately.
    func note(_ fault: ScriptFault, of what: String, consequence: String = "") {
        let now = clock.now
        let words = fault.description
        if let last = said[what] {
            let wait = last.words == words ? Self.againAfter : Self.changedAfter
            guard now - last.at >= wait else { return }
        }
        said[what] = Said(words: words, at: now)
        logger.error(
            "\(what) failed\(consequence): \(words)",
            metadata: fault.traceback.isEmpty ? nil : ["traceback": "\(fault.traceback)"])
    }

    /// After a reload everything is news again.
    func reset() {
        said = [:]
    }
}
