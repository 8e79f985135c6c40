// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestPeers
import Testing

extension Scenarios {
    /// Would catch: an answer that a client of Pharos gets and one of the installed dnsdist (1.7.3)
    /// with the same file and the same servers does not, in any section, flag or option.
    struct MixedQueryTests {
        private static let count = 5_000

        private static var seed: UInt64 {
            ProcessInfo.processInfo.environment["PHAROS_SEED"].flatMap { UInt64($0) } ?? 4
        }

        @Test(arguments: [false, true])
        func fiveThousandMixedQueriesAreAnsweredAsByDnsdist(cached: Bool) async throws {
            let servers = try await MixedServers()
            let pair = try await DaemonPair(
                servers.configuration(cached: cached), probed: ["authority", "resolver", "subnet"])
            try await pair.wait(for: ["authority", "resolver", "subnet"], isUp: true)
            var generator = MixedQueries(seed: Self.seed)
            let queries = generator.make(Self.count)
            let comparison = MixedComparison(
                ports: (pair.ports.dnsdist, pair.ports.pharos), ttlTolerance: cached ? 30 : 1)
            for pass in cached ? ["filling", "cached"] : ["forwarded"] {
                let result = await comparison.run(queries)
                print(
                    "mixed queries, \(pass), seed \(Self.seed): \(result.equal) of \(Self.count)",
                    "alike (\(result.droppedByBoth) dropped by both)")
                for difference in KnownDifference.all {
                    let count = result.known[difference.name] ?? 0
                    print("  \(count) \(difference.name): \(difference.why)")
                }
                let unlisted = result.unknown.prefix(20).joined(separator: "\n")
                #expect(
                    result.unknown.isEmpty, "\(result.unknown.count) not listed:\n\(unlisted)")
                #expect(result.equal + result.known.values.reduce(0, +) == Self.count)
                // The run must have met every sort of query.
                #expect(result.kinds.count >= 40, "\(result.kinds)")
            }
            await pair.stop()
            await servers.stop()
        }
    }
}
