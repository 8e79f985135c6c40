// SPDX-License-Identifier: Apache-2.0

/// What is known of a check, or of one of its targets, at one moment: for status, rules and routes.
public struct CheckPosition: Hashable, Sendable {
    public var state: CheckStateMachine.State
    public var verdict: CheckStateMachine.Verdict
    /// When ``state`` last changed.
    public var since: Duration
    /// `2/3` while rising or falling, empty otherwise.
    public var progress: String
    /// From 0 to 1.
    public var score: Double
    public var detail: String
    /// What follows "check NAME is" in a reason.
    public var words: String
    public var lastGood: Duration?
    public var runs: UInt64
    public var failures: UInt64
    public var errors: UInt64
    public var flaps: UInt64
    /// Whether a person says so and not its runs.
    public var isForced = false

    public init(_ machine: CheckStateMachine) {
        state = machine.state
        verdict = machine.verdict
        since = machine.since
        progress = machine.progress
        score = machine.score
        detail = machine.detail
        words = machine.words
        lastGood = machine.lastGood
        runs = machine.runs
        failures = machine.failures
        errors = machine.errors
        flaps = machine.flaps
    }

    /// The position of a check as a whole, from that of its targets.
    public init(_ whole: TargetsStateMachine, of targets: [NamedMachine]) {
        state = whole.state
        verdict = whole.verdict
        since = whole.since
        progress = ""
        detail = whole.detail
        score = whole.score
        words = detail.isEmpty ? state.rawValue : "\(state.rawValue): \(detail)"
        lastGood = targets.compactMap(\.machine.lastGood).max()
        runs = targets.reduce(0) { $0 + $1.machine.runs }
        failures = targets.reduce(0) { $0 + $1.machine.failures }
        errors = targets.reduce(0) { $0 + $1.machine.errors }
        flaps = whole.flaps
    }
}
