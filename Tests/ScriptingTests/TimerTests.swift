// SPDX-License-Identifier: Apache-2.0

import Balancing
import Declarations
import Testing

@testable import Scripting

/// Would catch: a timer that is not called, one that may declare or wait, and a fault without a place.
@Suite struct TimerTests {
    @Test func timersAreDeclaredInOrderWithTheirIntervals() throws {
        let timers = try Fixture.configuration(
            """
            every(5, function() end)
            every("250ms", function() end)
            addMaintenanceCallback(function() end)
            function maintenance() end
            """
        ).timers
        #expect(timers.map(\.intervalMilliseconds) == [5_000, 250, 1_000, 1_000])
        #expect(
            timers.map(\.function.name)
                == ["every 5 s", "every 0.25 s", "maintenance callback", "maintenance"])
        #expect(timers.map(\.function.kind) == [.timer, .timer, .maintenance, .maintenance])
        #expect(timers.map(\.function.location.line) == [1, 2, 3, 4])
    }

    @Test(arguments: [
        ("every(0, print)", "test.lua:1: every: seconds must be from 0.01 to 604800 seconds"),
        ("every(5)", "test.lua:1: every: function must be a function (is it spelt right?)"),
        ("every(nil, print)", "test.lua:1: every: seconds is missing"),
        ("every('soon', print)", "test.lua:1: every: seconds must be seconds"),
        (
            "addMaintenanceCallback('x')",
            "test.lua:1: addMaintenanceCallback: function must be a function, not 'x'"
        ),
        ("for i = 1, 1001 do every(i, print) end", "test.lua:1: every 1001 s: there are 1000"),
    ])
    func aWrongTimerIsRefusedAtItsLine(_ text: String, _ expected: String) {
        #expect(Fixture.refusal(text).hasPrefix(expected), "\(Fixture.refusal(text))")
    }

    @Test func aTimerActsOnServersAndSharedValues() throws {
        let generation = try Fixture.build(
            """
            local one = newServer{address='192.0.2.1', name='one'}
            local runs = 0
            function maintenance()
              runs = runs + 1
              shared.runs = runs
              if runs == 2 then one:setDown() end
              if runs == 3 then one:setAuto(true) one.weight = 7 end
            end
            newCheck{name='c', run=function() return true, shared.runs end}
            """)
        let slab = ServerSlab(planeThreads: 1)
        let handles = try slab.update(to: generation.configuration.servers)
        generation.bind(handles)
        #expect(generation.control.runTimer(0) == nil)
        #expect(handles[0].forced == .auto)
        #expect(generation.control.runTimer(0) == nil)
        #expect(handles[0].forced == .down && !handles[0].isUp)
        #expect(generation.control.runTimer(0) == nil)
        #expect(handles[0].isUp && handles[0].weight == 7)
    }

    @Test(arguments: [
        ("local x = nil; return x.y", "test.lua:2: attempt to index a nil value (local 'x')"),
        (
            "newServer{address='192.0.2.1'}",
            "test.lua:2: newServer: only while the configuration is read"
        ),
        ("every(1, print)", "test.lua:2: every: only while the configuration is read"),
        ("sleep(1)", "test.lua:2: sleep: only a check's run may wait"),
        ("os.execute('true')", "test.lua:2: os.execute blocks; use exec.run in a check"),
        ("error({})", "test.lua:2: raised a table: {}"),
        ("recurse()", "test.lua:1:"),
    ])
    func aFaultOfATimerHasItsPlace(_ body: String, _ expected: String) throws {
        let generation = try Fixture.build(
            "function recurse() return 1 + recurse() end every(1, function()\n\(body)\nend)")
        let fault = try #require(generation.control.runTimer(0))
        #expect(fault.description.hasPrefix(expected), "\(fault)")
        #expect(!fault.description.contains("\n"))
    }

    @Test func aLoopIsCutOffAndTheNextCallRuns() throws {
        let generation = try Fixture.build(
            """
            local runs = 0
            every(1, function()
              runs = runs + 1
              if runs == 1 then while true do end end
            end)
            """)
        let fault = try #require(generation.control.runTimer(0))
        #expect(fault.usedUpBudget && fault.location?.line == 4)
        #expect(generation.control.runTimer(0) == nil)
    }

    @Test func aTimerBesideAPolicyIsTheSameInEveryVM() throws {
        let generation = try Fixture.build(
            """
            newServer{address='192.0.2.1'}
            every(1, function() end)
            setServerPolicyLua('first', function(servers) return servers[1] end)
            function maintenance() end
            """, mode: .run)
        #expect(generation.plane != nil)
        #expect(generation.configuration.timers.count == 2)
        generation.plane?.close()
    }
}
