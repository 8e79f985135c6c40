// SPDX-License-Identifier: Apache-2.0

import Addressing
import DNSWire
import NIOCore
import NIOPosix
import Testing

@testable import Probing

/// Catches a query that believes somebody else's answer, waits for what cannot come, or says
/// something else than what happened.
@Suite struct DNSQueryTests {
    @Test(arguments: ["127.0.0.1", "::1"])
    func answerComesBackDecoded(host: String) async throws {
        let responder = try await DatagramResponder(host: host) { query, _ in
            [(0, Loopback.answer(to: query))]
        }
        let reply = try await Loopback.ask(Loopback.probe(responder.endpoint)).get()
        #expect(reply.transport == .udp)
        #expect(reply.summary == "NOERROR, 1 answer")
        #expect(
            try reply.decoded().answers.map(\.description) == ["check.test. 1 IN A 192.0.2.7"])
        #expect(reply.seconds > 0 && reply.seconds < 0.5)
        try await responder.close()
    }

    @Test func wrongIdentifierIsIgnoredAndTheRightOneTaken() async throws {
        let responder = try await DatagramResponder { query, _ in
            [
                (0, Loopback.answer(to: query, .refused) { $0.id ^= 1 }),
                (5, Loopback.answer(to: query)),
            ]
        }
        let reply = try await Loopback.ask(Loopback.probe(responder.endpoint)).get()
        #expect(reply.summary == "NOERROR, 1 answer")
        try await responder.close()
    }

    @Test func foreignAnswersAreNoAnswerAndCounted() async throws {
        let other = try DNSName("other.test")
        let responder = try await DatagramResponder { query, _ in
            [
                (0, Loopback.answer(to: query) { $0.questions[0].name = other }),
                (0, Loopback.answer(to: query) { $0.questions[0].type = .aaaa }),
                (0, Loopback.answer(to: query) { $0.flags.isResponse = false }),
                (0, Loopback.answer(to: query) { $0.questions = [] }),
                (0, [1, 2, 3]),
            ]
        }
        var probe = try Loopback.probe(responder.endpoint)
        probe.timeoutMilliseconds = 100
        let error = try await failure(of: probe)
        #expect(
            error == "dns.query \(responder.endpoint): no answer in 0.1 s "
                + "(5 with another id or question ignored)")
        try await responder.close()
    }

    @Test func caseOfTheQuestionDoesNotMatter() async throws {
        let shouted = try DNSName("CHECK.Test")
        let responder = try await DatagramResponder { query, _ in
            [(0, Loopback.answer(to: query) { $0.questions[0].name = shouted })]
        }
        _ = try await Loopback.ask(Loopback.probe(responder.endpoint)).get()
        try await responder.close()
    }

    @Test func lateAnswerIsNoAnswer() async throws {
        let responder = try await DatagramResponder { query, _ in
            [(250, Loopback.answer(to: query))]
        }
        var probe = try Loopback.probe(responder.endpoint)
        probe.timeoutMilliseconds = 100
        let error = try await failure(of: probe)
        #expect(error == "dns.query \(responder.endpoint): no answer in 0.1 s")
        try await responder.close()
    }

    @Test func retryIsANewQueryThatTheOldAnswerDoesNotEnd() async throws {
        let responder = try await DatagramResponder { query, count in
            // The first one's answer comes during the second try, which has its own later.
            count == 0
                ? [(500, Loopback.answer(to: query, .refused))]
                : [(200, Loopback.answer(to: query))]
        }
        var probe = try Loopback.probe(responder.endpoint)
        probe.timeoutMilliseconds = 400
        probe.retries = 1
        let reply = try await Loopback.ask(probe).get()
        #expect(reply.summary == "NOERROR, 1 answer")
        #expect(responder.sources.count == 2)
        try await responder.close()
    }

    @Test func ednsAndItsOptionsReachTheServer() async throws {
        let responder = try await DatagramResponder { query, _ in
            [(0, Loopback.answer(to: query) { $0.edns = (try? DNSMessage(decoding: query))?.edns })]
        }
        var probe = try Loopback.probe(responder.endpoint)
        probe.dnssecOK = true
        probe.payloadBytes = 4_096
        probe.asksServerIdentity = true
        let edns = try #require(try await Loopback.ask(probe).get().decoded().edns)
        #expect(edns.dnssecOK && edns.payloadBytes == 4_096)
        #expect(edns.decodedOptions == [EDNS.Option(code: EDNS.Option.nsid, value: [])])
        try await responder.close()
    }

    @Test func everyTryIsMadeBeforeGivingUp() async throws {
        let responder = try await DatagramResponder { _, _ in [] }
        var probe = try Loopback.probe(responder.endpoint)
        probe.timeoutMilliseconds = 20
        probe.retries = 2
        let error = try await failure(of: probe)
        #expect(error == "dns.query \(responder.endpoint): no answer in 0.02 s, 3 tries")
        #expect(responder.sources.count == 3)
        try await responder.close()
    }

    @Test func refusalEndsTheCallAtOnce() async throws {
        let server = try await Loopback.closedPort()
        var probe = try Loopback.probe(server)
        probe.timeoutMilliseconds = 5_000
        probe.retries = 3
        let start = ContinuousClock.now
        let error = try await failure(of: probe)
        #expect(error == "dns.query \(server): connection refused")
        #expect(ContinuousClock.now - start < .seconds(2))
    }

    @Test func truncatedAnswerIsAskedForAgainOverTCP() async throws {
        let responder = try await DatagramResponder { query, _ in
            [
                (
                    0,
                    Loopback.answer(to: query) {
                        $0.flags.isTruncated = true; $0.answers = []
                    }
                )
            ]
        }
        let stream = try await StreamResponder(port: Int(responder.endpoint.port)) { framed in
            .init(bytes: Loopback.framed(Loopback.answer(to: Array(framed.dropFirst(2)))))
        }
        let reply = try await Loopback.ask(Loopback.probe(responder.endpoint)).get()
        #expect(reply.transport == .tcp && reply.summary == "NOERROR, 1 answer")
        var probe = try Loopback.probe(responder.endpoint)
        probe.transport = .udpOnly
        #expect(try await Loopback.ask(probe).get().summary == "NOERROR, 0 answers, truncated")
        try await stream.close()
        #expect(
            try await failure(of: Loopback.probe(responder.endpoint))
                == "dns.query \(responder.endpoint) tcp: connection refused")
        try await responder.close()
    }

    @Test func bothTransportsMustAnswer() async throws {
        let responder = try await DatagramResponder { query, _ in
            [(0, Loopback.answer(to: query))]
        }
        var probe = try Loopback.probe(responder.endpoint)
        probe.transport = .both
        #expect(
            try await failure(of: probe)
                == "dns.query \(responder.endpoint) tcp: connection refused")
        let stream = try await StreamResponder(port: Int(responder.endpoint.port)) { framed in
            .init(bytes: Loopback.framed(Loopback.answer(to: Array(framed.dropFirst(2)))))
        }
        #expect(try await Loopback.ask(probe).get().transport == .tcp)
        try await responder.close()
        #expect(
            try await failure(of: probe) == "dns.query \(responder.endpoint): connection refused")
        try await stream.close()
    }

    @Test func streamThatEndsEarlyIsClosedNotSilent() async throws {
        let stream = try await StreamResponder { _ in .init(bytes: [0, 40, 1, 2], closes: true) }
        var probe = try Loopback.probe(stream.endpoint)
        probe.transport = .tcp
        #expect(
            try await failure(of: probe) == "dns.query \(stream.endpoint) tcp: connection closed")
        try await stream.close()
    }

    @Test func silentStreamIsNoAnswer() async throws {
        let stream = try await StreamResponder()
        var probe = try Loopback.probe(stream.endpoint)
        probe.transport = .tcp
        probe.timeoutMilliseconds = 100
        #expect(
            try await failure(of: probe)
                == "dns.query \(stream.endpoint) tcp: no answer in 0.1 s")
        try await stream.close()
    }

    @Test func queryLeavesFromTheGivenSource() async throws {
        let responder = try await DatagramResponder { query, _ in
            [(0, Loopback.answer(to: query))]
        }
        var probe = try Loopback.probe(responder.endpoint)
        probe.source = IPAddress("127.0.0.2")
        _ = try await Loopback.ask(probe).get()
        #expect(responder.sources == ["127.0.0.2"])
        probe.source = IPAddress("192.0.2.1")
        #expect(
            try await failure(of: probe)
                == "dns.query \(responder.endpoint): cannot assign requested address")
        try await responder.close()
    }

    @Test func answerThatDoesNotDecodeSaysSo() async throws {
        let responder = try await DatagramResponder { query, _ in
            [(0, Array(Loopback.answer(to: query).dropLast(2)))]
        }
        let reply = try await Loopback.ask(Loopback.probe(responder.endpoint)).get()
        do throws(ProbeError) {
            Issue.record("decoded: \(try reply.decoded())")
        } catch {
            #expect(
                "\(error)" == "dns.query \(responder.endpoint): "
                    + "malformed answer: message cut short at octet 50")
        }
        try await responder.close()
    }

    @Test func cancelledQueryIsSilentAndFreesItsSocket() async throws {
        let responder = try await DatagramResponder { query, _ in
            [(30, Loopback.answer(to: query))]
        }
        let probe = try Loopback.probe(responder.endpoint)
        let isOver: Bool = try await Loopback.run { prober, done in
            let handle = prober.query(probe) { _ in Issue.record("completed after cancel") }
            _ = prober.sleep(milliseconds: 10) {
                handle.cancel()
                handle.cancel()
                _ = prober.sleep(milliseconds: 60) { done(true) }
            }
        }
        #expect(isOver)
        #expect(responder.sources.count == 1)
        try await responder.close()
    }

    @Test func completionNeverRunsInsideTheCall() async throws {
        let server = try await Loopback.closedPort()
        var probe = try Loopback.probe(server)
        probe.source = IPAddress("192.0.2.1")
        let failing = probe
        let returnedFirst: Bool = try await Loopback.run { prober, done in
            var hasReturned = false
            _ = prober.query(failing) { _ in done(hasReturned) }
            hasReturned = true
        }
        #expect(returnedFirst)
    }

    private func failure(of probe: DNSProbe) async throws -> String {
        switch try await Loopback.ask(probe) {
        case .success(let reply): "answered: \(reply.summary)"
        case .failure(let error): "\(error)"
        }
    }
}
