// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import CAllocations
import Declarations
import Glibc
import Testing

@testable import Proxy

/// Would catch memory that a worker takes for a query, and a system call that it makes for one: both
/// are counted on its own thread, over whole batches, in either build.
@Suite(.serialized) struct WorkerCostTests {
    private static let location = SourceLocation(file: "test.lua", line: 1)
    /// Makes 10 048 queries with the default batch.
    private static let batches = 157
    /// With four sockets towards each server all are open by then.
    private static let warmUp = 60
    #if DEBUG
        /// What a turn takes without optimization may be given back after the count.
        private static let kept = 16
    #else
        private static let kept = 0
    #endif

    private struct Cost {
        var taken = 0
        var freed = 0
        /// recvmmsg, sendmmsg and epoll_wait.
        var batched = 0
        /// Any other call.
        var others = 0
        var queries = 0
        var asked = 0
    }

    /// What many batches cost once some have been served.
    private func cost(
        of plane: SteppedPlane, batches: Int = 20, warmUp: Int = 4,
        name: (Int) -> String = { _ in "www.example.org" }
    ) throws -> Cost {
        var cost = Cost()
        for turn in 0..<warmUp {
            try plane.exchange { name(turn * SteppedPlane.batch + $0) }
        }
        let before = SteppedPlane.counts
        for turn in warmUp..<warmUp + batches {
            cost.asked += try plane.exchange { name(turn * SteppedPlane.batch + $0) }
            cost.queries += SteppedPlane.batch
        }
        let after = SteppedPlane.counts
        cost.taken = after.taken - before.taken
        cost.freed = after.freed - before.freed
        cost.batched =
            after.receives - before.receives + after.sends - before.sends + after.waits
            - before.waits
        cost.others = after.others - before.others
        return cost
    }

    /// Two turns of the loop for a batch: one that reads the queries and sends them on by one socket of
    /// each server, one that reads those sockets and sends the answers. Twice as many are allowed, for
    /// batches that the kernel hands over in parts; beyond these one getrandom for 2 048 identifiers,
    /// and what begins or ends to wait for a socket.
    private func expectBatched(_ cost: Cost, servers: Int) {
        let turns = 2 * (cost.queries / SteppedPlane.batch)
        #expect(cost.batched <= 2 * turns * (2 + servers), "\(cost)")
        #expect(cost.others <= cost.queries / 50 + 8 * servers, "\(cost)")
    }

    /// No query takes memory. Without optimization each turn's loop over its events does.
    private func expectNoMemory(_ cost: Cost, unoptimizedBatch: Int = 16) {
        #if DEBUG
            let most = cost.queries / SteppedPlane.batch * unoptimizedBatch
        #else
            let most = 0
        #endif
        let kept = max(Self.kept, unoptimizedBatch * Self.kept / 16)
        #expect(cost.taken <= most && abs(cost.taken - cost.freed) <= kept, "\(cost)")
    }

    @Test(arguments: [1, 6]) func forwardingTakesNothingAndCallsForBatches(servers: Int) throws {
        let plane = try SteppedPlane(
            servers: servers, sockets: PlaneOptions.socketsPerServerDefault
        ) { _ in }
        let cost = try cost(of: plane, batches: Self.batches, warmUp: Self.warmUp)
        #expect(cost.asked == cost.queries, "\(cost)")
        expectNoMemory(cost)
        expectBatched(cost, servers: servers)
    }

    @Test(arguments: BuiltinPolicy.allCases)
    func everyBuiltinPolicyTakesNothing(policy: BuiltinPolicy) throws {
        let plane = try SteppedPlane(servers: 6) { $0.policy = .builtin(policy) }
        let cost = try cost(of: plane) { "n\($0).example.org" }
        expectNoMemory(cost)
        expectBatched(cost, servers: 6)
    }

    @Test func theClientsSubnetTakesNothing() throws {
        let plane = try SteppedPlane(servers: 6) { configuration in
            for index in 0..<6 { configuration.servers[index].usesClientSubnet = true }
        }
        let cost = try cost(of: plane)
        #expect(cost.asked == cost.queries, "\(cost)")
        expectNoMemory(cost, unoptimizedBatch: 2 * SteppedPlane.batch)
        expectBatched(cost, servers: 6)
    }

    @Test func rulesTakeNothing() throws {
        let plane = try SteppedPlane(servers: 6) {
            $0.rules = [
                RuleDeclaration(
                    selector: .not(.queryType(99)), action: .noRecurse, name: "r",
                    location: Self.location),
                RuleDeclaration(
                    selector: .and([.all, .queryType(1)]), action: .disableValidation, name: "s",
                    location: Self.location),
            ]
        }
        let cost = try cost(of: plane)
        expectNoMemory(cost)
        expectBatched(cost, servers: 6)
    }

    /// The first server refuses each query, which goes to the other one by a call of its own.
    @Test func aRetryTakesNothing() throws {
        let plane = try SteppedPlane(servers: 1, refuses: true) {
            $0.policy = .builtin(.firstAvailable)
        }
        let cost = try cost(of: plane)
        #expect(cost.asked == cost.queries, "\(cost)")
        expectNoMemory(cost, unoptimizedBatch: 4 * SteppedPlane.batch)
        #expect(plane.plane.counters[.retries] >= UInt64(cost.queries))
        // The kernel's report of each refusal, and the query again.
        #expect(cost.others <= 3 * cost.queries, "\(cost)")
    }

    @Test func aCacheHitTakesNothingAndCallsForBatches() throws {
        let plane = try SteppedPlane(servers: 6) {
            $0.caches = [PacketCacheDeclaration(entriesMax: 1_000, location: Self.location)]
            $0.pools[0].cache = 0
        }
        let cost = try cost(of: plane, batches: Self.batches)
        #expect(cost.asked == 0, "\(cost)")
        expectNoMemory(cost)
        // One turn for a batch: it waits, reads, and sends.
        #expect(cost.batched <= 2 * 3 * cost.queries / SteppedPlane.batch, "\(cost)")
        // The servers' sockets are watched no more once nothing is asked of them.
        #expect(cost.others <= 6, "\(cost)")
    }

    /// A full cache takes one block for the answer it keeps and gives back that of the one it lets go;
    /// the query itself takes none.
    @Test func aMissTakesItsEntryAlone() throws {
        let plane = try SteppedPlane(servers: 6) {
            $0.caches = [PacketCacheDeclaration(entriesMax: 100, location: Self.location)]
            $0.pools[0].cache = 0
        }
        let cost = try cost(of: plane, warmUp: 6) { "n\($0).example.org" }
        #expect(cost.asked == cost.queries, "\(cost)")
        #expect(abs(cost.taken - cost.freed) <= Self.kept, "\(cost)")
        #expect(cost.taken >= cost.queries && cost.taken <= 2 * cost.queries, "\(cost)")
        expectBatched(cost, servers: 6)
    }
}
