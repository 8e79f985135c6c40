// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import Declarations
import Logging
import Scripting

/// `pharos simulate`: who would get how much, offline.
public enum Simulation {
    public struct Options: Sendable {
        public var queries = 100_000
        /// `nil` for every pool that has servers.
        public var pool: String?
        /// Servers that are down in one more scenario, by name or address.
        public var down: [String] = []
        public var seed: UInt64 = 1
        public var settings: [String: String] = [:]

        public init() {}
    }

    /// Queries at most: beyond it the answer is no better.
    public static let queriesMax = 10_000_000

    /// Evaluates `source` and asks its policies.
    ///
    /// - Throws: ``DaemonError/configuration(_:)`` when it does not load, or names no such pool or
    ///   server.
    public static func run(
        _ source: ConfigurationSource, _ options: Options
    ) async throws(DaemonError) -> SimulationReport {
        guard (1...queriesMax).contains(options.queries) else {
            throw .request("--queries must be from 1 to \(queriesMax)")
        }
        var run = RunOptions(configuration: source, controlPath: "", logger: .init(label: "pharos"))
        run.settings = options.settings
        let node = run.nodeName
        let result = await BuilderThread.run(limit: .init(seconds: 600)) {
            () -> Result<SimulationReport, DaemonError> in
            do throws(DaemonError) {
                return .success(try simulate(source, node, options))
            } catch {
                return .failure(error)
            }
        }
        guard let result else { throw .configuration("\(source.name): not done after 600 s") }
        return try result.get()
    }

    private static func simulate(
        _ source: ConfigurationSource, _ node: String, _ options: Options
    ) throws(DaemonError) -> SimulationReport {
        let simulation: PolicySimulation
        do {
            let generation = try ScriptBuilder.build(
                path: source.name, text: source.text, settings: options.settings, nodeName: node,
                mode: .simulate, planeThreads: 1)
            simulation = try PolicySimulation(generation, seed: options.seed)
        } catch {
            throw .configuration("\(error)")
        }
        var report = SimulationReport()
        report.configuration = source.name
        report.queries = options.queries
        report.seed = options.seed
        let down = try ordinals(of: options.down, simulation.configuration)
        for (number, pool) in simulation.pools.enumerated() where !pool.ordinals.isEmpty {
            if let wanted = options.pool, wanted != pool.name { continue }
            report.pools.append(
                SimulationReport.Pool(
                    pool: pool.name, policy: pool.policy.name, kind: pool.policy.kindName,
                    scenarios: lineUps(pool, simulation, down).map {
                        scenario($0.name, down: $0.down, number, simulation, options.queries)
                    }))
        }
        if report.pools.isEmpty {
            throw .configuration(
                options.pool.map { "\(source.name): there is no pool '\($0)' with servers" }
                    ?? "\(source.name): it declares no server")
        }
        return report
    }

    private static func ordinals(
        of names: [String], _ configuration: DeclaredConfiguration
    ) throws(DaemonError) -> Set<Int> {
        var found: Set<Int> = []
        for name in names {
            let ordinals = configuration.servers.indices.filter {
                let server = configuration.servers[$0]
                return server.name == name || "\(server.address)" == name
                    || "\(server.address.address)" == name
            }
            guard !ordinals.isEmpty else { throw .request("--down: there is no server '\(name)'") }
            found.formUnion(ordinals)
        }
        return found
    }

    /// All up; each tier down in turn, and all up to it; what the command line says.
    private static func lineUps(
        _ pool: PoolLayout.Pool, _ simulation: PolicySimulation, _ down: Set<Int>
    ) -> [(name: String, down: Set<Int>)] {
        let servers = simulation.configuration.servers
        let orders = Set(pool.ordinals.map { servers[$0].order }).sorted()
        var result: [(name: String, down: Set<Int>)] = [("all up", [])]
        if orders.count > 1 {
            for order in orders {
                let members = pool.ordinals.filter { servers[$0].order == order }
                result.append(("order \(order) down", Set(members)))
            }
            for (index, last) in orders.enumerated().dropFirst().dropLast() {
                let members = pool.ordinals.filter { servers[$0].order <= last }
                let words = orders[...index].map { "\($0)" }.joined(separator: ", ")
                result.append(("orders \(words) down", Set(members)))
            }
        }
        if !down.isEmpty {
            let names = down.sorted().map { servers[$0].identity }.joined(separator: ", ")
            result.append(("down: \(names)", down))
        }
        return result
    }

    private static func scenario(
        _ name: String, down: Set<Int>, _ pool: Int, _ simulation: PolicySimulation, _ queries: Int
    ) -> SimulationReport.Scenario {
        for (ordinal, handle) in simulation.handles.enumerated() {
            handle.setUpStatus(!down.contains(ordinal))
        }
        simulation.plan()
        let outcome = simulation.run(queries: queries, pool: pool)
        let ordinals = simulation.pools[pool].ordinals
        let others = outcome.counts.indices.filter {
            outcome.counts[$0] > 0 && !ordinals.contains($0)
        }
        let chosen = outcome.counts.indices.filter { outcome.counts[$0] > 0 }
        let weights = chosen.reduce(0.0) { $0 + Double(simulation.handles[$1].weight) }
        let shares = (ordinals + others).map { ordinal in
            let handle = simulation.handles[ordinal]
            let count = outcome.counts[ordinal]
            return SimulationReport.Share(
                server: simulation.configuration.servers[ordinal].identity, order: handle.order,
                weight: handle.weight, up: handle.isUp, queries: count,
                percent: Double(count) / Double(queries) * 100,
                weightPercent: count > 0 ? Double(handle.weight) / weights * 100 : 0)
        }
        let faults = PolicyCounter.faults.reduce(0) { $0 + (outcome.counters[$1] ?? 0) }
        let fault = simulation.fault(pool: pool)?.description
        let isPlanned = simulation.pools[pool].policy.isPlanned
        return SimulationReport.Scenario(
            name: name, shares: shares, noServer: outcome.none,
            fallbacks: Int(outcome.counters[.fallbacks] ?? 0),
            fault: faults > 0 || isPlanned ? fault ?? "" : "")
    }
}

extension PolicyCounter {
    /// Those that tell of a policy at fault.
    static let faults: [PolicyCounter] = [.errors, .timeouts, .nonsense]
}
