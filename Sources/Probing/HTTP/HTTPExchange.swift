// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL

/// One call of `http.get` on an event loop: owns its request, its timer and its completion.
///
/// Unchecked: the client is given this loop for the request and calls its delegate there.
final class HTTPExchange: @unchecked Sendable {
    private let probe: HTTPProbe
    private let loop: any EventLoop
    private let started = NIODeadline.now()
    private var done: ((Result<HTTPProbeReply, ProbeError>) -> Void)?
    private var reply = HTTPProbeReply(status: 0)
    private var request: HTTPClient.Task<Void>?
    private var timer: ProbeTimer?

    init(
        _ probe: HTTPProbe, loop: any EventLoop,
        _ done: @escaping (Result<HTTPProbeReply, ProbeError>) -> Void
    ) {
        self.probe = probe
        self.loop = loop
        self.done = done
    }

    func start(_ clients: HTTPClients, _ trust: TrustStore) {
        timer = ProbeTimer(milliseconds: probe.timeoutMilliseconds, on: loop) { [self] in
            fail(.timedOut(milliseconds: probe.timeoutMilliseconds))
        }
        guard probe.url.hasPrefix("https:") || probe.followsRedirects else {
            return soon { [self] in send(clients, tls: nil) }
        }
        trust.configuration(probe.tls) { [self] result in
            soon { [self] in
                switch result {
                case .success(let configuration): send(clients, tls: configuration)
                case .failure(let fault): fail(fault)
                }
            }
        }
    }

    func cancel() {
        done = nil
        release()
    }

    /// Never completes before the caller has returned.
    private func soon(_ action: @escaping () -> Void) {
        loop.assumeIsolated().execute(action)
    }

    private func send(_ clients: HTTPClients, tls: TLSConfiguration?) {
        guard done != nil else { return }
        guard let client = clients.client(followingRedirects: probe.followsRedirects) else {
            return fail(.invalid("the prober was shut down"))
        }
        var headers = HTTPHeaders(probe.headers.map { ($0.name, $0.value) })
        // A check asks whether a connection can be made: one that is left over says nothing.
        headers.replaceOrAdd(name: "Connection", value: "close")
        if !headers.contains(name: "User-Agent") {
            headers.add(name: "User-Agent", value: "pharos")
        }
        do {
            let request = try HTTPClient.Request(
                url: probe.url, method: HTTPMethod(rawValue: probe.method), headers: headers,
                body: probe.body.isEmpty ? nil : .bytes(probe.body), tlsConfiguration: tls)
            let task = client.execute(
                request: request, delegate: self, eventLoop: .delegateAndChannel(on: loop))
            self.request = task
            // A redirection that cannot be followed is told here alone.
            task.futureResult.whenFailure { [self] error in fail(HTTPFault.fault(of: error)) }
        } catch {
            fail(HTTPFault.fault(of: error))
        }
    }

    private func fail(_ fault: ProbeError.Fault) {
        finish(.failure(ProbeError(call: probe.call, fault)))
    }

    private func succeed() {
        reply.seconds = Double((NIODeadline.now() - started).nanoseconds) / 1e9
        finish(.success(reply))
    }

    private func finish(_ result: Result<HTTPProbeReply, ProbeError>) {
        let done = self.done
        self.done = nil
        release()
        done?(result)
    }

    private func release() {
        timer?.cancel()
        timer = nil
        let request = self.request
        self.request = nil
        // Outside of the client's own calls. Does nothing when the request is over.
        if let request { loop.assumeIsolated().execute { request.cancel() } }
    }
}

extension HTTPExchange: HTTPClientResponseDelegate {
    func didReceiveHead(
        task: HTTPClient.Task<Void>, _ head: HTTPResponseHead
    ) -> EventLoopFuture<Void> {
        reply.status = Int(head.status.code)
        reply.headers = head.headers.map { HTTPProbe.Header(name: $0.name, value: $0.value) }
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(
        task: HTTPClient.Task<Void>, _ buffer: ByteBuffer
    ) -> EventLoopFuture<Void> {
        let room = HTTPProbe.bodyBytesMax - reply.body.count
        reply.body += buffer.readableBytesView.prefix(room)
        if buffer.readableBytes > room {
            reply.bodyWasCut = true
            succeed()
        }
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveError(task: HTTPClient.Task<Void>, _ error: any Error) {
        fail(HTTPFault.fault(of: error))
    }

    func didFinishRequest(task: HTTPClient.Task<Void>) throws { succeed() }
}
