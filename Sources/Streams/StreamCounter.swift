// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What is counted about DNS over TCP as a whole.
public enum StreamCounter: Int, CaseIterable, Sendable {
    case connections
    /// Closed at once: not in the access list.
    case aclDrops
    /// Closed at once: too many connections.
    case refusedByTotal
    /// Closed at once: too many of one address.
    case refusedByClient
    case idleCloses
    /// Closed for not taking their answers.
    case slowReaderCloses
    case queries
    /// Messages that are no query: the connection is closed.
    case malformedQueries
    case ruleDrops
    /// Answers that we gave ourselves.
    case selfAnswered
    /// Answers of servers that reached the client's connection.
    case responses
    /// Queries for which the policy had no server.
    case noServer
    /// Queries given up after all retries.
    case givenUp
    /// Queries that a server did not answer in time.
    case downstreamTimeouts
}

/// The counters, written by the stream loop and read by anyone.
final class StreamCounterTable: Sendable {
    // A fixed array of atomics has no `Sendable` spelling; each is used through its own class.
    private final class Cell: Sendable {
        let value = Atomic<UInt64>(0)
    }

    private let cells = StreamCounter.allCases.map { _ in Cell() }

    func add(_ counter: StreamCounter) {
        cells[counter.rawValue].value.wrappingAdd(1, ordering: .relaxed)
    }

    func value(_ counter: StreamCounter) -> UInt64 {
        cells[counter.rawValue].value.load(ordering: .relaxed)
    }
}
