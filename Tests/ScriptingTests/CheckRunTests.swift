// SPDX-License-Identifier: Apache-2.0

import Addressing
import DNSWire
import Declarations
import LuaRuntime
import Probing
import Testing

@testable import Scripting

/// Would catch: a call that blocks or resumes the wrong run, a failure that is taken for the script's
/// fault, and a run that goes on after its end.
@Suite struct CheckRunTests {
    @Test func aQueryIsAskedAsToldAndItsReplyRead() throws {
        let bench = try CheckBench(
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
                    CheckBench.message(
                        answers: ["198.51.100.1", "198.51.100.2"], authoritative: true)))
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
        let bench = try CheckBench("return dns.query{server='192.0.2.1', name='a'}.ok")
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
        let bench = try CheckBench("return dns.query{server='192.0.2.1', name='a'}.ok")
        bench.prober.answerQuery = { _ in .init(.failure(fault)) }
        #expect(bench.outcome() == .down(detail: words, isHard: isHard))
    }

    @Test func pcallCatchesACallThatCannotComplete() throws {
        let bench = try CheckBench(
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
        let bench = try CheckBench(
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
        let bench = try CheckBench(
            "local reply = dns.query{server='192.0.2.1', name='example.com'}\nreturn \(field)")
        bench.prober.answerQuery = { _ in
            .init(.success(CheckBench.message(answers: ["198.51.100.1"])))
        }
        guard case .error(let fault)? = bench.outcome() else {
            Issue.record("no error")
            return
        }
        #expect(fault.description.hasPrefix(expected))
    }

    @Test func aConnectionIsReadAndWrittenAndClosedAtTheEnd() throws {
        let bench = try CheckBench(
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
        let bench = try CheckBench(
            "local c = tcp.connect('192.0.2.1:25') c:close() return c:read(1)")
        bench.prober.answerConnect = { _ in .init(.success(ScriptedConnection(incoming: []))) }
        guard case .error(let fault)? = bench.outcome() else {
            Issue.record("no error")
            return
        }
        #expect(fault.message == "connection:read: the connection is closed")
    }

    @Test func aProcessIsRunAndItsOutputRead() throws {
        let bench = try CheckBench(
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
            "exec.check{'false', timeout=0.2} return true",
            .down(detail: "exec.check false: status 3: it broke", isHard: false)
        ),
    ])
    func aStatusIsReadOrRaised(_ body: String, _ expected: CheckOutcome) throws {
        let bench = try CheckBench(body)
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
        let bench = try CheckBench("sleep(0.05) sleep('10ms') return true")
        bench.start()
        bench.prober.advance(milliseconds: 59)
        #expect(bench.outcomes.isEmpty)
        #expect(bench.run?.waitingFor == "sleep 0.01 s")
        bench.prober.advance(milliseconds: 1)
        #expect(bench.outcomes == [.up(score: 1, detail: "")])
        #expect(bench.prober.calls == ["sleep 0.05", "sleep 0.01"])
    }

    @Test func theContextIsReadable() throws {
        let bench = try CheckBench(
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
        let bench = try CheckBench("dns.query{server='192.0.2.1', name='a'} return true")
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
                .success(CheckBench.message(answers: ["198.51.100.\(last)"])))
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
        let bench = try CheckBench(
            "for i = 1, 5000 do sleep(0) end return true")
        #expect(bench.outcome() == .up(score: 1, detail: ""))
        #expect(bench.trace.entries.count == CheckTrace.entriesMax)
        #expect(bench.trace.omitted == 5_000 - CheckTrace.entriesMax)
    }

    @Test func aYieldOfOnesOwnIsExplained() throws {
        guard case .error(let fault)? = try CheckBench("coroutine.yield() return true").outcome()
        else {
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
