// SPDX-License-Identifier: Apache-2.0

/// What one run of a check said: three verdicts, not two (DESIGN §3.2).
public enum CheckOutcome: Hashable, Sendable {
    /// `score` is 1 unless the script gave one, in 0…1.
    case up(score: Double, detail: String)
    /// `isHard` when a connection was refused or reset or a process was missing: an event that
    /// `hardFail = "confirm"` may act on at once.
    case down(detail: String, isHard: Bool)
    /// The check failed to say: the last verdict stands, for `errorGrace`.
    case error(ScriptFault)

    /// It was cut off because it used up its processor time.
    public var usedUpBudget: Bool {
        if case .error(let fault) = self { fault.usedUpBudget } else { false }
    }
}
