// SPDX-License-Identifier: Apache-2.0

import Declarations
import Health

extension StatusReport.Check {
    init(name: String, _ position: CheckPosition, _ clock: ControlClock) {
        self.init(
            name: name, state: position.state.rawValue,
            since: clock.timestamp(at: position.since), progress: position.progress,
            score: position.score, detail: position.detail,
            lastGood: position.lastGood.map { clock.timestamp(at: $0) } ?? "",
            runs: position.runs, failures: position.failures, errors: position.errors,
            flaps: position.flaps)
    }
}

extension StatusReport.CheckTarget {
    init(_ target: CheckTarget, _ position: CheckPosition, _ clock: ControlClock) {
        self.init(
            name: target.name, target: target.text, state: position.state.rawValue,
            since: clock.timestamp(at: position.since), progress: position.progress,
            score: position.score, detail: position.detail,
            lastGood: position.lastGood.map { clock.timestamp(at: $0) } ?? "",
            runs: position.runs, failures: position.failures, errors: position.errors,
            flaps: position.flaps)
    }
}
