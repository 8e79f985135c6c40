// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

/// Real servers in three tiers, and in front of them a ``DaemonPair`` for each published policy.
final class LineUp {
    /// Two servers in the first tier, three to one; one each in the second and the third.
    private static let tiers = [
        (name: "a1", order: 1, weight: 30), (name: "a2", order: 1, weight: 10),
        (name: "b1", order: 2, weight: 10), (name: "c1", order: 3, weight: 10),
    ]

    private let ports: [String: UInt16]
    private var running: [String: KnotServer] = [:]
    private var pairs: [(policy: PublishedPolicy, pair: DaemonPair)] = []

    init() throws {
        var ports: [String: UInt16] = [:]
        for server in Self.tiers { ports[server.name] = try FreePorts.next() }
        self.ports = ports
    }

    func startDaemons() async throws {
        let servers = Self.tiers.map {
            // Every name has a port by the loop above.
            DaemonPair.declaration(
                $0.name, port: ports[$0.name]!, order: $0.order, weight: $0.weight)
        }.joined()
        for policy in PublishedPolicy.allCases {
            pairs.append(
                (
                    policy,
                    try await DaemonPair(policy.text + servers, probed: Self.tiers.map(\.name))
                ))
        }
    }

    /// Starts or kills servers, and waits until all daemons have noticed.
    func set(_ names: [String], isUp: Bool) async throws {
        for name in names {
            if isUp {
                running[name] = try await KnotServer(name: name, port: ports[name])
            } else {
                await running.removeValue(forKey: name)?.kill()
            }
        }
        for (_, pair) in pairs { try await pair.wait(for: names, isUp: isUp) }
    }

    /// Expects the same tiers of both daemons, whatever server of a tier it is.
    func compare(
        _ step: String, queries: Int = 40, _ expected: (PublishedPolicy) -> Set<String>
    ) async throws {
        for (policy, pair) in pairs {
            let wanted = expected(policy)
            // Forty of two equal weights miss one of them once in 10^12 times.
            _ = try await pair.answers(queries, "\(step), \(policy)") {
                Self.tiers(of: $0) == wanted
            }
        }
    }

    /// Expects a server's share of 400 queries within five standard deviations, on both.
    func compareShares(
        of server: String, expected: Double, _ policies: Set<PublishedPolicy>
    ) async throws {
        let count = 400
        let deviation = (Double(count) * expected * (1 - expected)).squareRoot()
        for (policy, pair) in pairs where policies.contains(policy) {
            _ = try await pair.answers(count, "\(server)'s share, \(policy)") {
                abs(Double($0[server] ?? 0) - Double(count) * expected) < 5 * deviation
            }
        }
    }

    /// With the first tier gone, the old orderedLeastOutstanding asks the third tier as soon as the
    /// second is busy; a thousand queries are more than all probes of all daemons meanwhile.
    func expectTheThirdTierAskedUnderLoad() async throws {
        for (policy, pair) in pairs where policy == .orderedLeastOutstanding {
            for port in [pair.ports.dnsdist, pair.ports.pharos] {
                let before = try await running["c1"]?.queryCount() ?? 0
                let load = try Dnsperf(
                    server: "127.0.0.1", port: port, seconds: 1, queriesPerSecond: nil)
                _ = try await load.result()
                let after = try await running["c1"]?.queryCount() ?? 0
                let daemon = port == pair.ports.pharos ? "Pharos" : "dnsdist"
                #expect(after - before > 1_000, "\(daemon): \(after - before)")
            }
        }
    }

    func stop() async {
        for (_, pair) in pairs { await pair.stop() }
        for server in running.values { await server.stop() }
    }

    /// "a" for a1 and a2; other words, like "no answer", as they are.
    private static func tiers(of answers: [String: Int]) -> Set<String> {
        Set(answers.keys.map { $0.count == 2 ? String($0.prefix(1)) : $0 })
    }
}
