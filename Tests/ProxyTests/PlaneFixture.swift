// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import Declarations
import Glibc

@testable import Proxy

/// A slab, a cell and what publishes into it, for tests that need a snapshot or a whole plane.
final class PlaneFixture {
    var configuration = DeclaredConfiguration(path: "test.lua")
    let slab: ServerSlab
    let statistics: PolicyStatisticsTable
    let planeThreads: Int
    private(set) var handles: [ServerHandle] = []
    private var generation: UInt64 = 0
    private var cell: SnapshotCell?

    init(workers: Int = 1, servers: [Endpoint]) {
        planeThreads = workers + 1
        slab = ServerSlab(planeThreads: planeThreads)
        statistics = PolicyStatisticsTable(planeThreads: planeThreads)
        configuration.servers = servers.enumerated().map { index, endpoint in
            var server = ServerDeclaration(
                identity: "server\(index)", name: "server\(index)", address: endpoint,
                location: SourceLocation(file: "test.lua", line: index + 1))
            server.initialState = .up
            return server
        }
    }

    func snapshot() throws -> PlaneSnapshot {
        generation += 1
        handles = try slab.update(to: configuration.servers)
        return try PlaneSnapshot(
            configuration, generation: generation, handles: handles, slab: slab,
            statistics: statistics)
    }

    /// What control's timer does.
    func collect() -> Int {
        cell?.collect()
        return slab.collect()
    }

    /// A running plane with listeners on these endpoints.
    func plane(
        listening endpoints: [String], options: PlaneOptions = PlaneOptions(),
        truncations: TruncationSignal = TruncationSignal()
    ) throws -> Plane {
        var options = options
        options.workers = planeThreads - 1
        let cell = SnapshotCell(planeThreads: planeThreads, try snapshot())
        self.cell = cell
        let plane = try Plane(cell: cell, options: options, truncations: truncations)
        plane.commit(try plane.prepare(listeners: Self.listeners(endpoints)))
        return plane
    }

    static func listeners(_ endpoints: [String]) -> [ListenerDeclaration] {
        endpoints.compactMap { Endpoint($0, defaultPort: 0) }
            .map { ListenerDeclaration(endpoint: $0) }
    }

    static func endpoint(_ text: String, port: UInt16) -> Endpoint {
        // The tests write their addresses themselves.
        Endpoint(address: IPAddress(text)!, port: port)
    }
}

/// Waits until something holds, at most two seconds; a test then expects it.
func eventually(_ holds: () -> Bool) -> Bool {
    for _ in 0..<400 {
        if holds() { return true }
        usleep(5_000)
    }
    return holds()
}
