// SPDX-License-Identifier: Apache-2.0

import Addressing
public import Balancing
import DNSWire
public import Declarations

/// Asks a configuration's policies about made-up queries, with made-up states of the servers, as a
/// plane thread would: the same snapshot, the same scripts, no socket. One thread.
public final class PolicySimulation {
    /// Who would have got the queries of one run.
    public struct Outcome: Hashable, Sendable {
        /// By ordinal.
        public var counts: [Int]
        /// Queries for which there was no server.
        public var none = 0
        /// What the policy's counters say of this run.
        public var counters: [PolicyCounter: UInt64] = [:]
    }

    /// Queries in flight at a time, which take equally long: what `leastOutstanding` sees. A number
    /// that up to six servers divide, so that ties do not show as a difference.
    public static let inFlight = 60
    /// Between two queries: 1 000 a second, which is what `qps` limits are compared with.
    public static let intervalMicroseconds: UInt64 = 1_000

    public let configuration: DeclaredConfiguration
    /// In the order of the numbers that ``run(queries:pool:)`` takes.
    public let pools: [PoolLayout.Pool]
    /// Of the servers, by ordinal: their states are the caller's to set.
    public let handles: [ServerHandle]
    /// The newest fault of each planned policy.
    public private(set) var planFaults: [String: ScriptFault] = [:]

    private let generation: Generation
    private let slab = ServerSlab(planeThreads: 1)
    private let statistics = PolicyStatisticsTable(planeThreads: 1)
    private let snapshot: PlaneSnapshot
    private var generator: SelectionGenerator
    private var nowMicroseconds: UInt64 = 1_000_000
    private var number: UInt32 = 0
    private var state = QueryState()

    /// - Parameter generation: built in mode ``ScriptMode/simulate`` or ``ScriptMode/run`` for one
    ///   plane thread; this closes it. All servers are up at first.
    public init(_ generation: Generation, seed: UInt64) throws(BalancingError) {
        self.generation = generation
        configuration = generation.configuration
        pools = PoolLayout(of: configuration).pools
        generator = SelectionGenerator(seed: seed)
        handles = try slab.update(to: configuration.servers)
        generation.bind(handles)
        snapshot = try PlaneSnapshot(
            configuration, generation: 1, handles: handles, slab: slab, statistics: statistics,
            scripts: generation.plane?.scripts)
        for handle in handles {
            handle.force(.auto)
            handle.setUpStatus(true)
        }
        plan()
    }

    deinit {
        state.tags.deallocate()
        generation.plane?.close()
        generation.close()
    }

    /// Runs the plans of planned policies: after every change of a state, as control would.
    public func plan() {
        for (number, pool) in pools.enumerated() {
            guard case .planned(let name, let function) = pool.policy else { continue }
            switch generation.control.runPlan(function, servers: pool.ordinals) {
            case .plan(let plan): snapshot.setPlan(plan, pool: number)
            case .failed(let fault, _): planFaults[name] = fault
            }
        }
    }

    /// Gives every query of later runs a tag.
    public func tag(_ name: String, _ value: String = "") {
        var (name, value) = (name, value)
        name.withUTF8 { name in
            value.withUTF8 { value in
                _ = state.tags.set(UnsafeRawBufferPointer(name), to: UnsafeRawBufferPointer(value))
            }
        }
    }

    /// The newest fault of a pool's policy.
    public func fault(pool: Int) -> ScriptFault? {
        let name = pools[pool].policy.name
        return planFaults[name] ?? generation.plane?.lastFaults[name]
    }

    /// Decides about so many queries, each for another name.
    public func run(queries: Int, pool: Int) -> Outcome {
        var outcome = Outcome(counts: Array(repeating: 0, count: handles.count))
        var flying = [Int32](repeating: -1, count: Self.inFlight)
        let counters = statistics.statistics(of: pools[pool].policy.name)
        let before = PolicyCounter.allCases.map { counters.total($0) }
        var question = SimulatedQuestion()
        for query in 0..<queries {
            let slot = query % Self.inFlight
            if flying[slot] >= 0 { handles[Int(flying[slot])].noteFinished() }
            let ordinal = choose(pool, &question)
            flying[slot] = ordinal
            guard ordinal >= 0 else {
                outcome.none += 1
                continue
            }
            outcome.counts[Int(ordinal)] += 1
            handles[Int(ordinal)].noteStarted()
            handles[Int(ordinal)].takeQueryToken(nowMicroseconds: nowMicroseconds)
        }
        for ordinal in flying where ordinal >= 0 { handles[Int(ordinal)].noteFinished() }
        for (counter, count) in zip(PolicyCounter.allCases, before) {
            outcome.counters[counter] = counters.total(counter) - count
        }
        return outcome
    }

    private func choose(_ pool: Int, _ question: inout SimulatedQuestion) -> Int32 {
        number &+= 1
        nowMicroseconds += Self.intervalMicroseconds
        question.setNumber(number)
        let view = snapshot.view
        return question.withBytes { packet, address in
            withUnsafeMutablePointer(to: &generator) { generator in
                withUnsafeMutablePointer(to: &state) { state in
                    var query = PolicyQuery(
                        view: view, generator: generator, nowMicroseconds: nowMicroseconds,
                        packet: packet, packetLength: SimulatedQuestion.packetLength,
                        nameOffset: 12, nameLength: SimulatedQuestion.nameLength,
                        queryType: DNSType.a.rawValue, queryClass: DNSClass.internet.rawValue,
                        remoteAddress: address, localAddress: address, overTCP: false, thread: 0)
                    query.state = state
                    return view.pointee.chooseServer(pool: pool, for: &query)
                }
            }
        }
    }
}
