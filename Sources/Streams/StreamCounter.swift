// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What is counted about DNS over TCP beyond what every plane thread counts.
public enum StreamCounter: Int, CaseIterable, Sendable {
    case connections
    /// Closed at once: too many connections.
    case refusedByTotal
    /// Closed at once: too many of one address.
    case refusedByClient
    /// Closed for silence, or for a query that did not end.
    case idleCloses
    /// Closed for not taking their answers.
    case slowReaderCloses
    /// Queries given up after all retries.
    case givenUp
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
