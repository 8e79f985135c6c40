// SPDX-License-Identifier: Apache-2.0

extension NeighborStateMachine {
    /// Where our own attempts to connect stand.
    enum Attempt: Hashable, Sendable {
        case none
        /// The ConnectRetryTimer runs.
        case waiting
        case connecting
    }

    mutating func begin(_ nowMilliseconds: Int64) -> [Action] {
        isStarted = true
        guard !settings.isPassive else { return [] }
        // Whatever begins us anew, and however often: no two attempts within the minimum.
        let next = attemptMilliseconds.map { $0 + Int64(ReconnectBackOff.millisecondsMin) }
        guard let next, next > nowMilliseconds else { return connect(nowMilliseconds) }
        attempt = .waiting
        return [.arm(.connectRetry, milliseconds: Int(next - nowMilliseconds))]
    }

    mutating func connect(_ nowMilliseconds: Int64) -> [Action] {
        attempt = .connecting
        attemptMilliseconds = nowMilliseconds
        return [.connect]
    }

    /// Waits before the next attempt; the wait grows.
    mutating func retry(
        notBeforeMilliseconds: Int = 0, _ nowMilliseconds: Int64,
        _ generator: inout some RandomNumberGenerator
    ) -> [Action] {
        let wait = backOff.failed(nowMilliseconds: nowMilliseconds, using: &generator)
        guard !settings.isPassive else { return [] }
        attempt = .waiting
        return [.arm(.connectRetry, milliseconds: max(notBeforeMilliseconds, wait))]
    }

    /// One connection is good enough to need no other.
    mutating func endAttempt() -> [Action] {
        defer { attempt = .none }
        switch attempt {
        case .none: return []
        case .waiting: return [.disarm(.connectRetry)]
        case .connecting: return [.cancelAttempt]
        }
    }
}
