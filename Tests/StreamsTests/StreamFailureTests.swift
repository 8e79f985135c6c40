// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import Declarations
import Dispatch
import Glibc
import Proxy
import Streams
import Synchronization
import Testing

/// Catches a fault of a server, or a query that is none, that costs more than its own query.
@Suite(.serialized) struct StreamFailureTests {
    /// A port on loopback where nobody listens.
    private func deadEndpoint() -> Endpoint {
        let responder = TCPResponder()
        responder.stop()
        return responder.endpoint
    }

    @Test func aConnectionThatEndsInTheMiddleOfAnAnswerIsTriedAgain() async throws {
        let responder = TCPResponder { request in
            guard request.connection == 1 else { return request.answer() }
            let framed = Message.framed(Message.answer(request.query))
            request.socket.send(Array(framed[..<20]))
            request.socket.end()
        }
        let fixture = try StreamFixture([responder.endpoint])
        let client = fixture.client()
        client.send(Message.framed(Message.query(3)))
        #expect(Message.id(client.receiveMessage()) == 3)
        #expect(responder.connections == 2)
        #expect(fixture.handles[0].total(.tcpDiedReadingResponse) == 1)
        #expect(fixture.handles[0].outstanding == 0)
        await fixture.stop()
        responder.stop()
    }

    @Test func allQueriesOfALostConnectionAreTriedAgain() async throws {
        let responder = TCPResponder { request in
            if request.connection > 1 {
                request.answer()
            } else if request.number == 20 {
                request.socket.end()
            }
        }
        let fixture = try StreamFixture([responder.endpoint])
        let client = fixture.client()
        let ids = (0..<20).map { UInt16($0) }
        client.send(ids.flatMap { Message.framed(Message.query($0)) })
        var answered: Set<UInt16> = []
        for _ in ids { answered.insert(try #require(Message.id(client.receiveMessage()))) }
        #expect(answered == Set(ids))
        await fixture.stop()
        responder.stop()
    }

    @Test(arguments: [0, 2])
    func aServerThatOnlyClosesIsGivenUpAfterItsRetries(retries: Int) async throws {
        let responder = TCPResponder { $0.socket.end() }
        let fixture = try StreamFixture([responder.endpoint]) {
            $0.servers[0].tcpRetries = retries
        }
        let client = fixture.client()
        client.send(Message.framed(Message.query(3)))
        #expect(client.isAtEnd(), "dnsdist closes")
        #expect(responder.connections == retries + 1)
        #expect(fixture.server.total(.givenUp) == 1)
        #expect(fixture.handles[0].total(.tcpGaveUp) == 1)
        #expect(fixture.handles[0].outstanding == 0)
        await fixture.stop()
        responder.stop()
    }

    /// A server's `tcpSendTimeout`, as opposed to a server that reads and does not answer.
    @Test func aServerThatReadsNothingIsGivenUpAfterItsSendTimeout() async throws {
        let gate = DispatchSemaphore(value: 0)
        let responder = TCPResponder(receiveBufferBytes: 4_096) { _ in gate.wait() }
        let fixture = try StreamFixture([responder.endpoint]) {
            $0.servers[0].tcpSendTimeoutMilliseconds = 200
            $0.servers[0].tcpRetries = 0
        }
        // More than the kernel takes for a peer that does not read; 128 KiB of each client at most.
        let query = Message.query(3) + [UInt8](repeating: 0, count: 60_000)
        let clients = (0..<80).map { _ in fixture.client() }
        for client in clients { client.send(Message.framed(query) + Message.framed(query)) }
        let handle = fixture.handles[0]
        #expect(try await eventually { handle.total(.tcpWriteTimeouts) > 0 })
        #expect(clients.allSatisfy { $0.isAtEnd() })
        #expect(handle.total(.tcpReadTimeouts) == 0 && handle.outstanding == 0)
        for _ in 0..<responder.connections { gate.signal() }
        await fixture.stop()
        responder.stop()
    }

    @Test func aServerThatRefusesIsServFailWhenThatIsConfigured() async throws {
        let fixture = try StreamFixture([deadEndpoint()]) { $0.answersServFailWhenNoServer = true }
        let client = fixture.client()
        for id in 1...2 as ClosedRange<UInt16> {
            client.send(Message.framed(Message.query(id)))
            let answer = client.receiveMessage()
            #expect(Message.id(answer) == id && Message.responseCode(answer) == 2)
        }
        #expect(fixture.counters[.selfAnswered] == 2)
        await fixture.stop()
    }

    @Test func aServerThatRefusesClosesTheClientAfterItsOtherAnswers() async throws {
        let responder = TCPResponder { request in
            usleep(300_000)
            request.answer()
        }
        let fixture = try StreamFixture([responder.endpoint, deadEndpoint()]) {
            $0.policy = .builtin(.roundrobin)
        }
        let client = fixture.client()
        client.send(Message.framed(Message.query(1)) + Message.framed(Message.query(2)))
        #expect(Message.id(client.receiveMessage()) == 1)
        #expect(client.isAtEnd())
        await fixture.stop()
        responder.stop()
    }

    @Test(arguments: [false, true])
    func withoutAServerTheConnectionEndsOrServFailIsSaid(saysServFail: Bool) async throws {
        let responder = TCPResponder()
        let fixture = try StreamFixture([responder.endpoint]) {
            $0.answersServFailWhenNoServer = saysServFail
        }
        fixture.handles[0].force(.down)
        let client = fixture.client()
        client.send(Message.framed(Message.query(9)))
        if saysServFail {
            let answer = client.receiveMessage()
            #expect(Message.id(answer) == 9 && Message.responseCode(answer) == 2)
        } else {
            #expect(client.isAtEnd())
        }
        #expect(fixture.counters[.noPolicy] == 1)
        #expect(responder.connections == 0)
        await fixture.stop()
        responder.stop()
    }

    @Test func aSilentServerIsGivenUpWhenItsTimeIsOver() async throws {
        let responder = TCPResponder { _ in }
        let fixture = try StreamFixture([responder.endpoint]) {
            $0.answersServFailWhenNoServer = true
            $0.servers[0].tcpReceiveTimeoutMilliseconds = 200
        }
        let client = fixture.client()
        client.send(Message.framed(Message.query(9)))
        #expect(Message.responseCode(client.receiveMessage()) == 2)
        #expect(fixture.handles[0].total(.tcpReadTimeouts) == 1)
        #expect(fixture.counters[.downstreamTimeouts] == 1)
        client.send(Message.framed(Message.query(10)))
        #expect(Message.id(client.receiveMessage()) == 10)
        #expect(responder.connections == 2, "the silent connection is not used again")
        await fixture.stop()
        responder.stop()
    }

    @Test func aServerThatNeverAcceptsIsGivenUpWhenItsTimeIsOver() async throws {
        // 192.0.2.0/24 is documentation (RFC 5737): in this test's world it is unreachable or silent.
        let endpoint = try #require(Endpoint("192.0.2.1:53", defaultPort: 53))
        let fixture = try StreamFixture([endpoint]) {
            $0.answersServFailWhenNoServer = true
            $0.servers[0].tcpRetries = 1
            $0.servers[0].tcpConnectTimeoutMilliseconds = 100
        }
        let client = fixture.client()
        client.send(Message.framed(Message.query(9)))
        #expect(Message.responseCode(client.receiveMessage()) == 2)
        await fixture.stop()
    }

    @Test func aClientThatLeavesTakesNobodyElsesAnswer() async throws {
        let responder = TCPResponder { request in
            usleep(100_000)
            request.answer()
        }
        let fixture = try StreamFixture([responder.endpoint])
        var leaver: BlockingSocket? = fixture.client()
        leaver?.send(Message.framed(Message.query(1)))
        leaver?.end()
        leaver = nil
        let client = fixture.client()
        client.send(Message.framed(Message.query(2)))
        #expect(Message.id(client.receiveMessage()) == 2)
        #expect(try await eventually { fixture.handles[0].outstanding == 0 })
        await fixture.stop()
        responder.stop()
    }

    // MARK: Queries that are none

    @Test(
        arguments: [
            [], [1], [UInt8](repeating: 0, count: 11), Message.query(1, flags: 0x8100),
            Array(Message.query(1).dropLast()),
        ] as [[UInt8]])
    func whatIsNoQueryEndsTheConnection(message: [UInt8]) async throws {
        let responder = TCPResponder()
        let fixture = try StreamFixture([responder.endpoint])
        let client = fixture.client()
        client.send(Message.framed(message))
        #expect(client.isAtEnd())
        #expect(fixture.counters[.nonCompliantQueries] == 1)
        #expect(responder.connections == 0)
        await fixture.stop()
        responder.stop()
    }

    @Test func aHeaderWithoutAQuestionIsNotImplemented() async throws {
        let fixture = try StreamFixture([])
        let client = fixture.client()
        client.send(Message.framed([0, 7] + [UInt8](repeating: 0, count: 10)))
        let answer = client.receiveMessage()
        #expect(Message.id(answer) == 7 && Message.responseCode(answer) == 4)
        await fixture.stop()
    }

    @Test func rulesThatTruncateDoNothingOverTCP() async throws {
        let responder = TCPResponder()
        let location = SourceLocation(file: "test.lua", line: 1)
        let fixture = try StreamFixture([responder.endpoint]) {
            $0.rules = [
                RuleDeclaration(
                    selector: .queryType(255), action: .truncate, name: "any", location: location),
                RuleDeclaration(
                    selector: .queryType(16), action: .responseCode(5), name: "txt",
                    location: location),
            ]
        }
        let client = fixture.client()
        client.send(Message.framed(Message.query(1, type: 255)))
        #expect(Message.responseCode(client.receiveMessage()) == 0)
        client.send(Message.framed(Message.query(2, type: 16)))
        #expect(Message.responseCode(client.receiveMessage()) == 5)
        #expect(responder.queries == 1)
        await fixture.stop()
        responder.stop()
    }
}
