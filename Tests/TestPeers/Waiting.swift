// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Asks until there is an answer, at most so long; `otherwise` is what the error shows.
@discardableResult
public func eventually<Answer>(
    _ what: String, withinSeconds seconds: Double, otherwise: @autoclosure () -> String = "",
    everyMilliseconds: Int = 10, _ answer: () async throws -> Answer?
) async throws -> Answer {
    let start = ContinuousClock.now
    while true {
        if let found = try await answer() { return found }
        guard start.duration(to: .now) < .seconds(seconds) else {
            throw PeerError.timedOut(waitingFor: what, seconds: seconds, output: otherwise())
        }
        try await Task.sleep(for: .milliseconds(everyMilliseconds))
    }
}

/// Asks until it is so, at most so long.
public func eventually(
    _ what: String, withinSeconds seconds: Double, otherwise: @autoclosure () -> String = "",
    _ isSo: () async throws -> Bool
) async throws {
    try await eventually(what, withinSeconds: seconds, otherwise: otherwise()) {
        try await isSo() ? true : nil
    }
}
