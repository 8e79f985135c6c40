// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import Glibc
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

/// `/metrics` for Prometheus and `/healthz` for load balancers, on the address of `webserver()`.
///
/// It runs on Swift's own thread pool: a slow scraper keeps neither control nor a packet waiting.
struct WebServer: Sendable {
    struct Pages: Sendable {
        /// The text of `/metrics`.
        var metrics: @Sendable () async -> String
        /// Whether the node can answer a query now, and in words why not.
        var health: @Sendable () async -> (isServing: Bool, words: String)
    }

    let endpoint: Endpoint
    /// Who may read: a reload changes it in place.
    let gate: WebGate
    private let task: Task<Void, Never>

    /// Binds `endpoint` and serves until ``stop()``.
    ///
    /// - Throws: ``DaemonError/listener(_:)`` when the address cannot be bound.
    static func start(
        on endpoint: Endpoint, access: WebserverAccess, pages: Pages, logger: Logger
    ) async throws(DaemonError) -> WebServer {
        let gate = WebGate(access)
        let (bound, opened) = AsyncStream<Result<Void, DaemonError>>.makeStream()
        let application = makeApplication(
            on: endpoint, gate: gate, pages: pages, logger: logger
        ) {
            opened.yield(.success(()))
        }
        let task = Task {
            do {
                try await application.run()
            } catch is CancellationError {
                logger.debug("webserver stopped", metadata: ["address": "\(endpoint)"])
            } catch {
                let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) }
                let words = "webserver \(endpoint): \(reason ?? "\(error)")"
                if case .terminated = opened.yield(.failure(.listener(words))) {
                    logger.error("\(words)")
                }
            }
            opened.finish()
        }
        for await result in bound {
            try result.get()
            break
        }
        return WebServer(endpoint: endpoint, gate: gate, task: task)
    }

    func stop() {
        task.cancel()
    }

    private static func makeApplication(
        on endpoint: Endpoint, gate: WebGate, pages: Pages, logger: Logger,
        onServing: @escaping @Sendable () -> Void
    ) -> some ApplicationProtocol {
        let router = Router(context: WebContext.self)
        router.add(middleware: gate)
        router.get("/metrics") { _, _ in
            Response(
                status: .ok, headers: [.contentType: MetricsText.contentType],
                body: .init(byteBuffer: ByteBuffer(string: await pages.metrics())))
        }
        router.get("/healthz") { _, _ in
            let health = await pages.health()
            return Response(
                status: health.isServing ? .ok : .serviceUnavailable,
                headers: [.contentType: "text/plain; charset=utf-8"],
                body: .init(byteBuffer: ByteBuffer(string: health.words + "\n")))
        }
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return Application(
            router: router,
            configuration: ApplicationConfiguration(
                address: .hostname(endpoint.address.description, port: Int(endpoint.port)),
                serverName: nil),
            onServerRunning: { _ in onServing() }, logger: quiet)
    }
}
