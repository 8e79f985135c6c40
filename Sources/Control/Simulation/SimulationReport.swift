// SPDX-License-Identifier: Apache-2.0

/// What `pharos simulate --json` prints: stable names, more fields may come.
public struct SimulationReport: Codable, Sendable, Equatable {
    public struct Share: Codable, Sendable, Equatable {
        public var server: String
        public var order: Int
        public var weight: Int
        public var up: Bool
        public var queries: Int
        /// Of all queries of the scenario.
        public var percent: Double
        /// What the weights alone say, among the servers that got any.
        public var weightPercent: Double
    }

    public struct Scenario: Codable, Sendable, Equatable {
        /// `all up`, `order 1 down`, `down: NAME, …`.
        public var name: String
        public var shares: [Share]
        /// Queries for which there was no server.
        public var noServer: Int
        /// Queries that the fallback decided.
        public var fallbacks: Int
        /// The policy's newest fault, `FILE:LINE: message`; empty without one.
        public var fault: String
    }

    public struct Pool: Codable, Sendable, Equatable {
        public var pool: String
        public var policy: String
        /// `builtin`, `query` or `planned`.
        public var kind: String
        public var scenarios: [Scenario]
    }

    public var configuration = ""
    public var queries = 0
    public var seed: UInt64 = 0
    public var pools: [Pool] = []

    /// Whether some policy failed in some scenario.
    public var hasFaults: Bool {
        pools.contains { $0.scenarios.contains { !$0.fault.isEmpty } }
    }
}

extension SimulationReport {
    /// Columns of a bar for 100 %.
    private static let barWidth = 40

    /// Bar charts for a terminal, one for each scenario.
    public func rendered() -> String {
        var lines = ["\(configuration): \(queries) queries for each line-up, seed \(seed)"]
        for pool in pools {
            let name = pool.pool.isEmpty ? "the default pool" : "pool \(pool.pool)"
            lines += ["", "\(name), policy \(pool.policy) (\(pool.kind))"]
            for scenario in pool.scenarios { lines += [""] + rendered(scenario) }
        }
        return lines.joined(separator: "\n")
    }

    private func rendered(_ scenario: Scenario) -> [String] {
        var lines = ["  \(scenario.name)"]
        let width = scenario.shares.map(\.server.count).max() ?? 0
        for share in scenario.shares {
            let name = share.server + Self.spaces(width - share.server.count)
            let filled = Int((share.percent / 100 * Double(Self.barWidth)).rounded())
            let bar =
                String(repeating: "█", count: filled) + Self.spaces(Self.barWidth - filled)
            let state = share.up ? "    " : "down"
            let expected =
                share.queries > 0 ? "  by weight \(Self.percent(share.weightPercent))" : ""
            lines.append("    \(name) \(state) \(bar) \(Self.percent(share.percent))\(expected)")
        }
        if scenario.noServer > 0 { lines.append("    no server for \(scenario.noServer) queries") }
        if scenario.fallbacks > 0 {
            lines.append("    the fallback decided \(scenario.fallbacks) queries")
        }
        if !scenario.fault.isEmpty { lines.append("    \(scenario.fault)") }
        return lines
    }

    private static func spaces(_ count: Int) -> String {
        String(repeating: " ", count: max(0, count))
    }

    /// Five columns and the sign: ` 42.9 %`.
    private static func percent(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        let text = "\(tenths / 10).\(tenths % 10)"
        return spaces(5 - text.count) + text + " %"
    }
}
