// SPDX-License-Identifier: Apache-2.0

import Balancing
import DNSWire
import Declarations
import Testing

@testable import Scripting

/// Would catch: a name of dnsdist's that concerns policies and does something else here.
@Suite struct PolicyDialectTests {
    @Test func theBalancingFactorsAreKept() throws {
        let configuration = try Fixture.configuration(
            "setWeightedBalancingFactor(1.25) setConsistentHashingBalancingFactor('2')")
        #expect(configuration.weightedBalancingFactor == 1.25)
        #expect(configuration.consistentHashBalancingFactor == 2)
        #expect(
            Fixture.refusal("setWeightedBalancingFactor(0.5)").contains(
                "setWeightedBalancingFactor: factor must be 0, or a number from 1"))
    }

    @Test func aPolicyMayChooseFromAnotherPool() throws {
        // dnsdist's manual calls it split horizon.
        let bench = try PlaneBench(
            """
            newServer{address='192.0.2.1', name='a'}
            newServer{address='192.0.2.2', name='n', pool='numbered'}
            setServerPolicyLua('split', function(servers, dq)
              if dq.qtype == 16 then return leastOutstanding.policy(getPoolServers('numbered'), dq) end
              return leastOutstanding.policy(servers, dq)
            end)
            """)
        #expect(bench.call() == 0)
        #expect(bench.call(type: .txt) == 1)
    }

    @Test func aServersScoreIsReadInThePlane() throws {
        let bench = try PlaneBench(
            PolicyTests.policy("return servers[servers[1].score < 0.5 and 2 or 1]"))
        #expect(bench.call() == 0)
        bench.handles[0].setScore(0.25)
        #expect(bench.call() == 1)
    }

    @Test func aPolicysWriteToAFieldIsItsThreadsAndLastsUntilAStateChanges() throws {
        let bench = try PlaneBench(
            PolicyTests.policy(
                "local w = servers[1].weight if dq.qtype == 16 then servers[1].weight = 9 end"
                    + " return w == 9 and servers[2] or servers[1]"))
        #expect(bench.call(type: .txt) == 0)
        #expect(bench.call() == 1)
        #expect(bench.call(thread: 1) == 0)
        #expect(bench.handles[0].weight == 1)
        bench.handles[2].setUpStatus(false)
        #expect(bench.call() == 0)
    }
}
