// SPDX-License-Identifier: Apache-2.0

import Balancing
import Declarations
import Testing

@testable import Scripting

/// Would catch: a plan's result that is misread, nonsense that does not say where it comes from, a
/// plan that may wait or change servers, and one that is let through though it always fails.
@Suite struct PlanTests {
    /// A generation whose default pool is planned, with live servers.
    private final class Bench {
        let generation: Generation
        let slab = ServerSlab(planeThreads: 1)
        let handles: [ServerHandle]
        let pool: PoolLayout.Pool

        init(_ body: String) throws {
            generation = try Fixture.build(PlanTests.configuration(body), mode: .run)
            handles = try slab.update(to: generation.configuration.servers)
            generation.bind(handles)
            for handle in handles { handle.setUpStatus(true) }
            pool = PoolLayout(of: generation.configuration).pools[0]
        }

        deinit { generation.close() }

        func run() -> PlanResult {
            guard case .planned(_, let function) = pool.policy else {
                return .failed(ScriptFault(message: "not planned", location: nil), isTimeout: false)
            }
            return generation.control.runPlan(function, servers: pool.ordinals)
        }

        /// What a failed run says; empty when it did not fail.
        func words() -> String {
            guard case .failed(let fault, _) = run() else { return "" }
            return fault.description
        }
    }

    private static func configuration(_ body: String) -> String {
        PlaneBench.threeServers
            + """
            newServer{address='192.0.2.9', name='other', pool='else', weight=4}
            setPoolServerPolicy(newPlannedPolicy('mine', function(servers)
            \(body)
            end), '')
            """
    }

    /// One that passes the rehearsal, in which no server ever has the weight 77.
    private static func failing(_ body: String) throws -> Bench {
        let bench = try Bench("if servers[1].weight == 77 then \(body) end return servers")
        #expect(bench.handles[0].setWeight(77))
        return bench
    }

    @Test(arguments: [
        ("return servers", ServerPlan(ordinals: [0, 1, 2])),
        ("return {}", ServerPlan(ordinals: [])),
        ("return servers[2]", ServerPlan(ordinals: [1])),
        ("return {servers[3], 1}", ServerPlan(ordinals: [2, 0])),
        ("return {servers = {servers[2]}}", ServerPlan(ordinals: [1])),
        (
            "return {servers = servers, weights = {1, '2.5', 0}, pick = 'whashed'}",
            ServerPlan(ordinals: [0, 1, 2], weights: [1, 2.5, 0], picker: .whashed)
        ),
        (
            "return {servers = {servers[1]}, pick = leastOutstanding}",
            ServerPlan(ordinals: [0], picker: .leastOutstanding)
        ),
        (
            "return {servers = getPoolServers('else'), weights = {servers[1].weight}}",
            ServerPlan(ordinals: [3], weights: [1])
        ),
    ])
    func aResultIsRead(_ body: String, _ expected: ServerPlan) throws {
        #expect(try Bench(body).run() == .plan(expected))
    }

    @Test(arguments: BuiltinPolicy.allCases)
    func everyBuiltInPolicyCanPick(_ builtin: BuiltinPolicy) throws {
        let bench = try Bench("return {servers = servers, pick = '\(builtin.rawValue)'}")
        #expect(bench.run() == .plan(ServerPlan(ordinals: [0, 1, 2], picker: builtin)))
    }

    @Test(arguments: [
        (
            "return nil",
            "the plan returned nil; it must return a list of servers, or"
                + " {servers = …, weights = …, pick = …}"
        ),
        ("return 3", "the plan returned the number 3;"),
        ("return {servers = 3}", "the plan's result: servers must be a list of servers, not the"),
        ("return {weights = {1}}", "the plan's result: servers is missing"),
        (
            "return {server = servers}",
            "the plan's result: unknown key 'server'; did you mean 'servers'?"
        ),
        (
            "return {servers[1], servers[2], pick = 'wrandom'}",
            "the plan's result: a server has no key (write key = value)"
        ),
        (
            "return {servers[1], 'b'}",
            "the plan's result: element 2 of the list must be a server or its place among the 3 it"
                + " was given, not 'b'"
        ),
        ("return {servers = {4}}", "the plan's result: element 1 of servers must be a server or"),
        (
            "return {servers = servers, weights = {1, 2}}",
            "the plan's result: 2 weights for 3 servers; give one each"
        ),
        (
            "return {servers = {1}, weights = {-1}}",
            "the plan's result: element 1 of weights must be a number from 0 to 2147483647, not"
        ),
        (
            "return {servers = {1}, weights = {0/0}}",
            "the plan's result: element 1 of weights must be a number from 0"
        ),
        (
            "return {servers = {1}, pick = 'wrandm'}",
            "the plan's result: pick must be one of \"leastOutstanding\", \"firstAvailable\","
        ),
    ])
    func nonsenseSaysWhatIsWrongAndWhere(_ body: String, _ words: String) throws {
        let bench = try Self.failing(body)
        #expect(bench.words().hasPrefix("test.lua:5: \(words)"), "\(bench.words())")
    }

    @Test(arguments: [
        ("error('mine')", "test.lua:6: mine"),
        ("return servers[1].wieght", "test.lua:6: a server has no field 'wieght'; did you mean"),
        ("servers[1]:setDown()", "test.lua:6: a plan must not change servers"),
        ("servers[1].weight = 3", "test.lua:6: a plan must not change servers"),
        ("sleep(1)", "test.lua:6: sleep: not available in a policy's plan"),
        (
            "dns.query{server='192.0.2.1'}",
            "test.lua:6: dns.query: not available in a policy's plan"
        ),
        ("wrandom.policy(servers)", "test.lua:6: wrandom.policy: only inside a balancing policy"),
        ("os.execute('true')", "test.lua:6: "),
    ])
    func aFaultIsToldWithItsLine(_ body: String, _ words: String) throws {
        let bench = try Self.failing(body)
        #expect(bench.words().hasPrefix(words), "\(bench.words())")
    }

    @Test func aLoopEndsWithTheBudget() throws {
        let bench = try Self.failing("while true do end")
        guard case .failed(_, let isTimeout) = bench.run() else {
            Issue.record("it did not fail")
            return
        }
        #expect(isTimeout)
    }

    @Test func serversShowWhatAPlanGoesBy() throws {
        let bench = try Bench(
            """
            local s = servers[1]
            local text = string.format("%s %d %d %s %.2f %s %d %s", s.name, s.order, s.weight,
                s.upStatus, s.score, s:isUp(), s:getOutstanding(), s:getNameWithAddr())
            if s.weight == 9 then error(text, 0) end
            return servers
            """)
        bench.handles[0].setWeight(9)
        bench.handles[0].setScore(0.25)
        bench.handles[0].force(.down)
        bench.handles[0].noteStarted()
        #expect(bench.words() == "test.lua:9: a 1 9 true 0.25 false 1 a (192.0.2.1:53)")
        bench.handles[0].noteFinished()
    }

    @Test func aPlanThatAlwaysFailsRefusesTheLoad() {
        #expect(
            Fixture.refusal(Self.configuration("return nil")).hasPrefix(
                "test.lua:5: plan 'mine' fails whatever the servers' states: the plan returned nil")
        )
        #expect(
            Fixture.refusal(Self.configuration("return servrs[1]")).hasPrefix(
                "test.lua:6: plan 'mine' fails whatever the servers' states: attempt to index a nil"
            ))
    }

    @Test func aPlanThatFailsInSomeStatesLoads() {
        #expect(
            Fixture.refusal(
                Self.configuration("if not servers[1]:isUp() then error('x') end return servers")
            ).isEmpty)
    }

    @Test func aPlanNeedsNoVMInThePlane() throws {
        #expect(try Bench("return servers").generation.plane == nil)
    }

    @Test(arguments: [
        ("newPlannedPolicy('p')", "test.lua:1: newPlannedPolicy: plan must be a function"),
        ("newPlannedPolicy('', print)", "test.lua:1: newPlannedPolicy: name must be not empty"),
        (
            "setServerPolicyLua('p', newPlannedPolicy('p', print))",
            "test.lua:1: setServerPolicyLua: policy must be a function, not a table"
        ),
    ])
    func wrongArgumentsAreNamed(_ text: String, _ words: String) {
        #expect(Fixture.refusal(text).hasPrefix(words), "\(Fixture.refusal(text))")
    }

    @Test func aPoolCanHaveAPlanOfItsOwn() throws {
        let configuration = try Fixture.configuration(
            PlaneBench.threeServers
                + """
                local planned = newPlannedPolicy('mine', function(servers) return servers end)
                newServer{address='192.0.2.9', pool='else'}
                setPoolServerPolicy(planned, 'else')
                """)
        let layout = PoolLayout(of: configuration)
        #expect(layout.pools.map(\.policy.isPlanned) == [false, true])
        #expect(layout.pools[1].policy.name == "mine")
    }
}
