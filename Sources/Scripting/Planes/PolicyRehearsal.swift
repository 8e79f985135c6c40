// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import DNSWire
import Declarations
import Glibc
import Synchronization

/// Calls every policy with made-up states of the servers before it may decide about real queries:
/// all up, the first tier down, one server up, all down.
///
/// A policy that fails in every state refuses the load. One that fails in some is left to the
/// fallback, counted and shown, as it will be when such a state is real. No answer is an answer.
struct PolicyRehearsal {
    let configuration: DeclaredConfiguration

    func run(_ context: PlaneContext) throws(ScriptError) {
        let slab = ServerSlab(planeThreads: 1)
        let snapshot: PlaneSnapshot
        let handles: [ServerHandle]
        do throws(BalancingError) {
            handles = try slab.update(to: configuration.servers)
            snapshot = try PlaneSnapshot(
                configuration, generation: 0, handles: handles, slab: slab,
                statistics: PolicyStatisticsTable(planeThreads: 1),
                scripts: PolicyScripts(
                    function: PlaneContext.function, script: PlaneContext.script,
                    contexts: [Unmanaged.passUnretained(context).toOpaque()]))
        } catch {
            throw ScriptError(ScriptFault(message: "\(error)", location: nil))
        }
        var faults: [ScriptFault] = []
        for (number, pool) in PoolLayout(of: configuration).pools.enumerated() {
            guard case .script(let name, let function) = pool.policy, !pool.ordinals.isEmpty else {
                continue
            }
            var failures = 0
            let states = SyntheticStates.of(pool.ordinals.map { handles[$0] })
            for set in states {
                set()
                let result = decide(
                    context, slot: function.ordinal, pool: number, view: snapshot.view)
                if result < PolicyResult.none { failures += 1 }
            }
            guard failures == states.count else { continue }
            faults.append(fault(name, function, context))
        }
        guard faults.isEmpty else { throw ScriptError(faults) }
    }

    private func decide(
        _ context: PlaneContext, slot: Int, pool: Int, view: UnsafePointer<PlaneView>
    ) -> Int32 {
        // A constant name that parses; a query as a stub resolver sends it.
        guard let name = try? DNSName("rehearsal.pharos.invalid") else { return PolicyResult.none }
        let packet = DNSQuery(id: 1, question: DNSQuestion(name: name, type: .a)).encoded
        let address = Endpoint(address: .loopbackV4, port: 53).socketAddress.storage
        var generator = SelectionGenerator(seed: 1)
        return packet.withUnsafeBufferPointer { packet in
            withUnsafePointer(to: address) { address in
                withUnsafeMutablePointer(to: &generator) { generator in
                    guard let bytes = packet.baseAddress else { return PolicyResult.none }
                    var query = PolicyQuery(
                        view: view, generator: generator, nowMicroseconds: 1_000_000,
                        packet: bytes, packetLength: Int32(packet.count), nameOffset: 12,
                        nameLength: Int32(name.wire.count), queryType: DNSType.a.rawValue,
                        queryClass: DNSClass.internet.rawValue, remoteAddress: address,
                        localAddress: address, overTCP: false, thread: 0)
                    return context.choose(slot: Int32(slot), pool: Int32(pool), query: &query)
                }
            }
        }
    }

    private func fault(
        _ name: String, _ function: FunctionReference, _ context: PlaneContext
    ) -> ScriptFault {
        let last = context.lastFaults.withLock { $0[function.ordinal] }
        return ScriptFault(
            message: "policy '\(name)' fails whatever the servers' states: "
                + (last?.message ?? "no decision"),
            location: last?.location ?? function.location, traceback: last?.traceback ?? "")
    }
}
