// SPDX-License-Identifier: Apache-2.0

/// What one check means for the routes that it gates.
public struct CheckGate: Hashable, Sendable {
    public enum Verdict: String, CaseIterable, Hashable, Sendable {
        /// No full streak yet: nothing is announced by it, what is announced waits for it.
        case unknown
        case up, down
        /// Its script fails: the route stays as it is. The check's own `errorGrace` bounds this, by
        /// turning into `down`.
        case error
        /// Taken out by a person: `whenDown` applies as it does to `down`, and it is no flap.
        case disabled
    }

    public var verdict: Verdict
    /// What follows "check NAME is": `rising 2/3`, `down: SERVFAIL`.
    public var words: String

    public init(_ verdict: Verdict, words: String) {
        self.verdict = verdict
        self.words = words
    }
}
