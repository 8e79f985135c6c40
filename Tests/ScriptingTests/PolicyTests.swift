// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import DNSWire
import Declarations
import LuaRuntime
import Testing

@testable import Scripting

/// Would catch: a return shape of published policies that is not understood, a field of dq or of a
/// server that is wrong in the plane, a fault that is not told, and VMs that do not agree.
@Suite struct PolicyTests {
    static func policy(_ body: String) -> String {
        PlaneBench.threeServers + "setServerPolicyLua('mine', function(servers, dq)\n\(body)\nend)"
    }

    @Test(arguments: [
        ("return servers[2]", 1 as Int32),
        ("return 3", 2),
        ("return '2'", 1),
        ("return {servers[3]}", 2),
        ("return servers", 0),
        ("return nil", PolicyResult.none),
        ("return", PolicyResult.none),
        ("return {}", PolicyResult.none),
        ("return wrandom.policy({servers[2]}, dq)", 1),
        ("return leastOutstanding.policy(servers, dq)", 0),
        ("return firstAvailable.policy({servers[3], servers[1]}, dq)", 2),
        ("return leastOutstanding.policy({}, dq)", PolicyResult.none),
        ("table.sort(servers, function(a, b) return a.name > b.name end) return servers[1]", 2),
        ("return getPoolServers('')[2]", 1),
    ])
    func aReturnShapeMeansAServer(_ body: String, _ expected: Int32) throws {
        let bench = try PlaneBench(Self.policy(body))
        #expect(bench.call() == expected)
        #expect(bench.call() == expected)
    }

    @Test(arguments: ["return true", "return 'first'", "return dq"])
    func whatIsNoServerIsNonsense(_ body: String) throws {
        let bench = try PlaneBench(
            Self.policy("if dq.qtype ~= DNSQType.TXT then return servers[1] end\n" + body))
        #expect(bench.call(type: .txt) == PolicyResult.nonsense)
        #expect(bench.call() == 0)
    }

    @Test(arguments: [
        ("error('mine')", PolicyResult.error, "test.lua:5: mine"),
        (
            "local x; return x.y", PolicyResult.error,
            "test.lua:5: attempt to index a nil value (local 'x')"
        ),
        (
            "wrandm.policy(servers, dq)", PolicyResult.error,
            "test.lua:5: attempt to index a nil value (global 'wrandm')"
        ),
        (
            "newServer{address='192.0.2.1'}", PolicyResult.error,
            "test.lua:5: newServer: only while the configuration is read"
        ),
        (
            "local r = dns.query{server='192.0.2.1', name='a'}", PolicyResult.error,
            "test.lua:5: dns.query: not available in a balancing policy; only a check's run may wait"
        ),
        ("while true do end", PolicyResult.timeout, "test.lua:"),
    ])
    func aFaultIsToldWithItsPlace(_ body: String, _ expected: Int32, _ words: String) throws {
        let bench = try PlaneBench(
            Self.policy("if dq.qtype ~= DNSQType.TXT then return servers[1] end " + body))
        #expect(bench.call(type: .txt) == expected)
        #expect(bench.plane.lastFaults["mine"]?.description.hasPrefix(words) == true)
        #expect(bench.call() == 0)
    }

    @Test func theFallbackAnswersAfterAFault() throws {
        let bench = try PlaneBench(
            Self.policy(
                "if dq.qname:toString() == 'bad.example.' then error('x') end return servers[3]"))
        #expect(bench.choose() == 2)
        #expect(bench.choose(name: "bad.example") == 0)
    }

    @Test func theQueryIsReadable() throws {
        let bench = try PlaneBench(
            Self.policy(
                """
                if dq.qname:toString() == 'rehearsal.pharos.invalid.' then return servers[1] end
                assert(dq.qname:toString() == 'www.Example.com.', dq.qname:toString())
                assert(dq.qname:tostring() == 'www.Example.com.')
                assert(dq.qname:toStringNoDot() == 'www.Example.com')
                assert(dq.qname:countLabels() == 3 and dq.qname:wirelength() == 17)
                assert(dq.qname:isPartOf('example.com') and not dq.qname:isPartOf('example.net'))
                assert(dq.qtype == DNSQType.AAAA and dq.qclass == DNSClass.IN)
                assert(dq.remoteaddr:toString() == '192.0.2.7' and dq.remoteaddr:getPort() == 5353)
                assert(dq.remoteaddr:toStringWithPort() == '192.0.2.7:5353')
                assert(dq.remoteaddr:isIPv4() and not dq.remoteaddr:isIPv6())
                assert(dq.localaddr:toString() == '::1' and dq.localaddr:isIPv6())
                assert(dq.tcp == true and dq.len == 33 and dq.size == 33)
                assert(dq.rcode == 0 and dq.opcode == 0)
                assert(dq.dh:getRD() == true and dq.dh:getCD() == false and dq.dh:getID() == 4711)
                assert(dq:getDO() == false and #dq:getContent() == 33)
                return servers[2]
                """))
        let result = bench.call(name: "www.Example.com", type: .aaaa, overTCP: true)
        #expect(bench.plane.lastFaults["mine"]?.description == nil)
        #expect(result == 1)
    }

    @Test func aFieldThatDqHasNotIsAnError() throws {
        let bench = try PlaneBench(
            Self.policy("if dq.qtype == 16 then return dq.qnmae end return servers[1]"))
        #expect(bench.call(type: .txt) == PolicyResult.error)
        #expect(bench.plane.lastFaults["mine"]?.message.contains("qnmae") == true)
    }

    @Test func serversShowTheirRecords() throws {
        let bench = try PlaneBench(
            Self.policy(
                """
                for i, s in ipairs(servers) do
                  if s:isUp() and s.upStatus == true and s.weight == 7 and s.order == 5
                    and s:getOutstanding() == 2 and s.name == 'b' and s:getName() == 'b'
                    and s:getNameWithAddr() == 'b (192.0.2.2:53)' then return s end
                end
                """))
        #expect(bench.call() == PolicyResult.none)
        bench.handles[1].setOrder(5)
        #expect(bench.handles[1].setWeight(7))
        bench.handles[1].noteStarted()
        bench.handles[1].noteStarted()
        #expect(bench.call() == 1)
        bench.handles[1].force(.down)
        #expect(bench.call() == PolicyResult.none)
        bench.handles[1].noteFinished()
        bench.handles[1].noteFinished()
    }

    @Test func aPolicyMayForceServers() throws {
        let bench = try PlaneBench(
            Self.policy("if dq.qtype == 16 then servers[1]:setDown() end return servers[1]"))
        _ = bench.call(type: .txt)
        #expect(bench.handles[0].forced == .down)
        #expect(!bench.handles[0].isUp)
    }

    @Test func aServerKeptInAVariableCanBeReturned() throws {
        let bench = try PlaneBench(
            """
            newServer{address='192.0.2.1', name='a'}
            local spare = newServer{address='192.0.2.9', name='spare', pool='other'}
            setServerPolicyLua('mine', function(servers, dq)
              if servers[1]:isUp() then return servers[1] end
              return spare
            end)
            """)
        #expect(bench.call() == 0)
        bench.handles[0].setUpStatus(false)
        #expect(bench.call() == 1)
    }

    @Test func globalsPersistWithinAThreadAndTheRehearsalLeavesNone() throws {
        let bench = try PlaneBench(
            Self.policy("count = (count or 0) + 1 return count <= 3 and servers[count] or nil"))
        #expect([bench.call(), bench.call(), bench.call(), bench.call()] == [0, 1, 2, -1])
        #expect(bench.call(thread: 1) == 0)
    }

    @Test func theTieredPolicyOfThePublishedKindFailsOverTierByTier() throws {
        let path = Fixture.folder + "/Fixtures/tiered.lua"
        let bench = try PlaneBench(
            """
            dofile('\(path)')
            setServerPolicyLua('tiered', tiered)
            newServer{address='192.0.2.1', name='a', order=1, weight=1000}
            newServer{address='192.0.2.2', name='b', order=2, weight=1000}
            newServer{address='192.0.2.3', name='c', order=3, weight=1}
            """)
        var seen: [Int32] = [bench.call()]
        for down in 0..<3 {
            bench.handles[down].setUpStatus(false)
            seen.append(bench.call())
        }
        bench.handles[1].setUpStatus(true)
        seen.append(bench.call())
        #expect(seen == [0, 1, 2, PolicyResult.none, 1])
    }

    @Test func oneServerIsReturnedAsTheListOfThePublishedPolicies() throws {
        let path = Fixture.folder + "/Fixtures/tiered.lua"
        let bench = try PlaneBench(
            """
            dofile('\(path)')
            setServerPolicyLua('tiered', tiered)
            newServer{address='192.0.2.1', name='only'}
            """)
        #expect(bench.call() == 0)
        bench.handles[0].setUpStatus(false)
        #expect(bench.call() == PolicyResult.none)
    }

    // MARK: Record and replay

    @Test func everyEvaluationSeesTheSameWorld() throws {
        let bench = try PlaneBench(
            """
            local file = io.popen('date +%N; echo $$')
            local stamp = file:read('a') .. os.time() .. math.random(1, 1000000000)
            for i = 1, 1 + #stamp % 3 do newServer{address='192.0.2.' .. i, name=stamp .. i} end
            setServerPolicyLua(stamp, function(servers, dq)
              return servers[1].name == stamp .. 1 and servers[1] or nil
            end)
            """)
        #expect(bench.call(thread: 0) == 0)
        #expect(bench.call(thread: 1) == 0)
    }

    @Test func commandsRunOnceAndNotAtAllWhenValidating() throws {
        let file = "/tmp/pharos-scripting-tests-\(UInt32.random(in: .min ... .max))"
        let text = """
            os.execute('echo x >> \(file)')
            setServerPolicyLua('p', function(servers) return servers[1] end)
            """
        _ = try Fixture.build(text, mode: .validate)
        #expect(Fixture.bytes(of: file).isEmpty)
        let generation = try Fixture.build(text, mode: .run, planeThreads: 3)
        #expect(Fixture.bytes(of: file) == Array("x\n".utf8))
        generation.plane?.close()
        _ = try ScriptBuilder.build(
            path: "clean.lua", text: "os.remove('\(file)')", nodeName: "n", mode: .run,
            planeThreads: 1)
        #expect(Fixture.bytes(of: file).isEmpty)
    }

    @Test func evaluationsThatPartAreRefused() {
        // The table's address differs between VMs, as nothing that is recorded does.
        let refusal = Fixture.refusal(
            """
            local where = tostring({})
            setServerPolicyLua('p' .. where, function(servers) return servers[1] end)
            """)
        #expect(
            refusal.hasPrefix(
                "test.lua:2: the file binds other functions each time it is evaluated")
        )
    }

    @Test func noPlaneVMIsMadeWithoutAFunctionPerQuery() throws {
        let generation = try Fixture.build(
            PlaneBench.threeServers + "setServerPolicy(wrandom)", mode: .run)
        #expect(generation.plane == nil)
    }

    // MARK: The rehearsal

    @Test(arguments: [
        ("error('always')", "test.lua:5: policy 'mine' fails whatever the servers' states: always"),
        ("return 'x'", "test.lua:"),
        ("while true do end", "test.lua:5: policy 'mine' fails whatever the servers' states: "),
        ("return servrs[1]", "test.lua:5: policy 'mine' fails whatever the servers' states: "),
    ])
    func aPolicyThatAlwaysFailsRefusesTheLoad(_ body: String, _ expected: String) {
        let refusal = Fixture.refusal(
            PlaneBench.threeServers
                + "setServerPolicyLua('mine', function(servers, dq)\n\(body)\nend)")
        #expect(refusal.hasPrefix(expected))
    }

    @Test(arguments: [
        "return nil", "if servers[1]:isUp() then return servers[1] end error('all down')",
    ])
    func aPolicyThatFailsInSomeStatesLoads(_ body: String) {
        #expect(Fixture.refusal(Self.policy(body)).isEmpty)
    }
}
