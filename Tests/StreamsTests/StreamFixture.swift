// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import Declarations
import Glibc
import NIOCore
import Streams

@testable import Proxy

/// A stream server on a loopback port, in front of servers that a test plays.
final class StreamFixture {
    var configuration = DeclaredConfiguration(path: "test.lua")
    let slab = ServerSlab(planeThreads: 1)
    let statistics = PolicyStatisticsTable(planeThreads: 1)
    let counters = PlaneCounters(planeThreads: 1)
    private(set) var handles: [ServerHandle] = []
    let cell: SnapshotCell
    let server: StreamServer
    let truncations = TruncationSignal()
    let endpoint: Endpoint
    private var generation: UInt64 = 1

    init(
        _ servers: [Endpoint], limits: StreamLimits = StreamLimits(),
        listen address: IPAddress = .loopbackV4,
        _ change: (inout DeclaredConfiguration) -> Void = { _ in }
    ) throws {
        configuration.servers = Self.declarations(servers)
        change(&configuration)
        handles = try slab.update(to: configuration.servers)
        for handle in handles { handle.setUpStatus(true) }
        cell = SnapshotCell(
            planeThreads: 1,
            try PlaneSnapshot(
                configuration, generation: 1, handles: handles, slab: slab,
                statistics: statistics))
        server = StreamServer(
            cell: cell, thread: 0, counters: counters, limits: limits, truncations: truncations)
        let prepared = try server.prepare([
            ListenerDeclaration(endpoint: Endpoint(address: address, port: 0))
        ])
        endpoint = prepared.endpoints[0]
        try server.commit(prepared)
    }

    static func declarations(_ servers: [Endpoint]) -> [ServerDeclaration] {
        servers.enumerated().map { number, endpoint in
            ServerDeclaration(
                identity: "s\(number)-\(endpoint.port)", name: "s\(number)", address: endpoint,
                location: SourceLocation(file: "test.lua", line: 1))
        }
    }

    /// What a worker does when this server's answer has TC.
    func truncate(_ server: Int) {
        let now = UInt64(NIODeadline.now().uptimeNanoseconds / 1_000)
        if handles[server].noteTruncated(nowMicroseconds: now) { truncations.raise() }
    }

    func reload(_ change: (inout DeclaredConfiguration) -> Void) throws {
        change(&configuration)
        handles = try slab.update(to: configuration.servers)
        for handle in handles { handle.setUpStatus(true) }
        generation += 1
        try cell.publish(
            try PlaneSnapshot(
                configuration, generation: generation, handles: handles, slab: slab,
                statistics: statistics))
    }

    func client(receiveBufferBytes: Int32? = nil) -> BlockingSocket {
        BlockingSocket(to: endpoint, receiveBufferBytes: receiveBufferBytes)!  // it listens
    }

    func stop() async { await server.stop(drainMilliseconds: 100) }
}

/// Waits until a condition holds, for at most as long as a socket of the tests waits.
func eventually(_ condition: () -> Bool) async throws -> Bool {
    for _ in 0..<BlockingSocket.waitSeconds * 100 {
        if condition() { return true }
        try await Task.sleep(for: .milliseconds(10))
    }
    return condition()
}
