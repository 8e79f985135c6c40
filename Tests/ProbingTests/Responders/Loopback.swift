// SPDX-License-Identifier: Apache-2.0

import Addressing
import DNSWire
import Glibc
import NIOCore
import NIOPosix
import Probing
import Testing

/// What the suites share: running a call on an event loop, and writing answers.
enum Loopback {
    /// Runs calls on a loop's prober until one of them gives its value.
    static func run<Value: Sendable>(
        _ body: @escaping @Sendable (EventLoopProber, @escaping (Value) -> Void) -> Void
    ) async throws -> Value {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        return try await loop.flatSubmit {
            let promise = loop.makePromise(of: Value.self)
            // Kept until the end, as a daemon keeps its own.
            let prober = NIOLoopBound(EventLoopProber(loop: loop), eventLoop: loop)
            body(prober.value) { promise.succeed($0) }
            return promise.futureResult.flatMap { value in
                prober.value.shutdown().map { value }
            }
        }.get()
    }

    static func fetch(_ probe: HTTPProbe) async throws -> Result<HTTPProbeReply, ProbeError> {
        try await run { prober, done in _ = prober.fetch(probe, done) }
    }

    static func ask(_ probe: DNSProbe) async throws -> Result<DNSProbeReply, ProbeError> {
        try await run { prober, done in _ = prober.query(probe, done) }
    }

    static func probe(_ server: Endpoint, name: String = "check.test") throws -> DNSProbe {
        DNSProbe(server: server, question: DNSQuestion(name: try DNSName(name), type: .a))
    }

    /// An answer with one address; `change` may spoil it.
    static func answer(
        to query: [UInt8], _ code: ResponseCode = .noError,
        change: (inout DNSMessage) -> Void = { _ in }
    ) -> [UInt8] {
        guard let query = try? DNSMessage(decoding: query), let question = query.questions.first
        else { return [] }
        var message = DNSMessage(answering: query, code)
        if code == .noError {
            message.answers = [
                DNSRecord(
                    name: question.name, type: .a, timeToLiveSeconds: 1,
                    data: .address(IPAddress(v4: 0xc000_0207)))
            ]
        }
        change(&message)
        return message.encoded
    }

    static func framed(_ message: [UInt8]) -> [UInt8] {
        [UInt8(message.count >> 8), UInt8(message.count & 0xff)] + message
    }

    /// A port that nobody listens on, for now.
    static func closedPort() async throws -> Endpoint {
        let responder = try await DatagramResponder { _, _ in [] }
        try await responder.close()
        return responder.endpoint
    }

    /// Waits until `condition` holds, or gives up after two seconds.
    static func eventually(_ condition: () -> Bool) async throws -> Bool {
        for _ in 0..<400 {
            if condition() { return true }
            try await Task.sleep(for: .milliseconds(5))
        }
        return condition()
    }
}
