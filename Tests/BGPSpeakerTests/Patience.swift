// SPDX-License-Identifier: Apache-2.0

import Testing

/// Waits until `condition` holds; after `seconds` that is a failure, said with `what`.
func eventually(
    _ what: String, seconds: Double = 10, sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    let clock = ContinuousClock()
    let deadline = clock.now + .seconds(seconds)
    while clock.now < deadline {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(5))
    }
    Issue.record("not within \(seconds) s: \(what)", sourceLocation: sourceLocation)
}
