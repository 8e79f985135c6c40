// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import DNSWire
import Declarations

@testable import Scripting

/// A generation whose policies decide about made-up queries, as a plane thread would call them.
final class PlaneBench {
    let generation: Generation
    let plane: PlaneScripts
    let slab: ServerSlab
    let handles: [ServerHandle]
    let snapshot: PlaneSnapshot
    private var generator = SelectionGenerator(seed: 7)
    var nowMicroseconds: UInt64 = 1_000_000

    struct NoPlane: Error {}

    /// All servers are up at first.
    init(_ text: String, log: ScriptLogRings? = nil) throws {
        generation = try Fixture.build(text, mode: .run, planeThreads: 2, planeLog: log)
        guard let plane = generation.plane else { throw NoPlane() }
        self.plane = plane
        slab = ServerSlab(planeThreads: 2)
        handles = try slab.update(to: generation.configuration.servers)
        generation.bind(handles)
        snapshot = try PlaneSnapshot(
            generation.configuration, generation: 1, handles: handles, slab: slab,
            statistics: PolicyStatisticsTable(planeThreads: 2), scripts: plane.scripts)
        for handle in handles { handle.setUpStatus(true) }
    }

    deinit { plane.close() }

    /// What the first policy of a pool says itself: an ordinal, or one of ``PolicyResult``'s.
    func call(
        name: String = "www.example.com", type: DNSType = .a, pool: Int = 0, thread: Int = 0,
        overTCP: Bool = false
    ) -> Int32 {
        ask(name, type, thread, overTCP) { [snapshot, plane] query in
            let scripts = plane.scripts
            guard case .script(_, let function) = snapshot.policy(of: pool, in: self) else {
                return -100
            }
            return scripts.function(
                scripts.contexts[thread], Int32(function.ordinal), Int32(pool), query)
        }
    }

    /// What the plane makes of it, fallback included.
    func choose(name: String = "www.example.com", pool: Int = 0) -> Int32 {
        ask(name, .a, 0, false) { [snapshot] query in
            snapshot.view.pointee.chooseServer(pool: pool, for: query)
        }
    }

    private func ask(
        _ name: String, _ type: DNSType, _ thread: Int, _ overTCP: Bool,
        _ body: (UnsafePointer<PolicyQuery>) -> Int32
    ) -> Int32 {
        guard let name = try? DNSName(name) else { return -101 }
        let packet = DNSQuery(id: 4711, question: DNSQuestion(name: name, type: type)).encoded
        let remote = Endpoint(address: IPAddress(v4: 0xc000_0207), port: 5353).socketAddress.storage
        let local = Endpoint(address: .loopbackV6, port: 53).socketAddress.storage
        return packet.withUnsafeBufferPointer { packet in
            withUnsafePointer(to: remote) { remote in
                withUnsafePointer(to: local) { local in
                    withUnsafeMutablePointer(to: &generator) { generator in
                        guard let bytes = packet.baseAddress else { return -102 }
                        var query = PolicyQuery(
                            view: snapshot.view, generator: generator,
                            nowMicroseconds: nowMicroseconds, packet: bytes,
                            packetLength: Int32(packet.count), nameOffset: 12,
                            nameLength: Int32(name.wire.count), queryType: type.rawValue,
                            queryClass: 1, remoteAddress: remote, localAddress: local,
                            overTCP: overTCP, thread: Int32(thread))
                        return body(&query)
                    }
                }
            }
        }
    }

    static let threeServers = """
        newServer{address='192.0.2.1', name='a', order=1}
        newServer{address='192.0.2.2', name='b', order=1}
        newServer{address='192.0.2.3', name='c', order=2}

        """
}

extension PlaneSnapshot {
    func policy(of pool: Int, in bench: PlaneBench) -> PolicyDeclaration {
        PoolLayout(of: bench.generation.configuration).pools[pool].policy
    }
}
