// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import Declarations
import Dispatch
import Glibc
import Synchronization
import Testing

@testable import Proxy

/// Catches clients that get no answer because the kernel hashes them to a worker that is stuck.
@Suite(.serialized) struct StuckWorkerTests {
    /// A plane that answers every query itself, of which one worker can be made to stand still.
    private final class Bench {
        let plane: Plane
        private let fixture: PlaneFixture
        private var gates: [Int: DispatchSemaphore] = [:]
        private var now: UInt64 = 1_000_000

        init(workers: Int, listening: [String] = ["127.0.0.1:0"]) throws {
            let server = PlaneFixture.endpoint("127.0.0.1", port: 9)
            fixture = PlaneFixture(workers: workers, servers: [server])
            fixture.configuration.rules = [
                RuleDeclaration(
                    selector: .all, action: .responseCode(5), name: "all",
                    location: SourceLocation(file: "test.lua", line: 1))
            ]
            plane = try fixture.plane(listening: listening)
        }

        func stick(_ worker: Int) {
            let began = Shared()
            let gate = DispatchSemaphore(value: 0)
            gates[worker] = gate
            plane.execute(onWorker: worker) {
                began.flag.withLock { $0 = true }
                gate.wait()
            }
            #expect(eventually { began.flag.withLock { $0 } })
        }

        func release(_ worker: Int) {
            let beats = plane.heartbeats[worker]
            gates[worker]?.signal()
            #expect(eventually { plane.heartbeats[worker] != beats })
        }

        /// Looks as control does, a second later by the clock it is given: the workers that are not
        /// named have turned in between.
        func look(stuck: Set<Int>) -> [WorkerEvent] {
            let before = plane.heartbeats
            for worker in 0..<plane.workers where !stuck.contains(worker) {
                plane.execute(onWorker: worker) {}
                #expect(eventually { plane.heartbeats[worker] != before[worker] })
            }
            now += BeatWatch.lookMicroseconds
            return plane.supervise(nowMicroseconds: now)
        }

        /// Looks until something is told: two looks without a beat, and one before them that sees the
        /// last.
        func lookForChange(stuck: Set<Int>) -> [WorkerEvent] {
            for _ in 0..<3 {
                let events = look(stuck: stuck)
                if !events.isEmpty { return events }
            }
            return []
        }

        /// Sends a query from each of these clients; gives those that were answered in time.
        func ask(
            _ clients: [UDPPeer], listener: Int = 0, milliseconds: Int = 300
        ) -> Set<Int> {
            for client in clients {
                client.send(Packets.query(), to: plane.boundEndpoints[listener])
            }
            return answered(clients, milliseconds: milliseconds)
        }

        func answered(_ clients: [UDPPeer], milliseconds: Int) -> Set<Int> {
            Set(clients.indices.filter { clients[$0].receive(milliseconds: milliseconds) != nil })
        }
    }

    private final class Shared: Sendable {
        let flag = Mutex(false)
    }

    /// With 32 of them some come to each of two workers, but for one time in two thousand million.
    private func clients() -> [UDPPeer] { (0..<32).map { _ in UDPPeer() } }

    @Test func anotherWorkerServesTheClientsOfOneThatIsStuck() throws {
        let bench = try Bench(workers: 2)
        defer { bench.plane.stop(inFlightMilliseconds: 0) }
        let clients = clients()
        #expect(bench.ask(clients).count == clients.count)
        #expect(bench.look(stuck: []).isEmpty)

        bench.stick(0)
        let served = bench.ask(clients, milliseconds: 50)
        let waiting = clients.indices.filter { !served.contains($0) }.map { clients[$0] }
        try #require(!waiting.isEmpty && !served.isEmpty, "the kernel spreads clients")
        let event = try #require(bench.lookForChange(stuck: [0]).first)
        #expect(event.change == .stuck && event.state.index == 0)
        #expect(event.state.isStuck && event.state.servedBy == [1])
        #expect(event.state.activity == .obeying && event.state.thread > 0)
        // What had come meanwhile, and what comes from now on.
        #expect(bench.answered(waiting, milliseconds: 1_000).count == waiting.count)
        #expect(bench.ask(clients).count == clients.count)
        #expect(bench.look(stuck: [0]).isEmpty, "told once")

        bench.release(0)
        let end = try #require(bench.look(stuck: []).first)
        guard case .recovered = end.change else {
            Issue.record("\(end)")
            return
        }
        #expect(!end.state.isStuck && end.state.servedBy.isEmpty)
        #expect(bench.ask(clients).count == clients.count)
        #expect(bench.plane.counters[.queries] == UInt64(4 * clients.count))
    }

    @Test func listenersThatComeWhileAWorkerIsStuckAreServedWhole() throws {
        let bench = try Bench(workers: 2)
        defer { bench.plane.stop(inFlightMilliseconds: 0) }
        let clients = clients()
        #expect(bench.look(stuck: []).isEmpty)
        bench.stick(1)
        #expect(bench.lookForChange(stuck: [1]).count == 1)
        let first = ListenerDeclaration(endpoint: bench.plane.boundEndpoints[0])
        let more = PlaneFixture.listeners(["127.0.0.1:0"])
        bench.plane.commit(try bench.plane.prepare(listeners: [first] + more))
        for listener in 0..<2 {
            #expect(bench.ask(clients, listener: listener).count == clients.count)
        }
        bench.release(1)
    }

    @Test func aStuckHelperIsRelieved() throws {
        let bench = try Bench(workers: 3)
        defer { bench.plane.stop(inFlightMilliseconds: 0) }
        let clients = clients()
        #expect(bench.look(stuck: []).isEmpty)
        bench.stick(0)
        let helper = try #require(bench.lookForChange(stuck: [0]).first?.state.servedBy.first)
        bench.stick(helper)
        #expect(bench.lookForChange(stuck: [0, helper]).map(\.state.index) == [helper])
        let last = try #require(Set(0..<3).subtracting([0, helper]).first)
        #expect(bench.plane.workerStates.map(\.servedBy).filter { $0 == [last] }.count == 2)
        #expect(bench.ask(clients).count == clients.count)
        bench.release(0)
        bench.release(helper)
        #expect(bench.look(stuck: []).count == 2)
        #expect(bench.ask(clients).count == clients.count)
    }

    @Test func theOnlyWorkerHasNoStandIn() throws {
        let bench = try Bench(workers: 1)
        defer { bench.plane.stop(inFlightMilliseconds: 0) }
        #expect(bench.look(stuck: []).isEmpty)
        bench.stick(0)
        #expect(bench.lookForChange(stuck: [0]).map(\.state.servedBy) == [[]])
        bench.release(0)
        #expect(bench.look(stuck: []).count == 1)
        #expect(bench.ask([UDPPeer()]).count == 1)
    }

    /// The way down may not wait for it: control has ten seconds in all.
    @Test func stoppingDoesNotWaitForAStuckWorker() throws {
        let bench = try Bench(workers: 2)
        bench.stick(0)
        let clock = ContinuousClock()
        let took = clock.measure { bench.plane.stop(inFlightMilliseconds: 0) }
        #expect(took < .seconds(4), "\(took)")
        #expect(bench.plane.isStopped)
        bench.release(0)
    }
}
