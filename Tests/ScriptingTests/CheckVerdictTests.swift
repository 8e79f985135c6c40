// SPDX-License-Identifier: Apache-2.0

import Declarations
import LuaRuntime
import Testing

@testable import Scripting

/// Would catch: a script's mistake that reads as a verdict, and a verdict that reads as a mistake.
@Suite struct CheckVerdictTests {
    @Test(arguments: [
        ("return true", CheckOutcome.up(score: 1, detail: "")),
        ("return true, 'fine'", .up(score: 1, detail: "fine")),
        ("return true, 7", .up(score: 1, detail: "7")),
        ("return false", .down(detail: "", isHard: false)),
        ("return false, 'SERVFAIL'", .down(detail: "SERVFAIL", isHard: false)),
        ("return {score = 0.5}", .up(score: 0.5, detail: "")),
        ("return {score = 0.25, detail = 'slow'}", .up(score: 0.25, detail: "slow")),
        ("return {score = '1'}, 'd'", .up(score: 1, detail: "d")),
        ("return {score = 0}", .up(score: 0, detail: "")),
        // A detail that is none changes no verdict.
        ("return true, {}", .up(score: 1, detail: "(the detail is a table, not text)")),
        ("return false, true", .down(detail: "(the detail is true, not text)", isHard: false)),
        ("return true, nil", .up(score: 1, detail: "")),
    ])
    func aVerdictIsWhatTheScriptSaid(_ body: String, _ expected: CheckOutcome) throws {
        #expect(try CheckBench(body).outcome() == expected)
    }

    @Test(arguments: [
        ("", "test.lua:1: run returned nothing; it must return true, false or {score = …}"),
        ("return nil", "test.lua:1: run returned nil; it must return true, false or {score = …}"),
        (
            "return nil, 'why'",
            "test.lua:1: run returned nil ('why'); it must return true, false or {score = …}"
        ),
        (
            "return 0",
            "test.lua:1: run returned the number 0, which may be an exit status or a score; it must"
                + " return true, false or {score = …}"
        ),
        ("return 'up'", "test.lua:1: run returned 'up'; it must return true, false or {score = …}"),
        (
            "return {scroe = 1}",
            "test.lua:1: run's result: unknown key 'scroe'; did you mean 'score'?"
        ),
        ("return {}", "test.lua:1: run's result: score is missing"),
        (
            "return {score = 100}",
            "test.lua:1: run's result: score must be from 0 to 1, not the number 100"
        ),
        (
            "return {score = 0/0}",
            "test.lua:1: run's result: score must be from 0 to 1, not the number nan"
        ),
        (
            "return {score = -0.01}",
            "test.lua:1: run's result: score must be from 0 to 1, not the number -0.01"
        ),
        (
            "return {score = 1/0}",
            "test.lua:1: run's result: score must be from 0 to 1, not the number inf"
        ),
        (
            "return {score = 'good'}",
            "test.lua:1: run's result: score must be from 0 to 1, not 'good'"
        ),
        (
            "return {score = 1, detail = {}}",
            "test.lua:1: run's result: detail must be text, not a table"
        ),
        // A tail call leaves no line behind: the function's.
        (
            "return tcp.connect('192.0.2.1')",
            "test.lua:1: tcp.connect: address '192.0.2.1' has no port"
        ),
        ("error('mine')", "test.lua:2: mine"),
        ("error({})", ""),
        ("local x; return x.y", "test.lua:2: attempt to index a nil value (local 'x')"),
        (
            "return dns.qurey{}",
            "test.lua:2: there is no function 'qurey'; did you mean 'dns.query'?"
        ),
        (
            "return ctx.nmae == 'c'",
            "test.lua:2: ctx has no field 'nmae'; did you mean 'name'?"
        ),
        ("\nlocal r = dns.query{name='a'}", "test.lua:3: dns.query: server is missing"),
        (
            "local r = dns.query{server='192.0.2.1', name='a', tpye='A'}",
            "test.lua:2: dns.query: unknown key 'tpye'; did you mean 'type'?"
        ),
        (
            "local r = dns.query{server='192.0.2.1', name='a..b'}",
            "test.lua:2: dns.query: name \"a..b\": empty label"
        ),
        (
            "local r = tcp.connect('192.0.2.1')",
            "test.lua:2: tcp.connect: address '192.0.2.1' has no port"
        ),
        (
            "local r = exec.run('ls -l')",
            "test.lua:2: exec.run: give a list, {\"dig\", \"+short\", …}, or use exec.shell for a"
                + " line"
        ),
        (
            "sleep('soon')",
            "test.lua:2: sleep: seconds must be seconds, as a number or as text like"
                + " \"500ms\", not 'soon'"
        ),
        ("local r = os.execute('true')", "test.lua:2: os.execute blocks; use exec.run in a check"),
        (
            "return newServer{address='192.0.2.1'}",
            "test.lua:2: newServer: only while the configuration is read"
        ),
    ])
    func aScriptsFaultIsAnErrorAndNoVerdict(_ body: String, _ expected: String) throws {
        guard case .error(let fault)? = try CheckBench(body).outcome() else {
            Issue.record("no error")
            return
        }
        #expect(expected.isEmpty || fault.description == expected)
        #expect(!fault.description.contains("\n"))
    }

    @Test func aLoopIsCutOffByItsBudgetAndIsAnError() throws {
        guard case .error(let fault)? = try CheckBench("while true do end").outcome() else {
            Issue.record("no error")
            return
        }
        #expect(fault.location?.line == 2)
    }
}
