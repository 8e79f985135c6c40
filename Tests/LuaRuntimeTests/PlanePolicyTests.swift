// SPDX-License-Identifier: Apache-2.0

import LuaRuntime
import Testing

/// Would catch a policy's answer read wrongly, a list of servers that a script's edit outlives,
/// stale server fields, and a query used after its time.
@Suite struct PlanePolicyTests {

    struct Shape: Sendable, CustomTestStringConvertible {
        let code: String
        let decision: PlaneDecision
        var testDescription: String { code }
    }

    static let shapes = [
        Shape(code: "return servers[2]", decision: .server(ordinal: 1)),
        Shape(code: "return 3", decision: .server(ordinal: 2)),
        Shape(code: "return 3.0", decision: .server(ordinal: 2)),
        Shape(code: "return '3'", decision: .server(ordinal: 2)),
        Shape(code: "return nil", decision: .none),
        Shape(code: "", decision: .none),
        Shape(code: "return servers", decision: .server(ordinal: 0)),
        Shape(code: "return {servers[3], servers[1]}", decision: .server(ordinal: 2)),
        Shape(code: "return {}", decision: .none),
        Shape(code: "return 0", decision: .failed(.nonsense)),
        Shape(code: "return 7", decision: .failed(.nonsense)),
        Shape(code: "return 1.5", decision: .failed(.nonsense)),
        Shape(code: "return true", decision: .failed(.nonsense)),
        Shape(code: "return {x = 1}", decision: .failed(.nonsense)),
        Shape(code: "return {1, 2}", decision: .failed(.nonsense)),
        Shape(code: "return dq", decision: .failed(.nonsense)),
        Shape(code: "error('no')", decision: .failed(.error)),
        Shape(code: "while true do end", decision: .failed(.timeout)),
        Shape(code: "return wrandom.policy(servers, dq)", decision: .server(ordinal: 5)),
        Shape(code: "return nobody.policy(servers, dq)", decision: .none),
        Shape(
            code: "local t = {} for i, s in ipairs(servers) do if i < 3 then t[#t + 1] = s end end "
                + "return wrandom.policy(t, dq)", decision: .server(ordinal: 1)),
        Shape(
            code: "return wrandom.policy(getPoolServers('numbered'), dq)",
            decision: .server(ordinal: 1)),
        Shape(code: "return wrandom.policy({1}, dq)", decision: .failed(.error)),
        Shape(
            code: "return dq.qtype == 28 and dq.tcp == false and "
                + "dq.qname:toString() == 'www.example.' and tostring(dq.qname) == 'www.example.' "
                + "and dq.qname:isPartOf(dq.qname) and dq.qname:echo(5) == 5 and servers[1]",
            decision: .server(ordinal: 0)),
        Shape(code: "return dq.qnam", decision: .failed(.error)),
        Shape(code: "dq.qtype = 1", decision: .failed(.error)),
        Shape(code: "return servers[1].wieght", decision: .failed(.error)),
        Shape(code: "return servers[1].isUp()", decision: .failed(.error)),
        Shape(
            code: "local s = servers[4] return s:isUp() and s:getOutstanding() == 0 and "
                + "s:getName() == 's3' and s:getNameWithAddr() == 's3 (192.0.2.3:53)' and "
                + "s:getID() == 'id-3' and s:getLatency() == 7.0 and s.name == 's3' and "
                + "s.weight == 1 and s.order == 1 and s.upStatus == true and s",
            decision: .server(ordinal: 3)),
    ]

    @Test(arguments: shapes) func everyShapeOfAnAnswerIsRead(_ shape: Shape) throws {
        let fake = FakePlane(count: 6)
        let plane = try fake.makeVM()
        let (function, pool) = try policy(plane, fake, shape.code)
        let decision = plane.call(function, pool: pool, query: fake.query)
        var reason = ""
        if case .failed(let failure) = decision { reason = plane.lastError(failure).description }
        #expect(decision == shape.decision, "\(reason)")
        plane.vm.close()
    }

    @Test func errorsNameFileLineAndTheNearestField() throws {
        let fake = FakePlane(count: 2)
        let plane = try fake.makeVM()
        let (function, pool) = try policy(plane, fake, "\nreturn servers[1].wieght")
        #expect(plane.call(function, pool: pool, query: fake.query) == .failed(.error))
        let error = plane.lastError(.error)
        #expect(
            error.description
                == "/etc/policy.lua:2: a server has no field 'wieght' (did you mean 'weight'?)")
        #expect(error.traceback.contains("/etc/policy.lua:2"))
        plane.vm.close()
    }

    @Test(arguments: [
        "table.sort(servers, function(a, b) return a.name > b.name end)",
        "table.remove(servers)", "table.remove(servers, 1)", "servers[1] = nil",
        "servers[2] = servers[1]", "servers[#servers + 1] = servers[1]",
        "for i = 1, 99 do servers[i] = 1 end", "for i = #servers, 1, -1 do servers[i] = nil end",
        "servers[1] = nil error('x')",
        "table.remove(getPoolServers('numbered'))",
    ])
    func whatAScriptDoesToItsServersEndsWithTheCall(_ edit: String) throws {
        let fake = FakePlane(count: 6)
        let plane = try fake.makeVM()
        let (editing, pool) = try policy(plane, fake, edit)
        let (counting, numbered) = try policy(
            plane, fake,
            """
            assert(#servers == 6)
            for i, s in ipairs(servers) do assert(s.name == 's' .. (i - 1)) end
            local n = getPoolServers('numbered')
            assert(#n == 2 and n[1].name == 's0' and n[2].name == 's1')
            return servers[6]
            """)
        _ = plane.call(editing, pool: pool, query: fake.query)
        _ = plane.call(editing, pool: numbered, query: fake.query)
        #expect(plane.call(counting, pool: pool, query: fake.query) == .server(ordinal: 5))
        plane.vm.close()
    }

    @Test func fieldsFollowTheStateEpoch() throws {
        let fake = FakePlane(count: 3)
        let plane = try fake.makeVM()
        let (function, pool) = try policy(
            plane, fake,
            "for i, s in ipairs(servers) do if s.upStatus == true and s.order == 1 then return s end end"
        )
        #expect(plane.call(function, pool: pool, query: fake.query) == .server(ordinal: 0))
        fake.servers[0].upStatus = false
        fake.servers[1].order = 2
        fake.epoch += 1
        #expect(plane.call(function, pool: pool, query: fake.query) == .server(ordinal: 2))
        plane.vm.close()
    }

    @Test func aKeptQuerySaysThatItIsGone() throws {
        let fake = FakePlane(count: 1)
        let plane = try fake.makeVM()
        let (function, pool) = try policy(plane, fake, "kept = dq kept2 = dq.qname")
        #expect(plane.call(function, pool: pool, query: fake.query) == .none)
        for code in ["return kept.qtype", "return kept2:toString()"] {
            let later = try plane.vm.load(code, chunkName: "later")
            let error = #expect(throws: LuaError.self) { try plane.vm.call(later) }
            #expect(error?.message == "query is no longer available")
        }
        plane.vm.close()
    }

    @Test func methodsForceAndServersAreTheirHandles() throws {
        let fake = FakePlane(count: 2)
        let plane = try fake.makeVM()
        try plane.vm.set("captured", .object(LuaObject(kind: LuaObject.planeServerKind, id: 1)))
        let (function, pool) = try policy(
            plane, fake, "assert(captured == servers[2]) captured:setDown() return captured")
        #expect(plane.call(function, pool: pool, query: fake.query) == .server(ordinal: 1))
        #expect(fake.servers[1].forced == PlaneForcedState.down.rawValue)
        #expect(
            try plane.vm.get("captured")
                == .object(LuaObject(kind: LuaObject.planeServerKind, id: 1)))
        plane.vm.close()
    }

    @Test func memoryStaysFlatOverManyCalls() throws {
        let fake = FakePlane(count: 6)
        fake.recordsSelections = false
        let plane = try fake.makeVM()
        let (function, pool) = try policy(
            plane, fake, "local t = {} for i, s in ipairs(servers) do t[i] = s end return t[1]")
        for _ in 0..<2000 { _ = plane.call(function, pool: pool, query: fake.query) }
        plane.collectStep()
        var highest = 0
        for _ in 0..<200 {
            for _ in 0..<64 { _ = plane.call(function, pool: pool, query: fake.query) }
            plane.collectStep()
            highest = max(highest, plane.vm.memoryBytes)
        }
        #expect(highest < 2 << 20)
        plane.vm.close()
    }

    struct List: Sendable, CustomTestStringConvertible {
        let code: String
        let ordinals: [UInt32]
        var testDescription: String { code }
    }

    /// Longer than what is looked at between two adjustments of the stack.
    static let lists = [
        List(code: "t = servers", ordinals: Array(0..<40)),
        List(code: "for i = 1, 40, 3 do t[#t + 1] = servers[i] end", ordinals: stride3),
        List(
            code: "for i = 40, 1, -1 do t[#t + 1] = servers[i] end", ordinals: (0..<40).reversed()),
        List(code: "t = {servers[1], servers[1], servers[9], servers[2]}", ordinals: [0, 0, 8, 1]),
        List(code: "t = getPoolServers('numbered')", ordinals: [0, 1]),
        List(code: "t = {servers[40], getPoolServers('numbered')[1]}", ordinals: [39, 0]),
        List(code: "t = {}", ordinals: []),
    ]
    private static let stride3 = stride(from: 0, to: 40, by: 3).map(UInt32.init)

    @Test(arguments: lists) func aBuiltInPolicyGetsTheListAsItIs(_ list: List) throws {
        let fake = FakePlane(count: 40)
        let plane = try fake.makeVM()
        let (function, pool) = try policy(
            plane, fake, "local t = {} \(list.code) return wrandom.policy(t, dq)")
        let decision = plane.call(function, pool: pool, query: fake.query)
        let last = list.ordinals.last.map { PlaneDecision.server(ordinal: $0) }
        #expect(decision == last ?? .none)
        #expect(fake.selections == [list.ordinals])
        plane.vm.close()
    }

    @Test(arguments: [1, 16, 17, 33, 40])
    func anEditAnywhereInALongListEndsWithTheCall(_ position: Int) throws {
        let fake = FakePlane(count: 40)
        let plane = try fake.makeVM()
        let (editing, pool) = try policy(plane, fake, "servers[\(position)] = servers[2]")
        let (reading, _) = try policy(plane, fake, "return servers[\(position)]")
        _ = plane.call(editing, pool: pool, query: fake.query)
        #expect(
            plane.call(reading, pool: pool, query: fake.query)
                == .server(ordinal: UInt32(position - 1)))
        plane.vm.close()
    }

    @Test func isUpIsOfTheServerThatIsAskedAndOfNowAfterForcing() throws {
        let fake = FakePlane(count: 3)
        fake.servers[1].up = false
        let plane = try fake.makeVM()
        let (function, pool) = try policy(
            plane, fake,
            """
            local f = servers[1].isUp
            assert(f(servers[1]) and not f(servers[2]) and not servers[2]:isUp())
            assert(not pcall(f) and not pcall(f, 7) and not pcall(f, {}))
            servers[1]:setDown()
            assert(not servers[1]:isUp() and servers[3]:isUp())
            return servers[3]
            """)
        #expect(plane.call(function, pool: pool, query: fake.query) == .server(ordinal: 2))
        // What the plane's records say from now on.
        fake.servers[0].up = true
        fake.servers[1].up = true
        fake.epoch += 1
        let (later, _) = try policy(
            plane, fake, "assert(servers[1]:isUp() and servers[2]:isUp()) return servers[1]")
        #expect(plane.call(later, pool: pool, query: fake.query) == .server(ordinal: 0))
        plane.vm.close()
    }

    private func policy(
        _ plane: PlanePolicyVM, _ fake: FakePlane, _ code: String
    ) throws -> (LuaFunction, Int32) {
        let pool = try plane.addPool(name: "", ordinals: fake.servers.indices.map(UInt32.init))
        _ = try plane.addPool(name: "numbered", ordinals: fake.servers.count > 1 ? [0, 1] : [0])
        let maker = try plane.vm.load(
            "return function(servers, dq) \(code)\nend", chunkName: "/etc/policy.lua")
        guard case .function(let function)? = try plane.vm.call(maker).first else {
            Issue.record("no function")
            return (maker, pool)
        }
        return (function, pool)
    }
}
