// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import Declarations
import Glibc

/// A slab with servers, a snapshot over it and a query, as the plane would see them.
final class BalancingFixture {
    var configuration: DeclaredConfiguration
    let slab: ServerSlab
    let statistics: PolicyStatisticsTable
    let handles: [ServerHandle]
    let snapshot: PlaneSnapshot
    var generator = SelectionGenerator(seed: Seed.value)

    init(
        _ servers: [ServerDeclaration], planeThreads: Int = 2, scripts: PolicyScripts? = nil,
        _ change: (inout DeclaredConfiguration) -> Void = { _ in }
    ) throws {
        configuration = DeclaredConfiguration(path: "test.lua")
        configuration.servers = servers
        configuration.hashPerturbation = 7
        // So that lists of any policy can be asked, chashed among them.
        configuration.pools = [
            PoolDeclaration(name: ""),
            PoolDeclaration(name: "ring", policy: .builtin(.chashed)),
        ]
        change(&configuration)
        slab = ServerSlab(planeThreads: planeThreads)
        statistics = PolicyStatisticsTable(planeThreads: planeThreads)
        handles = try slab.update(to: configuration.servers)
        for handle in handles { handle.setUpStatus(true) }
        snapshot = try PlaneSnapshot(
            configuration, generation: 1, handles: handles, slab: slab, statistics: statistics,
            scripts: scripts)
    }

    var view: PlaneView { snapshot.view.pointee }

    /// Runs `body` with a query for `name`, given in wire form without length octets' dots.
    func withQuery<Result>(
        _ name: String = "example.org", now: UInt64 = 1_000_000, thread: Int32 = 0,
        _ body: (UnsafePointer<PolicyQuery>) throws -> Result
    ) rethrows -> Result {
        let wire = Self.wire(name)
        let packet = [UInt8](repeating: 0, count: 12) + wire + [0, 1, 0, 1]
        var address = sockaddr_storage()
        return try packet.withUnsafeBufferPointer { packet in
            try withUnsafeMutablePointer(to: &generator) { generator in
                try withUnsafePointer(to: &address) { address in
                    var query = PolicyQuery(
                        view: snapshot.view, generator: generator, nowMicroseconds: now,
                        packet: packet.baseAddress!,  // never empty: it has a header
                        packetLength: Int32(packet.count), nameOffset: 12,
                        nameLength: Int32(wire.count), queryType: 1, queryClass: 1,
                        remoteAddress: UnsafeRawPointer(address),
                        localAddress: UnsafeRawPointer(address), overTCP: false, thread: thread)
                    return try withUnsafePointer(to: &query) { try body($0) }
                }
            }
        }
    }

    /// The ordinal a compiled policy chooses from `list` (all servers by default), or `nil`.
    func select(
        _ policy: BuiltinPolicy, from list: [Int32]? = nil, name: String = "example.org",
        now: UInt64 = 1_000_000
    ) -> Int? {
        let list = list ?? (0..<Int32(handles.count)).map { $0 }
        let position = withQuery(name, now: now) { query in
            list.withUnsafeBufferPointer { list in
                query.pointee.view.pointee.select(policy, from: list, for: query)
            }
        }
        return position < 0 ? nil : Int(list[Int(position)])
    }

    /// How often each ordinal is chosen.
    func spread(_ policy: BuiltinPolicy, draws: Int, from list: [Int32]? = nil) -> [Int] {
        var counts = [Int](repeating: 0, count: handles.count)
        for draw in 0..<draws {
            if let ordinal = select(policy, from: list, name: "host\(draw).example") {
                counts[ordinal] += 1
            }
        }
        return counts
    }

    static func wire(_ name: String) -> [UInt8] {
        name.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }
}

/// The seed of randomised tests: `PHAROS_SEED`, else a fixed one.
enum Seed {
    static let value: UInt64 = {
        let seed = getenv("PHAROS_SEED").flatMap { UInt64(String(cString: $0)) } ?? 20_261_121
        print("BalancingTests: PHAROS_SEED=\(seed)")
        return seed
    }()
}

/// A server `NAME` at 127.0.0.1 with the given keys.
func server(
    _ name: String, order: Int = 1, weight: Int = 1, qps: Int = 0, port: UInt16 = 53,
    pools: [String] = [""]
) -> ServerDeclaration {
    var declaration = ServerDeclaration(
        identity: name, name: name, address: Endpoint(address: .loopbackV4, port: port),
        location: SourceLocation(file: "test.lua", line: 1))
    declaration.order = order
    declaration.weight = weight
    declaration.queriesPerSecondMax = qps
    declaration.pools = pools
    return declaration
}
