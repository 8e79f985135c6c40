// SPDX-License-Identifier: Apache-2.0

import Balancing
import CAllocations
import Testing

@testable import Scripting

/// Would catch memory that calling a policy takes beside what its own text asks for.
@Suite(.serialized) struct PolicyCostTests {
    private static let rounds = 2_000

    /// Blocks taken and given back by so many calls, after some.
    private func count(_ policy: String) throws -> (taken: Int, freed: Int) {
        let bench = try PlaneBench(
            PlaneBench.threeServers
                + "setServerPolicyLua('mine', function(servers, dq) \(policy) end)")
        for _ in 0..<Self.rounds { #expect(bench.choose() >= 0) }
        let (taken, freed) = (callocations_taken(), callocations_freed())
        for _ in 0..<Self.rounds { _ = bench.choose() }
        return (callocations_taken() - taken, callocations_freed() - freed)
    }

    /// The query that the test makes for each call.
    private func own() throws -> Int {
        // A pool's script makes the plane's machines, and the default pool does not ask it.
        let bench = try PlaneBench(
            PlaneBench.threeServers
                + "setPoolServerPolicyLua('mine', function(servers, dq) end, 'p')")
        _ = bench.choose()
        let taken = callocations_taken()
        for _ in 0..<Self.rounds { _ = bench.choose() }
        return callocations_taken() - taken
    }

    @Test(arguments: [
        "return servers[1]", "return leastOutstanding.policy(servers, dq)",
        "for _, server in ipairs(servers) do if server.upStatus and server.order == 1 then"
            + " return server end end return servers[1]",
    ])
    func aCallTakesNothing(policy: String) throws {
        let (taken, freed) = try count(policy)
        let own = try own()
        // Lua's collector may finish what set-up left; it takes nothing for it.
        #expect(taken - own <= 2, "\(taken) beside the test's own \(own), \(freed) given back")
    }

    /// A list of servers made for each query is Lua's table, and its array that grows.
    @Test func aTableOfTheScriptsOwnCostsWhatLuaTakesForIt() throws {
        let (taken, _) = try count(
            "local tier = {} for _, server in ipairs(servers) do tier[#tier + 1] = server end"
                + " return leastOutstanding.policy(tier, dq)")
        let own = try own()
        #expect(taken - own <= 3 * Self.rounds, "\(taken) beside the test's own \(own)")
    }
}
