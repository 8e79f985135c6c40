// SPDX-License-Identifier: Apache-2.0

import Addressing
import Glibc
import NIOCore
import NIOPosix
import Testing

@testable import Probing

/// Catches a timeout that tells of our own lateness as of the server's silence: the loop was busy
/// when the answer came, and comes to the timer before it comes to the socket.
@Suite struct ProbeTimerTests {
    private static let timeoutMilliseconds = 100

    /// Starts calls on a loop of its own, which is then kept busy for longer than they may take.
    private func whileBusy<Value: Sendable>(
        _ body: @escaping @Sendable (EventLoopProber, @escaping (Value) -> Void) -> Void
    ) async throws -> Value {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let value = try await loop.flatSubmit {
            let promise = loop.makePromise(of: Value.self)
            let prober = NIOLoopBound(EventLoopProber(loop: loop), eventLoop: loop)
            body(prober.value) { promise.succeed($0) }
            usleep(400_000)
            return promise.futureResult.flatMap { value in
                prober.value.shutdown().map { value }
            }
        }.get()
        try await group.shutdownGracefully()
        return value
    }

    @Test func anAnswerThatWaitsInTheSocketIsReadBeforeTheTimeout() async throws {
        let responder = try await DatagramResponder { query, _ in
            [(0, Loopback.answer(to: query))]
        }
        var probe = try Loopback.probe(responder.endpoint)
        probe.timeoutMilliseconds = Self.timeoutMilliseconds
        let request = probe
        let result: Result<DNSProbeReply, ProbeError> = try await whileBusy { prober, done in
            _ = prober.query(request, done)
        }
        #expect(try result.get().transport == .udp)
        try await responder.close()
    }

    @Test func aConnectionThatIsMadeMeanwhileIsNoTimeout() async throws {
        let server = try await StreamResponder(
            greeting: .init(bytes: Array("220 ready\n".utf8), closes: false))
        var probe = TCPProbe(address: server.endpoint)
        probe.timeoutMilliseconds = Self.timeoutMilliseconds
        let request = probe
        let words: String = try await whileBusy { prober, done in
            _ = prober.connect(request) { result in
                guard case .success(let connection) = result else { return done("\(result)") }
                _ = connection.read(.line) { read in
                    connection.close()
                    done("\(read.map { String(decoding: $0 ?? [], as: UTF8.self) })")
                }
                // And the read's own timeout likewise.
                usleep(300_000)
            }
        }
        #expect(words == "success(\"220 ready\")")
        try await server.close()
    }

    @Test func aPageThatCameMeanwhileIsNoTimeout() async throws {
        let server = try await StreamResponder { _ in
            .init(bytes: Array("HTTP/1.1 204 Done\r\n\r\n".utf8))
        }
        var probe = HTTPProbe(url: "http://\(server.endpoint)/")
        probe.timeoutMilliseconds = Self.timeoutMilliseconds
        let request = probe
        let result: Result<HTTPProbeReply, ProbeError> = try await whileBusy { prober, done in
            _ = prober.fetch(request, done)
        }
        #expect(try result.get().status == 204)
        try await server.close()
    }

    @Test func aProcessThatEndedMeanwhileIsNotKilled() async throws {
        var probe = ProcessProbe(arguments: ["/bin/sh", "-c", "exit 3"])
        probe.timeoutMilliseconds = Self.timeoutMilliseconds
        let request = probe
        let result: Result<ProcessOutcome, ProbeError> = try await whileBusy { prober, done in
            _ = prober.run(request, done)
        }
        #expect(try result.get().ending == .exited(status: 3))
    }

    @Test func silenceIsStillSilence() async throws {
        let responder = try await DatagramResponder { _, _ in [] }
        var probe = try Loopback.probe(responder.endpoint)
        probe.timeoutMilliseconds = Self.timeoutMilliseconds
        let request = probe
        let result: Result<DNSProbeReply, ProbeError> = try await whileBusy { prober, done in
            _ = prober.query(request, done)
        }
        #expect(throws: ProbeError.self) { try result.get() }
        try await responder.close()
    }

    /// Ten graces of ten milliseconds, on a loop that spends thirty on something else each time.
    @Test func aLoopThatIsAlwaysLateIsTold() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let firedAfter = try await loop.flatSubmit {
            let promise = loop.makePromise(of: TimeAmount.self)
            let start = NIODeadline.now()
            let busy = loop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(1)) {
                _ in
                usleep(30_000)
            }
            let timer = ProbeTimer(milliseconds: 50, on: loop) {
                busy.cancel()
                promise.succeed(NIODeadline.now() - start)
            }
            // Kept until it has fired, as its owners keep theirs.
            return promise.futureResult.assumeIsolated().map { amount in
                timer.cancel()
                return amount
            }.nonisolated()
        }.get()
        #expect(firedAfter >= .milliseconds(50) && firedAfter < .seconds(5), "\(firedAfter)")
        try await group.shutdownGracefully()
    }
}
