// SPDX-License-Identifier: Apache-2.0

import Addressing
import Configuration
import DNSWire
import LuaRuntime
import Probing
import Testing

@testable import Scripting

/// Would catch: a script's mistake that reads as a verdict, a verdict that reads as a mistake, a call
/// that blocks or resumes the wrong run, and a run that goes on after its end.
@Suite struct CheckRunTests {
    /// One run of the check whose body is given.
    final class Bench {
        let generation: Generation
        let prober = ScriptedProber()
        var run: CheckRun?
        var outcomes: [CheckOutcome] = []
        var trace = CheckTrace()

        init(_ body: String, limits: LuaLimits = LuaLimits()) throws {
            generation = try Fixture.build(
                "newCheck{name='c', run=function(ctx)\n\(body)\nend}", limits: limits)
        }

        func start(context: CheckContext = CheckContext(name: "c", deadlineSeconds: 0.2)) {
            run = generation.control.runCheck(0, context: context, prober: prober) {
                self.outcomes.append($0)
                self.trace = $1
            }
        }

        /// The outcome after the clock was moved far enough for everything.
        func outcome() -> CheckOutcome? {
            start()
            prober.advance(milliseconds: 10_000)
            return outcomes.first
        }
    }

    static func message(
        _ rcode: UInt8 = 0, answers: [String] = [], authoritative: Bool = false
    ) -> [UInt8] {
        // A header; then the question and A records of example.com.
        let name: [UInt8] = [7] + Array("example".utf8) + [3] + Array("com".utf8) + [0]
        var bytes: [UInt8] = [
            0, 0, authoritative ? 0x84 : 0x80, rcode, 0, 1, 0, UInt8(answers.count), 0, 0, 0, 0,
        ]
        bytes += name + [0, 1, 0, 1]
        for answer in answers {
            let address = IPAddress(answer)?.bytes ?? []
            bytes += [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4] + address
        }
        return bytes
    }

    // MARK: Verdicts

    @Test(arguments: [
        ("return true", CheckOutcome.up(score: 1, detail: "")),
        ("return true, 'fine'", .up(score: 1, detail: "fine")),
        ("return true, 7", .up(score: 1, detail: "7")),
        ("return false", .down(detail: "", isHard: false)),
        ("return false, 'SERVFAIL'", .down(detail: "SERVFAIL", isHard: false)),
        ("return {score = 0.5}", .up(score: 0.5, detail: "")),
        ("return {score = 0.25, detail = 'slow'}", .up(score: 0.25, detail: "slow")),
        ("return {score = '1'}, 'd'", .up(score: 1, detail: "d")),
    ])
    func aVerdictIsWhatTheScriptSaid(_ body: String, _ expected: CheckOutcome) throws {
        #expect(try Bench(body).outcome() == expected)
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
        ("local r = os.execute('true')", "test.lua:1: os.execute blocks; use exec.run in a check"),
        (
            "return newServer{address='192.0.2.1'}",
            "test.lua:2: newServer: only while the configuration is read"
        ),
    ])
    func aScriptsFaultIsAnErrorAndNoVerdict(_ body: String, _ expected: String) throws {
        guard case .error(let fault)? = try Bench(body).outcome() else {
            Issue.record("no error")
            return
        }
        #expect(expected.isEmpty || fault.description == expected)
        #expect(!fault.description.contains("\n"))
    }

    @Test func aLoopIsCutOffByItsBudgetAndIsAnError() throws {
        guard case .error(let fault)? = try Bench("while true do end").outcome() else {
            Issue.record("no error")
            return
        }
        #expect(fault.location?.line == 2)
    }

    // MARK: Calls that wait

    @Test func aQueryIsAskedAsToldAndItsReplyRead() throws {
        let bench = try Bench(
            """
            local reply = dns.query{server='192.0.2.1:5353', name='example.com', type=DNSQType.A,
              transport='tcp', timeout='100ms', retries=1, recursionDesired=false,
              checkingDisabled=true, dnssecOK=true, source='192.0.2.9'}
            assert(reply.ok and reply.rcode == DNSRCode.NOERROR and reply.rcodeName == 'NOERROR')
            assert(reply.authoritative and not reply.truncated)
            local first = reply.answers[1]
            assert(first.name == 'example.com.' and first.typeName == 'A' and first.ttl == 60)
            assert(first.target == nil and first.data == '198.51.100.1')
            return #reply.answers == 2, first.address
            """)
        var asked: [DNSProbe] = []
        bench.prober.answerQuery = {
            asked.append($0)
            return .init(
                afterMilliseconds: 5,
                .success(
                    Self.message(answers: ["198.51.100.1", "198.51.100.2"], authoritative: true)))
        }
        #expect(bench.outcome() == .up(score: 1, detail: "198.51.100.1"))
        let probe = try #require(asked.first)
        #expect(probe.server.description == "192.0.2.1:5353")
        #expect(probe.question.description == "example.com. IN A")
        #expect(probe.transport == .tcp)
        #expect((probe.timeoutMilliseconds, probe.retries) == (100, 1))
        #expect(!probe.recursionDesired && probe.checkingDisabled && probe.dnssecOK)
        #expect(probe.source == IPAddress("192.0.2.9"))
        #expect(bench.trace.entries.map(\.call) == ["dns.query 192.0.2.1:5353 example.com. A"])
        #expect(bench.trace.entries.map(\.result) == ["NOERROR, 2 answers"])
    }

    @Test func aCallWithoutATimeoutTakesWhatIsLeftOfTheRun() throws {
        let bench = try Bench("return dns.query{server='192.0.2.1', name='a'}.ok")
        var timeouts: [Int] = []
        bench.prober.answerQuery = {
            timeouts.append($0.timeoutMilliseconds)
            return nil
        }
        bench.start()
        #expect((150...200).contains(timeouts.first ?? 0))
    }

    @Test(arguments: [
        (ProbeError.Fault.refused, true, "dns.query 192.0.2.1:53: connection refused"),
        (
            .noAnswer(timeoutMilliseconds: 500, tries: 1, ignored: 0), false,
            "dns.query 192.0.2.1:53: no answer in 0.5 s"
        ),
    ])
    func aCallThatCannotCompleteIsAnHonestDown(
        _ fault: ProbeError.Fault, _ isHard: Bool, _ words: String
    ) throws {
        let bench = try Bench("return dns.query{server='192.0.2.1', name='a'}.ok")
        bench.prober.answerQuery = { _ in .init(.failure(fault)) }
        #expect(bench.outcome() == .down(detail: words, isHard: isHard))
    }

    @Test func pcallCatchesACallThatCannotComplete() throws {
        let bench = try Bench(
            """
            local ok, words = pcall(dns.query, {server='192.0.2.1', name='a'})
            assert(not ok)
            return true, words
            """)
        bench.prober.answerQuery = { _ in .init(.failure(.refused)) }
        #expect(
            bench.outcome()
                == .up(score: 1, detail: "dns.query 192.0.2.1:53: connection refused"))
    }

    @Test func aFaultAfterACaughtFailureIsStillTheScripts() throws {
        let bench = try Bench(
            "pcall(dns.query, {server='192.0.2.1', name='a'}) local x; return x.y")
        bench.prober.answerQuery = { _ in .init(.failure(.refused)) }
        guard case .error? = bench.outcome() else {
            Issue.record("no error")
            return
        }
    }

    @Test(arguments: [
        ("reply.okay", "test.lua:3: reply has no field 'okay'"),
        (
            "reply.rcodename",
            "test.lua:3: reply has no field 'rcodename'; did you mean 'rcodeName'?"
        ),
        (
            "reply.answers[1].adress",
            "test.lua:3: record has no field 'adress'; did you mean 'address'?"
        ),
    ])
    func aMisspeltFieldOfAReplyIsAnError(_ field: String, _ expected: String) throws {
        let bench = try Bench(
            "local reply = dns.query{server='192.0.2.1', name='example.com'}\nreturn \(field)")
        bench.prober.answerQuery = { _ in
            .init(.success(Self.message(answers: ["198.51.100.1"])))
        }
        guard case .error(let fault)? = bench.outcome() else {
            Issue.record("no error")
            return
        }
        #expect(fault.description.hasPrefix(expected))
    }

    @Test func aConnectionIsReadAndWrittenAndClosedAtTheEnd() throws {
        let bench = try Bench(
            """
            local c = tcp.connect{address='192.0.2.1:25', timeout=0.1}
            local banner = c:read('line')
            c:write('QUIT\\r\\n')
            local rest = c:read(3)
            return banner == '220 ready' and rest == 'bye', banner
            """)
        let connection = ScriptedConnection(incoming: Array("220 ready\r\nbye".utf8))
        bench.prober.answerConnect = { _ in .init(.success(connection)) }
        #expect(bench.outcome() == .up(score: 1, detail: "220 ready"))
        #expect(connection.written == Array("QUIT\r\n".utf8))
        #expect(connection.isClosed)
    }

    @Test func aClosedConnectionSaysSo() throws {
        let bench = try Bench("local c = tcp.connect('192.0.2.1:25') c:close() return c:read(1)")
        bench.prober.answerConnect = { _ in .init(.success(ScriptedConnection(incoming: []))) }
        guard case .error(let fault)? = bench.outcome() else {
            Issue.record("no error")
            return
        }
        #expect(fault.message == "connection:read: the connection is closed")
    }

    @Test func aProcessIsRunAndItsOutputRead() throws {
        let bench = try Bench(
            """
            local r = exec.run{'dig', '+short', 'a', timeout=0.1, environment={LANG='C'}}
            return r.status == 0 and r.stdout == '192.0.2.1\\n', r.stderr
            """)
        var ran: [ProcessProbe] = []
        bench.prober.answerRun = {
            ran.append($0)
            return .init(
                .success(
                    ProcessOutcome(
                        ending: .exited(status: 0), output: Array("192.0.2.1\n".utf8),
                        errorOutput: [], seconds: 0.01)))
        }
        #expect(bench.outcome() == .up(score: 1, detail: ""))
        #expect(ran.first?.arguments == ["dig", "+short", "a"])
        #expect(ran.first?.environment == ["LANG": "C"])
        #expect(ran.first?.timeoutMilliseconds == 100)
    }

    @Test(arguments: [
        ("return exec.shell('exit 3').status == 3", CheckOutcome.up(score: 1, detail: "")),
        (
            "exec.check{'false', timeout=1} return true",
            .down(detail: "exec.check false: status 3: it broke", isHard: false)
        ),
    ])
    func aStatusIsReadOrRaised(_ body: String, _ expected: CheckOutcome) throws {
        let bench = try Bench(body)
        bench.prober.answerRun = { _ in
            .init(
                .success(
                    ProcessOutcome(
                        ending: .exited(status: 3), output: [],
                        errorOutput: Array("it broke\nreally".utf8), seconds: 0)))
        }
        #expect(bench.outcome() == expected)
    }

    @Test func sleepWaitsWithoutBlocking() throws {
        let bench = try Bench("sleep(0.05) sleep('10ms') return true")
        bench.start()
        bench.prober.advance(milliseconds: 59)
        #expect(bench.outcomes.isEmpty)
        #expect(bench.run?.waitingFor == "sleep 0.01 s")
        bench.prober.advance(milliseconds: 1)
        #expect(bench.outcomes == [.up(score: 1, detail: "")])
        #expect(bench.prober.calls == ["sleep 0.05", "sleep 0.01"])
    }

    @Test func theContextIsReadable() throws {
        let bench = try Bench(
            """
            assert(ctx.name == 'c' and ctx.target == nil and ctx.deadline == 0.2)
            assert(ctx.previous.up == false and ctx.previous.detail == 'before')
            return true
            """)
        bench.start(
            context: CheckContext(
                name: "c", previous: .init(isUp: false, detail: "before"), deadlineSeconds: 0.2))
        #expect(bench.outcomes == [.up(score: 1, detail: "")])
    }

    @Test func aCancelledRunTellsNothingAndLeavesNothing() throws {
        let bench = try Bench("dns.query{server='192.0.2.1', name='a'} return true")
        bench.start()
        #expect(bench.run?.waitingFor == "dns.query 192.0.2.1:53 a. A")
        bench.run?.cancel()
        bench.prober.advance(milliseconds: 10_000)
        #expect(bench.outcomes.isEmpty)
        #expect(bench.prober.pendingCount == 0)
        #expect(bench.run?.isFinished == true)
        #expect(bench.run?.trace.entries.map(\.result) == ["cut off"])
    }

    @Test func runsTakeTurnsAndKeepTheirOwnCalls() throws {
        let generation = try Fixture.build(
            """
            for i = 1, 3 do
              newCheck{name='c' .. i, run=function(ctx)
                sleep(i / 100)
                local reply = dns.query{server='192.0.2.' .. i, name='example.com', timeout=1}
                return reply.ok, ctx.name .. ' ' .. reply.answers[1].data
              end}
            end
            """)
        let prober = ScriptedProber()
        prober.answerQuery = {
            let last = $0.server.address.v4Bits & 0xff
            return .init(
                afterMilliseconds: 50 - Int(last) * 15,
                .success(Self.message(answers: ["198.51.100.\(last)"])))
        }
        var outcomes: [CheckOutcome] = []
        for index in 0..<3 {
            generation.control.runCheck(
                index, context: CheckContext(name: "c\(index + 1)", deadlineSeconds: 1),
                prober: prober
            ) { outcome, _ in outcomes.append(outcome) }
        }
        prober.advance(milliseconds: 1_000)
        #expect(
            outcomes == [
                .up(score: 1, detail: "c3 198.51.100.3"), .up(score: 1, detail: "c2 198.51.100.2"),
                .up(score: 1, detail: "c1 198.51.100.1"),
            ])
    }

    @Test func manyCallsDoNotGrowTheStackOrTheTrace() throws {
        let bench = try Bench(
            "for i = 1, 5000 do sleep(0) end return true")
        #expect(bench.outcome() == .up(score: 1, detail: ""))
        #expect(bench.trace.entries.count == CheckTrace.entriesMax)
        #expect(bench.trace.omitted == 5_000 - CheckTrace.entriesMax)
    }

    @Test func aYieldOfOnesOwnIsExplained() throws {
        guard case .error(let fault)? = try Bench("coroutine.yield() return true").outcome() else {
            Issue.record("no error")
            return
        }
        #expect(!fault.message.isEmpty)
    }

    @Test func whatAScriptLogsReachesTheSinkWithItsLine() throws {
        let lines = LogLines()
        let generation = try Fixture.build(
            """
            warnlog('careful', 7)
            print('loaded', true)
            newCheck{name='c', run=function() errlog('broken') return true end}
            """, log: { lines.append($0) })
        _ = generation.control.runCheck(
            0, context: CheckContext(name: "c", deadlineSeconds: 1), prober: ScriptedProber()
        ) { _, _ in }
        #expect(
            lines.all.map { "\($0.priority.rawValue) \($0.location?.line ?? 0) \($0.text)" }
                == ["warning 1 careful\t7", "info 2 loaded\ttrue", "error 3 broken"])
    }

    @Test func sharedValuesOutliveAGeneration() throws {
        let shared = SharedValues()
        for expected in [1, 2] {
            let generation = try ScriptBuilder.build(
                path: "test.lua",
                text: """
                    newCheck{name='c', run=function()
                      shared:add('runs', 1)
                      return true, shared.runs
                    end}
                    """, nodeName: "n", mode: .validate, planeThreads: 1, shared: shared)
            var outcome: CheckOutcome?
            generation.control.runCheck(
                0, context: CheckContext(name: "c", deadlineSeconds: 1), prober: ScriptedProber()
            ) { told, _ in outcome = told }
            #expect(outcome == .up(score: 1, detail: "\(expected)"))
        }
    }
}
