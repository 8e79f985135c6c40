// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

extension Scenarios {
    /// Would catch: a first look that shows nothing, or that does not end when it was told to.
    struct DemonstrationTests {
        @Test func itShowsQueriesHealthAndTheRouteAndEnds() async throws {
            let demo = try ChildProcess(try PharosDaemon.binary(), ["demo", "--seconds", "15"])
            #expect(try await demo.waitForExit(withinSeconds: 30) == 0, "\(demo.output)")
            let text = demo.standardOutput
            let story = [
                "dig @127.0.0.1", "192.0.2.53/32 med 100", "kill dns1", "server dns1: down",
                "192.0.2.53/32 med 500", "kill dns3", "check service: down",
                "router's table: empty", "revive dns1", "192.0.2.53/32",
            ]
            var rest = text[...]
            for event in story {
                let found = try #require(
                    rest.firstRange(of: event), "no '\(event)' after:\n\(text)")
                rest = rest[found.upperBound...]
            }
            #expect(!text.contains("\u{1b}"), "escape sequences without a terminal")
        }
    }
}
