// SPDX-License-Identifier: Apache-2.0

import Addressing
import DNSWire
import Declarations
import Testing

@testable import Probing

/// Catches a health check that judges otherwise than dnsdist does (research §2.6).
@Suite struct ServerProbeTests {
    private static let endpoint = Endpoint(address: .loopbackV4, port: 53)

    private func verdict(
        _ check: ServerHealthCheck = ServerHealthCheck(), answering: [UInt8]
    ) throws -> ServerProbe.Verdict {
        try ServerProbe(check, server: Self.endpoint).judge(answering)
    }

    private func answer(_ code: ResponseCode, _ change: (inout DNSMessage) -> Void = { _ in })
        throws -> [UInt8]
    {
        let probe = try ServerProbe(ServerHealthCheck(), server: Self.endpoint).probe
        return Loopback.answer(to: probe.encoded(id: 1), code, change: change)
    }

    @Test func defaultQueryIsDnsdists() throws {
        let probe = try ServerProbe(ServerHealthCheck(), server: Self.endpoint).probe
        #expect(
            "\(try DNSMessage(decoding: probe.encoded(id: 5)))" == """
                id 5 QUERY NOERROR rd
                question a.root-servers.net. IN A
                """)
        #expect(probe.timeoutMilliseconds == 1_000 && probe.transport == .udpOnly)
    }

    @Test func keysChangeTheQuery() throws {
        var check = ServerHealthCheck()
        check.queryName = "probe.test"
        check.queryType = 28
        check.queryClass = 3
        check.checkingDisabled = true
        check.overTCP = true
        check.timeoutMilliseconds = 250
        let probe = try ServerProbe(check, server: Self.endpoint).probe
        #expect(
            "\(try DNSMessage(decoding: probe.encoded(id: 5)))" == """
                id 5 QUERY NOERROR rd cd
                question probe.test. CH AAAA
                """)
        #expect(probe.timeoutMilliseconds == 250 && probe.transport == .tcp)
        check.queryName = "a..b"
        #expect(throws: DNSNameError.emptyLabel("a..b")) {
            try ServerProbe(check, server: Self.endpoint)
        }
    }

    @Test(arguments: [
        (ResponseCode.noError, true, true), (.nameError, true, false), (.refused, true, false),
        (.serverFailure, false, false), (.notImplemented, true, true), (.formatError, true, true),
    ])
    func codeDecides(code: ResponseCode, isUp: Bool, isUpWithMustResolve: Bool) throws {
        var strict = ServerHealthCheck()
        strict.mustResolve = true
        #expect(try verdict(answering: answer(code)).isUp == isUp)
        #expect(try verdict(strict, answering: answer(code)).isUp == isUpWithMustResolve)
        #expect(try verdict(answering: answer(code)).detail == code.name)
    }

    @Test func emptyOrTruncatedAnswerIsHealthy() throws {
        #expect(try verdict(answering: answer(.noError) { $0.answers = [] }).isUp)
        #expect(try verdict(answering: answer(.noError) { $0.flags.isTruncated = true }).isUp)
    }

    @Test func answerWithoutQuestionIsNot() throws {
        let verdict = try verdict(answering: answer(.formatError) { $0.questions = [] })
        #expect(!verdict.isUp && verdict.detail == "FORMERR without the question")
    }

    @Test func garbageBehindTheQuestionDoesNotMatter() throws {
        #expect(try verdict(answering: answer(.noError) + [0xff, 0xff]).isUp)
        #expect(try verdict(answering: answer(.noError).dropLast(5) + []).isUp)
    }

    @Test func realServerIsAskedAndJudged() async throws {
        let responder = try await DatagramResponder { query, count in
            [(0, Loopback.answer(to: query, count == 0 ? .refused : .serverFailure))]
        }
        let server = ServerDeclaration(
            identity: "s", name: "s", address: responder.endpoint,
            location: SourceLocation(file: "t", line: 1))
        let first = try await run(server)
        #expect(first == ServerProbe.Verdict(isUp: true, detail: "REFUSED"))
        let second = try await run(server)
        #expect(second == ServerProbe.Verdict(isUp: false, detail: "SERVFAIL"))
        try await responder.close()
        let third = try await run(server)
        #expect(
            third
                == ServerProbe.Verdict(
                    isUp: false, detail: "dns.query \(responder.endpoint): connection refused",
                    isHard: true))
    }

    private func run(_ server: ServerDeclaration) async throws -> ServerProbe.Verdict {
        let probe = try ServerProbe(server)
        return try await Loopback.run { prober, done in _ = probe.run(on: prober, done) }
    }
}
