// SPDX-License-Identifier: Apache-2.0

import Balancing
import Declarations
import Testing

@testable import Scripting

/// Would catch: a callback that is not called, that is given something else than what changed, and a
/// fault without a place.
@Suite struct StateChangeTests {
    static let up = StateChange(
        .server, name: "one", address: "192.0.2.1:53", from: "down", to: "up", detail: "NOERROR",
        at: 1_000)

    @Test func aCallbackIsGivenTheChange() throws {
        let generation = try Fixture.build(
            """
            onStateChange(function(change)
              assert(change.kind == 'check' and change.name == 'resolver')
              assert(change.target == '192.0.2.1' and change.address == nil)
              assert(change.from == 'up' and change.to == 'down')
              assert(change.detail == 'SERVFAIL' and change.at == 1000)
            end)
            """)
        let change = StateChange(
            .check, name: "resolver", target: "192.0.2.1", from: "up", to: "down",
            detail: "SERVFAIL", at: 1_000)
        #expect(generation.control.runStateCallback(0, change) == nil)
    }

    @Test func dnsdistsCallbackIsGivenNameAndTruth() throws {
        let generation = try Fixture.build(
            """
            addServerStateChangeCallback(function(name, isUp)
              assert(name == 'one (192.0.2.1:53)' or name == '192.0.2.1:53', name)
              assert(isUp == true)
            end)
            """)
        #expect(generation.control.runStateCallback(0, Self.up) == nil)
        var unnamed = Self.up
        unnamed.name = ""
        #expect(generation.control.runStateCallback(0, unnamed) == nil)
        var down = Self.up
        down.to = "down"
        #expect(generation.control.runStateCallback(0, down) != nil)
    }

    @Test(arguments: [
        (
            "return change.form",
            "test.lua:2: change has no field 'form'; did you mean 'from'?"
        ),
        ("error('mine')", "test.lua:2: mine"),
        ("local x return x.y", "test.lua:2: attempt to index a nil value (local 'x')"),
        (
            "onStateChange(print)",
            "test.lua:2: onStateChange: only while the configuration is read"
        ),
        ("dns.query{server='192.0.2.1', name='a'}", "test.lua:2: dns.query: only a check's run"),
    ])
    func aFaultHasItsPlace(_ body: String, _ expected: String) throws {
        let generation = try Fixture.build("onStateChange(function(change)\n\(body)\nend)")
        let fault = try #require(generation.control.runStateCallback(0, Self.up))
        #expect(fault.description.hasPrefix(expected), "\(fault)")
    }

    @Test func aLoopIsCutOff() throws {
        let generation = try Fixture.build("onStateChange(function() while true do end end)")
        #expect(generation.control.runStateCallback(0, Self.up)?.usedUpBudget == true)
    }

    @Test func aCallbackActsOnServers() throws {
        let generation = try Fixture.build(
            """
            newServer{address='192.0.2.1', name='one'}
            newServer{address='192.0.2.2', name='two'}
            onStateChange(function(change)
              if change.to == 'up' then getServer('two'):setDown() end
            end)
            """)
        let slab = ServerSlab(planeThreads: 1)
        let handles = try slab.update(to: generation.configuration.servers)
        generation.bind(handles)
        #expect(generation.control.runStateCallback(0, Self.up) == nil)
        #expect(handles.map(\.forced) == [.auto, .down])
    }

    @Test(arguments: [
        ("onStateChange()", "test.lua:1: onStateChange: function must be a function"),
        ("onStateChange{}", "test.lua:1: onStateChange: function must be a function"),
        (
            "for i = 1, 101 do onStateChange(print) end",
            "test.lua:1: onStateChange: there are 100 callbacks already"
        ),
        (
            "addServerStateChangeCallback(1)",
            "test.lua:1: addServerStateChangeCallback: function must be a function"
        ),
    ])
    func aWrongCallbackIsRefused(_ text: String, _ expected: String) {
        #expect(Fixture.refusal(text).hasPrefix(expected), "\(Fixture.refusal(text))")
    }
}
