// SPDX-License-Identifier: Apache-2.0

import Declarations
import Glibc
import Testing

@testable import Scripting

/// Would catch: a test of a script that passes whatever the script does, or whose failure does not
/// say where and by how much.
@Suite struct ScriptTestsTests {
    /// Runs `text` as a file of tests.
    private func results(
        _ text: String, milliseconds: Int = 5_000
    ) throws -> [ScriptTestResult] {
        let path = "/tmp/pharos-\(getpid())-\(UInt64.random(in: .min ... .max)).test.lua"
        let file = try #require(fopen(path, "w"))
        fputs(text, file)
        fclose(file)
        defer { unlink(path) }
        return ScriptTests.run(path, testMilliseconds: milliseconds)
    }

    /// The problem of the only test in `body`, `nil` when it passes.
    private func problem(_ body: String) throws -> String? {
        let results = try results("test('it', function()\n\(body)\nend)")
        #expect(results.count == 1)
        return results.first?.problem
    }

    @Test func serversOfATestAreFoundBesideDeclaredOnes() throws {
        // Symptom: getServer and getServers ended the process once servers{} had made some.
        #expect(
            try problem(
                """
                newServer{address = '192.0.2.9', name = 'declared', order = 7}
                servers{{name = 'made', order = 2}}
                expect(getServer('made').name, 'made')
                expect(#getServers(), 2)
                """) == nil)
    }

    // MARK: Assertions

    @Test func equalValuesPass() throws {
        #expect(try problem("expect(1, 1) expect({a={1,2}}, {a={1,2}}) expect(nil, nil)") == nil)
    }

    @Test func aDifferenceIsNamedByItsPath() throws {
        let found = try problem(
            "expect({answers={{data='192.0.2.1', ttl=60}}}, {answers={{data='192.0.2.2', ttl=60}}}, 'reply')"
        )
        #expect(found == #"reply.answers[1].data: expected "192.0.2.2", got "192.0.2.1""#)
    }

    @Test func aFieldTooManyIsADifference() throws {
        #expect(try problem("expect({a=1, b=2}, {a=1})") == "value.b: expected nil, got 2")
    }

    @Test func theFailureIsAtTheLineOfTheTest() throws {
        let results = try results("test('it', function()\n\n  expect(1, 2)\nend)")
        #expect(results.first?.location.line == 3)
    }

    @Test func theOtherAssertionsFailToo() throws {
        #expect(
            try problem("expect.near(1.0, 2.0, 0.5, 'share')")?.hasPrefix("share: expected 2.0")
                == true)
        #expect(try problem("expect.raises(function() end)") == "expected an error, got none")
        #expect(
            try problem("expect.raises(function() error('no') end, 'yes')")?.contains("yes") == true
        )
        #expect(try problem("expect.matches('abc', 'x')")?.contains("\"x\"") == true)
        #expect(try problem("expect.yes(false, 'it holds')") == "it holds: expected yes, got false")
        #expect(try problem("expect.same(1, 1)")?.contains("there is no expect.same") == true)
    }

    @Test func aTestThatRaisesFailsAndTheNextRuns() throws {
        let results = try results(
            "test('one', function() local x = nil; return x.y end) test('two', function() end)")
        #expect(results.map(\.passed) == [false, true])
        #expect(results[0].problem?.contains("local 'x'") == true)
        #expect(!results[0].traceback.isEmpty)
    }

    @Test func aTestThatLoopsIsStopped() throws {
        let results = try results(
            "test('one', function() while true do end end) test('two', function() end)",
            milliseconds: 100)
        #expect(results.map(\.passed) == [false, true])
    }

    @Test func aFileThatErrorsIsOneFailureWithItsPlace() throws {
        let results = try results("test('one', function() end)\nlocal x = nil + 1")
        #expect(results.count == 1)
        #expect(results[0].location.line == 2)
        #expect(results[0].name.isEmpty)
        let missing = ScriptTests.run("/nowhere/x.test.lua")
        #expect(missing.first?.problem?.contains("/nowhere/x.test.lua") == true)
    }

    // MARK: Policies

    @Test func aPolicyMayBeFunctionOrObject() throws {
        #expect(
            try problem(
                """
                local pool = servers{{name='a', outstanding=3}, {name='b', outstanding=1}}
                expect(choose(function(list) return list[1] end, pool).name, 'a')
                expect(choose(newServerPolicy('p', function(list) return list[2] end), pool).name, 'b')
                expect(choose(leastOutstanding, pool).name, 'b')
                """) == nil)
    }

    @Test func aPolicySeesTheQuery() throws {
        #expect(
            try problem(
                """
                local pool = servers{{name='a'}, {name='b'}}
                local function policy(list, dq)
                    if dq.qtype == DNSQType.AAAA and dq.qname:toString() == 'www.example.com.'
                        and dq.remoteaddr:toString() == '192.0.2.9' then return list[2] end
                    return list[1]
                end
                local query = {name='www.example.com', type='AAAA', from='192.0.2.9'}
                expect(choose(policy, pool, query).name, 'b')
                expect(choose(policy, pool).name, 'a')
                """) == nil)
    }

    @Test func aPolicyThatFailsFailsTheTestWithItsPlace() throws {
        let found = try problem(
            """
            local pool = servers{{name='a'}}
            choose(function(list)
                return list[1].nmae
            end, pool)
            """)
        #expect(found?.contains("choose: the policy failed at") == true)
        #expect(found?.contains(":4: ") == true)
    }

    @Test func aMisspeltStateIsNamed() throws {
        #expect(
            try problem("servers{{name='a', outstandign=3}}")?.contains("outstanding") == true)
        #expect(
            try problem("local p = servers{{name='a'}} set(p[1], {pu=false})")?.contains("'up'")
                == true)
    }

    @Test func sharesFollowScores() throws {
        #expect(
            try problem(
                """
                local pool = servers{{name='a', weight=100}, {name='b', weight=100, score=0.5}}
                local counts = distribution(wrandom, pool, 3000)
                expect.near(counts.a, 2000, 110)
                """) == nil)
    }

    // MARK: Checks

    private static let resolver = """
        local function resolver()
            local reply = dns.query{server='192.0.2.1', name='a.root-servers.net', type='A'}
            if not reply.ok then return false, reply.rcodeName end
            return #reply.answers > 0, reply.answers[1].data
        end

        """

    @Test func aCheckIsAnsweredByTheTest() throws {
        #expect(
            try problem(
                Self.resolver + """
                    fake.dns{answers={{data='192.0.2.7'}}, after=0.02}
                    local result = run(resolver)
                    expect(result.state, 'up')
                    expect(result.detail, '192.0.2.7')
                    expect(result.seconds, 0.02)
                    expect(#result.calls, 1)
                    fake.dns{rcode='SERVFAIL'}
                    expect(run(resolver).detail, 'SERVFAIL')
                    fake.dns(nil)
                    result = run(resolver)
                    expect(result.state, 'down')
                    expect.matches(result.detail, 'no answer')
                    fake.dns('refused')
                    expect.matches(run(resolver).detail, 'connection refused')
                    """) == nil)
    }

    @Test func anAnswerMayDependOnTheQuestion() throws {
        #expect(
            try problem(
                Self.resolver + """
                    fake.dns(function(question)
                        expect(question.type, 'A')
                        return question.server == '192.0.2.1:53' and {answers={{data='192.0.2.7'}}} or nil
                    end)
                    expect(run(resolver).up, true)
                    """) == nil)
    }

    @Test func aMistakeInAnAnswerFailsTheTestNotTheCheck() throws {
        let found = try problem(
            Self.resolver + "fake.dns{answers={{data='nonsense'}}} run(resolver)")
        #expect(found?.contains("must be an address, not 'nonsense'") == true)
        let raised = try problem(
            Self.resolver + "fake.dns(function() return nil + 1 end) run(resolver)")
        #expect(raised?.contains("arithmetic") == true)
    }

    @Test func aCheckThatErrsSaysWhere() throws {
        #expect(
            try problem(
                """
                local result = run(function() return nothing.there end)
                expect(result.state, 'error')
                expect.matches(result.detail, "global 'nothing'")
                expect.matches(result.place, ':2')
                """) == nil)
    }

    @Test func connectionsAndCommandsAreAnsweredToo() throws {
        #expect(
            try problem(
                """
                fake.tcp(function(address)
                    expect(address, '192.0.2.1:25')
                    return {send='220 ready\\r\\n'}
                end)
                expect(run(function()
                    local c = tcp.connect{address='192.0.2.1:25'}
                    return c:read('line') == '220 ready'
                end).up, true)
                fake.exec{status=1, stderr='no'}
                local result = run(function() return exec.run{'true'}.status == 0 end)
                expect(result.state, 'down')
                """) == nil)
    }

    @Test func aClockIsAdvanced() throws {
        #expect(
            try problem(
                """
                local answers = {answers={{data='192.0.2.7'}}}
                local check = newCheck{name='c', interval=1, fastInterval=0.2, timeout=0.1, rise=3, fall=2,
                    run=function() return dns.query{server='192.0.2.1', name='x.'}.ok end}
                fake.dns(answers)
                local w = watch(check)
                expect(w.state, 'unknown')
                advance(0)
                expect(w.state, 'rising')
                expect(w.progress, '1/3')
                advance(0.4)
                expect(w.state, 'up')
                fake.dns(nil)
                advance(1.1)
                expect(w.state, 'falling')
                expect(w.up, true)
                advance(0.3)
                expect(w.state, 'down')
                expect(w.flaps, 1)
                local before = os.time()
                advance(3600)
                expect(os.time() - before, 3600)
                expect.raises(function() return w.stat end, "'state'")
                """) == nil)
    }

    // MARK: Rules

    @Test func aRuleDecidesAboutANode() throws {
        #expect(
            try problem(
                """
                local function rule(node)
                    if not node.checks.resolver.up then return false, 'no resolver' end
                    return {med = node.pools[''].up >= 2 and 100 or 500}
                end
                local up = {checks={resolver={up=true}}, pools={['']={{up=true}, {up=true}}}}
                local decision = decide(rule, up)
                expect(decision.announced, true)
                expect(decision.attributes, {med=100})
                up.pools[''][1].up = false
                expect(decide(rule, up).attributes.med, 500)
                up.checks.resolver.up = false
                expect(decide(rule, up).state, 'withdraw')
                expect(decide(rule, up).detail, 'no resolver')
                local wrong = decide(function(node) return node.chekcs end, up)
                expect(wrong.state, 'error')
                expect.matches(wrong.detail, "'checks'")
                """) == nil)
    }
}
