// SPDX-License-Identifier: Apache-2.0

import Addressing
import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import Probing

/// Catches an answer that is read wrongly, a failure in other words than what happened, a certificate
/// that is believed, and a connection or thread that outlives its request.
@Suite struct HTTPFetchTests {
    private static func answer(
        _ status: String = "200 OK", headers: [String] = [], body: String = "hello"
    ) -> StreamResponder.Reply {
        let lines =
            ["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)"] + headers + ["", body]
        return StreamResponder.Reply(bytes: Array(lines.joined(separator: "\r\n").utf8))
    }

    private func words(_ url: String, change: (inout HTTPProbe) -> Void = { _ in }) async throws
        -> (String, isHard: Bool)
    {
        var probe = HTTPProbe(url: url)
        change(&probe)
        switch try await Loopback.fetch(probe) {
        case .success(let reply): return ("\(reply.status)", false)
        case .failure(let error): return ("\(error)", error.isHard)
        }
    }

    @Test(arguments: ["127.0.0.1", "::1"])
    func anAnswerIsReadWhole(_ host: String) async throws {
        let asked = Mutex("")
        let responder = try await StreamResponder(host: host) { request in
            asked.withLock { $0 = String(decoding: request, as: UTF8.self) }
            return Self.answer(
                "503 Sorry", headers: ["X-One: 1", "x-one: 2", "Retry-After: 5"], body: "busy")
        }
        var probe = HTTPProbe(url: "http://\(responder.endpoint)/health?deep=1")
        probe.headers = [HTTPProbe.Header(name: "Host", value: "check.test")]
        probe.method = "POST"
        probe.body = Array("ping".utf8)
        let reply = try await Loopback.fetch(probe).get()
        #expect(reply.status == 503 && reply.body == Array("busy".utf8) && !reply.bodyWasCut)
        #expect(
            reply.headers.filter { $0.name.lowercased() == "x-one" }.map(\.value) == ["1", "2"])
        #expect(reply.seconds > 0 && reply.seconds < 0.5)
        #expect(reply.summary == "503, 4 bytes")
        let request = asked.withLock { $0.lowercased() }
        #expect(request.hasPrefix("post /health?deep=1 http/1.1\r\n"))
        #expect(request.contains("\r\nhost: check.test\r\n"))
        #expect(request.contains("\r\nconnection: close\r\n"))
        #expect(request.hasSuffix("\r\n\r\nping"))
        try await responder.close()
    }

    @Test func refusedIsRefusedAtOnce() async throws {
        let closed = try await Loopback.closedPort()
        let started = ContinuousClock.now
        let (words, isHard) = try await words("http://\(closed)/")
        #expect(words == "http.get http://\(closed)/: connection refused" && isHard)
        #expect(ContinuousClock.now - started < .milliseconds(400))
    }

    @Test func silenceEndsAtTheTimeout() async throws {
        let responder = try await StreamResponder()
        let (words, isHard) = try await words("http://\(responder.endpoint)/") {
            $0.timeoutMilliseconds = 100
        }
        #expect(words == "http.get http://\(responder.endpoint)/: timed out after 0.1 s" && !isHard)
        #expect(try await Loopback.eventually { responder.openCount == 0 })
        try await responder.close()
    }

    @Test func aBodyThatDoesNotEndIsCutAtTheBound() async throws {
        let responder = try await StreamResponder { _ in
            var reply = StreamResponder.Reply()
            reply.bytes =
                Array("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n".utf8)
                + [UInt8](repeating: 65, count: 2 * HTTPProbe.bodyBytesMax)
            return reply
        }
        let reply = try await Loopback.fetch(HTTPProbe(url: "http://\(responder.endpoint)/")).get()
        #expect(reply.body.count == HTTPProbe.bodyBytesMax && reply.bodyWasCut)
        #expect(try await Loopback.eventually { responder.openCount == 0 })
        try await responder.close()
    }

    @Test(arguments: [
        ("SSH-2.0-x\r\n", true, "the answer is not HTTP"), ("", true, "connection closed"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", true, "connection closed"),
    ])
    func aBrokenAnswerIsNamed(_ bytes: String, _ closes: Bool, _ expected: String) async throws {
        let responder = try await StreamResponder { _ in
            StreamResponder.Reply(bytes: Array(bytes.utf8), closes: closes)
        }
        let (words, _) = try await words("http://\(responder.endpoint)/")
        #expect(words == "http.get http://\(responder.endpoint)/: \(expected)")
        try await responder.close()
    }

    @Test func redirectionsAreFollowedOnlyWhenAsked() async throws {
        let responder = try await StreamResponder { request in
            let path = String(decoding: request, as: UTF8.self).split(separator: " ")[1]
            return switch path {
            case "/one": Self.answer("302 Found", headers: ["Location: /two"], body: "")
            case "/circle": Self.answer("302 Found", headers: ["Location: /circle"], body: "")
            default: Self.answer()
            }
        }
        let base = "http://\(responder.endpoint)"
        #expect(try await words("\(base)/one").0 == "302")
        #expect(try await words("\(base)/one") { $0.followsRedirects = true }.0 == "200")
        #expect(
            try await words("\(base)/circle") { $0.followsRedirects = true }.0
                == "http.get \(base)/circle: redirections lead in a circle")
        try await responder.close()
    }

    @Test func nobodyByThatNameIsSaid() async throws {
        let (words, _) = try await words("http://no-such-host.invalid:80/") {
            $0.timeoutMilliseconds = 5_000
        }
        #expect(
            words == "http.get http://no-such-host.invalid:80/: no-such-host.invalid has no address"
        )
    }

    // MARK: TLS

    @Test(arguments: ["127.0.0.1", "::1"])
    func aCertificateOfOurAuthorityIsBelieved(_ host: String) async throws {
        let authority = try TestAuthority.shared.get()
        let responder = try await StreamResponder(
            host: host, security: authority.serverContext
        ) { _ in Self.answer() }
        var probe = HTTPProbe(url: "https://\(responder.endpoint)/")
        probe.tls.authorityFile = authority.file
        probe.timeoutMilliseconds = 2_000
        let reply = try await Loopback.fetch(probe).get()
        #expect(reply.status == 200 && reply.body == Array("hello".utf8))
        #expect(try await Loopback.eventually { responder.openCount == 0 })
        try await responder.close()
    }

    @Test func aCertificateIsNotBelievedWithoutReason() async throws {
        let authority = try TestAuthority.shared.get()
        let responder = try await StreamResponder(security: authority.namedContext) { _ in
            Self.answer()
        }
        let url = "https://\(responder.endpoint)/"
        let patient: (inout HTTPProbe) -> Void = { $0.timeoutMilliseconds = 5_000 }
        #expect(
            try await words(url, change: patient).0
                == "http.get \(url): TLS: the certificate is not trusted")
        #expect(
            try await words(url) {
                patient(&$0)
                $0.tls.verifies = false
            }.0 == "200")
        // The certificate has neither this name nor this address.
        for host in ["localhost", "127.0.0.1"] {
            let other = "https://\(host):\(responder.endpoint.port)/"
            let (refusal, _) = try await words(other) {
                patient(&$0)
                $0.tls.authorityFile = authority.file
            }
            #expect(refusal == "http.get \(other): TLS: the certificate is for another name")
        }
        try await responder.close()
    }

    @Test func aPlainServerDoesNotPassForASecureOne() async throws {
        let responder = try await StreamResponder { _ in Self.answer() }
        let url = "https://\(responder.endpoint)/"
        #expect(
            try await words(url) { $0.timeoutMilliseconds = 5_000 }.0
                == "http.get \(url): TLS: the other side does not speak TLS")
        try await responder.close()
    }

    @Test func aReplacedAuthorityFileIsReadAgain() async throws {
        let authority = try TestAuthority.shared.get()
        let responder = try await StreamResponder(security: authority.serverContext) { _ in
            Self.answer()
        }
        let file = "/tmp/pharos-test-\(getpid())-\(UInt32.random(in: .min ... .max)).pem"
        defer { unlink(file) }
        let system = "/etc/ssl/certs/ca-certificates.crt"
        try #require(FileManager.default.fileExists(atPath: system))
        try FileManager.default.createSymbolicLink(
            atPath: file, withDestinationPath: system)
        var probe = HTTPProbe(url: "https://\(responder.endpoint)/")
        probe.tls.authorityFile = file
        probe.timeoutMilliseconds = 5_000
        let sent = probe
        // One prober, as a daemon has one.
        let results: [String] = try await Loopback.run { prober, done in
            _ = prober.fetch(sent) { first in
                unlink(file)
                symlink(authority.file, file)
                _ = prober.fetch(sent) { second in
                    done(
                        [first, second].map { result in
                            switch result {
                            case .success(let reply): "\(reply.status)"
                            case .failure(let error): error.words
                            }
                        })
                }
            }
        }
        #expect(results == ["TLS: the certificate is not trusted", "200"])
        try await responder.close()
    }

    // MARK: What is left behind

    @Test func everyRequestHasItsOwnConnectionAndNothingIsLeft() async throws {
        let responder = try await StreamResponder { _ in Self.answer() }
        let probe = HTTPProbe(url: "http://\(responder.endpoint)/")
        let rounds = 50
        let left: [Int] = try await Loopback.run { prober, done in
            var before: [Int] = []
            func next(_ round: Int) {
                _ = prober.fetch(probe) { result in
                    guard case .success = result else { return done([-1]) }
                    // The first made what is made once.
                    if round == 1 { before = Self.openThings }
                    guard round == rounds else { return next(round + 1) }
                    _ = prober.sleep(milliseconds: 50) {
                        done(zip(Self.openThings, before).map(-))
                    }
                }
            }
            next(1)
        }
        #expect(responder.acceptedCount == rounds)
        #expect(try await Loopback.eventually { responder.openCount == 0 })
        // Descriptors, of which the first round's connection may have counted, and threads.
        #expect(left[0] <= 0 && left[1] <= 0)
        try await responder.close()
    }

    private static var openThings: [Int] {
        ["fd", "task"].map {
            (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/\($0)"))?.count ?? -1
        }
    }

    @Test func aCancelledRequestIsClosedAndStaysSilent() async throws {
        let responder = try await StreamResponder()
        let probe = HTTPProbe(url: "http://\(responder.endpoint)/")
        let isOver: Bool = try await Loopback.run { prober, done in
            let handle = prober.fetch(probe) { _ in Issue.record("completed after cancel") }
            _ = prober.sleep(milliseconds: 50) {
                handle.cancel()
                _ = prober.sleep(milliseconds: 600) { done(true) }
            }
        }
        #expect(isOver)
        #expect(try await Loopback.eventually { responder.openCount == 0 })
        try await responder.close()
    }

    @Test func aProberThatWasShutDownRefuses() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let words = try await loop.flatSubmit {
            let prober = NIOLoopBound(EventLoopProber(loop: loop), eventLoop: loop)
            let promise = loop.makePromise(of: String.self)
            prober.value.shutdown().whenComplete { _ in
                _ = prober.value.fetch(HTTPProbe(url: "http://127.0.0.1:1/")) { result in
                    if case .failure(let error) = result { promise.succeed(error.words) }
                }
            }
            return promise.futureResult
        }.get()
        #expect(words == "the prober was shut down")
    }
}
