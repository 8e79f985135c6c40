// SPDX-License-Identifier: Apache-2.0

import DNSWire
import Declarations
import LuaRuntime
import Probing
import Testing

@testable import Scripting

/// Would catch: a `checkFunction` that is not asked, a flag that is lost, and a faulty one that reads
/// as a server that is down.
@Suite struct HealthCheckTests {
    /// A generation whose `checkFunction` fails only when asked a second time, so that it loads.
    private func generation(_ body: String) throws -> Generation {
        try Fixture.build(
            """
            local asked = false
            newServer{address="192.0.2.1", name="a", checkName="Example.org", checkType="AAAA",
                      setCD=true, checkFunction=function(qname, qtype, qclass, dh)
            if not asked then asked = true return qname, qtype, qclass end
            \(body)
            end}
            """)
    }

    private func query(_ body: String) throws -> Result<ServerProbe.Query, ScriptFault> {
        let generation = try generation(body)
        defer { generation.close() }
        return generation.control.healthQuery(of: generation.configuration.servers[0])
    }

    @Test func itIsGivenWhatWasDeclaredAndSaysWhatIsAsked() throws {
        let found = try query(
            """
            assert(qname:toString() == "Example.org." and qtype == DNSQType.AAAA and qclass == 1)
            assert(dh:getRD() and dh:getCD() and not dh:getAD() and not dh:getQR())
            dh:setRD(false) dh:setAD(true)
            return newDNSName("x1.example.net"), DNSQType.TXT, DNSClass.CHAOS
            """
        ).get()
        #expect("\(found.question.name)" == "x1.example.net.")
        #expect(found.question.type == .txt && found.question.class.rawValue == 3)
        #expect(!found.flags.recursionDesired && found.flags.checkingDisabled)
        #expect(found.flags.isAuthenticData && !found.flags.isResponse)
    }

    @Test func aNameMayBeText() throws {
        let found = try query("return 'plain.example', '1', 1").get()
        #expect("\(found.question.name)" == "plain.example.")
        #expect(found.question.type == .a)
    }

    @Test func withoutOneTheDeclaredQuestionIsAsked() throws {
        let generation = try Fixture.build("newServer{address='192.0.2.1', checkName='a.test'}")
        defer { generation.close() }
        let found = try generation.control.healthQuery(of: generation.configuration.servers[0])
            .get()
        #expect(found.flags == .query && "\(found.question.name)" == "a.test.")
    }

    @Test(arguments: [
        (
            "",
            "test.lua:3: checkFunction returned nothing; it must return a name, a type and a class"
        ),
        (
            "return qname, qtype",
            "test.lua:3: checkFunction returned 2 values; it must return a name, a type and a class"
        ),
        (
            "return 7, qtype, qclass",
            "test.lua:3: checkFunction returned the number 7 as its name; it must return a name, a"
                + " type and a class"
        ),
        (
            "return qname, 70000, qclass",
            "test.lua:3: checkFunction returned the number 70000 as its type; it must return a name,"
                + " a type and a class"
        ),
        (
            "return qname, qtype, {}",
            "test.lua:3: checkFunction returned a table as its class; it must return a name, a type"
                + " and a class"
        ),
        ("error('mine')", "test.lua:5: mine"),
        ("return nothing.here", "test.lua:5: attempt to index a nil value (global 'nothing')"),
        ("dh:setRD(1)", "test.lua:5: setRD: give true or false"),
        ("return dh:getID(), 1, 1", "the identifier is chosen when the query is sent"),
        ("while true do end", "test.lua:5: "),
        ("return dns.query{server='192.0.2.1', name='a'}", "dns.query: only in a check's run"),
    ])
    func itsFaultsAreErrors(_ body: String, _ expected: String) throws {
        guard case .failure(let fault) = try query(body) else {
            Issue.record("no fault")
            return
        }
        #expect(fault.description.contains(expected), "\(fault)")
    }

    @Test func theHeaderIsGoneAfterwards() throws {
        let generation = try generation("kept = dh return qname, qtype, qclass")
        defer { generation.close() }
        _ = generation.control.healthQuery(of: generation.configuration.servers[0])
        let result = generation.control.run(command: "kept:setRD(true)")
        #expect(result.fault?.message.contains("only while its checkFunction runs") == true)
    }

    @Test func oneThatFailsAtOnceRefusesTheLoad() {
        // Symptom (dnsdist #11224): --check-config passed it, then the server was marked down.
        let refusal = Fixture.refusal(
            """
            newServer{address="192.0.2.1", name="a",
              checkFunction=function(qname) return qname:appnd("x"), 1, 1 end}
            """)
        #expect(refusal.hasPrefix("test.lua:2: checkFunction of server a fails: "), "\(refusal)")
    }

    @Test func verboseHealthChecksAreDeclared() throws {
        let text = "setVerboseHealthChecks(true)"
        #expect(try Fixture.configuration(text).logsFailedHealthChecks)
        #expect(try Fixture.configuration(text).warnings == [])
        #expect(try !Fixture.configuration("").logsFailedHealthChecks)
    }

    // MARK: Methods

    @Test func modesAndParametersAreSetWhileLoading() throws {
        let servers = try Fixture.build(
            """
            local a = newServer{address="192.0.2.1", name="a", healthCheckMode="down"}
            local b = newServer{address="192.0.2.2", name="b", healthCheckMode="lazy", rise=4}
            assert(a:getHealthCheckMode() == "active" and b:getHealthCheckMode() == "lazy")
            a:setLazyAuto() b:setActiveAuto(true)
            b:setHealthCheckParams{checkInterval="7", checkTimeout=50, maxCheckFailures=3, rise=0}
            setServerPolicyLua("mine", function(servers, dq) return servers[1] end)
            """, mode: .run
        ).configuration.servers
        #expect(servers.map(\.healthCheck.mode) == [.lazy, .auto])
        #expect(servers.map(\.initialState) == [.auto, .auto])
        let check = servers[1].healthCheck
        #expect(check.intervalSeconds == 7 && check.timeoutMilliseconds == 50)
        #expect(check.failuresMax == 3 && check.rise == 4)
    }

    @Test func aChangeLaterIsTold() throws {
        let generation = try Fixture.build("newServer{address='192.0.2.1', name='a'}")
        defer { generation.close() }
        var told: [ServerDeclaration] = []
        generation.control.onHealthCheckChange = { told.append($0) }
        let result = generation.control.run(
            command: "local s = getServer('a') s:setHealthCheckParams{rise = 5} s:setLazyAuto()")
        #expect(result.fault == nil)
        #expect(told.map(\.healthCheck.rise) == [5, 5])
        #expect(told.map(\.healthCheck.mode) == [.auto, .lazy])
    }

    @Test(arguments: [
        ("s:setHealthCheckParams{rsie = 1}", "unknown key 'rsie'; did you mean 'rise'?"),
        ("s:setHealthCheckParams(3)", "its argument must be a table, not the number 3"),
        ("s:setHealthCheckParams{rise = 'x'}", "rise must be a whole number, not 'x'"),
    ])
    func wrongParametersAreRefused(_ call: String, _ message: String) {
        let refusal = Fixture.refusal("local s = newServer('192.0.2.1')\n\(call)")
        #expect(refusal.hasPrefix("test.lua:2: setHealthCheckParams: "), "\(refusal)")
        #expect(refusal.contains(message), "\(refusal)")
    }
}
