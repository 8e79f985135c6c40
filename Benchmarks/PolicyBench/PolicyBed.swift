// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import DNSWire
import Declarations
import Scripting

/// Servers, pools with a policy each, and one query, called as a plane thread calls them: the same
/// snapshot, the same scripts, no socket.
final class PolicyBed {
    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    /// By a pool's name, its number.
    let pools: [String: Int]
    private let generation: Generation
    private let slab = ServerSlab(planeThreads: 1)
    private let statistics = PolicyStatisticsTable(planeThreads: 1)
    private let snapshot: PlaneSnapshot
    private let handles: [ServerHandle]
    private var generator = SelectionGenerator(seed: 7)
    private let name: DNSName
    private let packet: [UInt8]

    /// - Parameters:
    ///   - servers: so many, two thirds of them in the first tier.
    ///   - policies: what sets a pool's policy, as Lua with `POOL` for its quoted name, by pool.
    init(servers: Int, policies: [(pool: String, lua: String)]) throws {
        let names = policies.map { "'\($0.pool)'" }.joined(separator: ", ")
        var text = ""
        for number in 1...servers {
            text += """
                newServer{address='192.0.2.\(number)', name='s\(number)', pool={\(names)},
                    order=\(number * 3 <= servers * 2 ? 1 : 2), weight=\(number * 10)}

                """
        }
        for policy in policies {
            text += policy.lua.replacing("POOL", with: "'\(policy.pool)'") + "\n"
        }
        generation = try ScriptBuilder.build(
            path: "bench.lua", text: text, nodeName: "bench", mode: .run, planeThreads: 1)
        handles = try slab.update(to: generation.configuration.servers)
        generation.bind(handles)
        snapshot = try PlaneSnapshot(
            generation.configuration, generation: 1, handles: handles, slab: slab,
            statistics: statistics, scripts: generation.plane?.scripts)
        for (index, handle) in handles.enumerated() {
            handle.setUpStatus(true)
            handle.setLatency(microseconds: Double(1_001 + index))
            for _ in 0...((index + 1) % 4) { handle.noteStarted() }
        }
        let layout = PoolLayout(of: generation.configuration)
        pools = layout.indexes
        for (number, pool) in layout.pools.enumerated() {
            guard case .planned(_, let function) = pool.policy else { continue }
            switch generation.control.runPlan(function, servers: pool.ordinals) {
            case .plan(let plan): snapshot.setPlan(plan, pool: number)
            case .failed(let fault, _): throw Fault(description: "\(fault)")
            }
        }
        name = try DNSName("www.example.com")
        packet = DNSQuery(id: 4711, question: DNSQuestion(name: name, type: .a)).encoded
    }

    deinit {
        generation.plane?.close()
        generation.close()
    }

    /// Lets a pool's policy decide so many times; the sum of the servers' ordinals.
    func run(pool: Int, calls: Int) -> Int {
        let address = Endpoint(address: .loopbackV4, port: 53_000).socketAddress.storage
        return packet.withUnsafeBufferPointer { packet in
            withUnsafePointer(to: address) { address in
                withUnsafeMutablePointer(to: &generator) { generator in
                    let view = snapshot.view
                    var query = PolicyQuery(
                        view: view, generator: generator, nowMicroseconds: 1_000_000,
                        // A message is not empty.
                        packet: packet.baseAddress!, packetLength: Int32(packet.count),
                        nameOffset: 12, nameLength: Int32(name.wire.count),
                        queryType: DNSType.a.rawValue, queryClass: DNSClass.internet.rawValue,
                        remoteAddress: address, localAddress: address, overTCP: false, thread: 0)
                    var sum = 0
                    for _ in 0..<calls {
                        sum &+= Int(view.pointee.chooseServer(pool: pool, for: &query))
                    }
                    return sum
                }
            }
        }
    }

    /// Fails when a policy did not decide itself: then something else was measured.
    func requireThatPoliciesDecided() throws {
        for policy in snapshot.policyNames {
            let counters = statistics.statistics(of: policy)
            for counter in PolicyCounter.allCases where counter != .calls {
                guard counters.total(counter) == 0 else {
                    throw Fault(
                        description: "\(policy): \(counters.total(counter)) \(counter) "
                            + (generation.plane?.lastFaults[policy]?.description ?? ""))
                }
            }
        }
    }
}
