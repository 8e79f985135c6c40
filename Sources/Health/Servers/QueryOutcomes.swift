// SPDX-License-Identifier: Apache-2.0

public import Declarations

/// What became of queries that a server was sent.
public struct QueryOutcomes: Hashable, Sendable {
    public var answers: UInt64
    /// Those of the answers that said SERVFAIL.
    public var serverFailures: UInt64
    /// Queries that were never answered, or could not be sent.
    public var losses: UInt64

    public init(answers: UInt64, serverFailures: UInt64, losses: UInt64) {
        self.answers = answers
        self.serverFailures = serverFailures
        self.losses = losses
    }

    /// All of them.
    public var count: Int { Int(clamping: answers &+ losses) }

    /// Those that count as failures.
    public func failures(_ mode: LazyHealthCheck.Mode) -> Int {
        switch mode {
        case .timeoutOnly: Int(clamping: losses)
        case .timeoutOrServFail: Int(clamping: losses &+ serverFailures)
        }
    }

    /// What was counted from `earlier` to this.
    public func since(_ earlier: QueryOutcomes) -> QueryOutcomes {
        QueryOutcomes(
            answers: answers &- min(earlier.answers, answers),
            serverFailures: serverFailures &- min(earlier.serverFailures, serverFailures),
            losses: losses &- min(earlier.losses, losses))
    }
}
