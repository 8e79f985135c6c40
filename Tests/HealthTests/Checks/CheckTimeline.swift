// SPDX-License-Identifier: Apache-2.0

import Health

/// A check's history as a line of text, one step a second: `S` success, `F` failure, `E` error,
/// `D` the disable file appears, `G` it is gone, `.` nothing happens but time.
struct CheckTimeline {
    var machine: CheckStateMachine
    var now = Duration.zero
    private(set) var actions: [CheckStateMachine.Action] = []

    init(rise: Int = 3, fall: Int = 3, errorGrace: Duration = .seconds(60)) {
        machine = CheckStateMachine(
            thresholds: CheckThresholds(rise: rise, fall: fall, errorGrace: errorGrace), now: .zero)
    }

    /// Plays the steps and returns the states after each, as the initials of `letters`.
    @discardableResult
    mutating func play(_ steps: String) -> String {
        String(steps.map { step($0) })
    }

    private mutating func step(_ letter: Character) -> Character {
        now += .seconds(1)
        switch letter {
        case "S": actions.append(machine.record(.up(score: 1, detail: "ok"), now: now))
        case "F": actions.append(machine.record(.down(detail: "no answer"), now: now))
        case "E": actions.append(machine.record(.error(detail: "a.lua:3: nil"), now: now))
        case "D": actions.append(machine.setDisabled(true, cause: "file", now: now))
        case "G": actions.append(machine.setDisabled(false, cause: "file gone", now: now))
        default: actions.append(machine.advance(now: now))
        }
        return Self.letters[machine.state] ?? "?"
    }

    /// `r` and `f` are on the way, capitals are verdicts.
    static let letters: [CheckStateMachine.State: Character] = [
        .unknown: "?", .rising: "r", .up: "U", .falling: "f", .down: "D", .disabled: "X",
        .error: "E",
    ]
}
