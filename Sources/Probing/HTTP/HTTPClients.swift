// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import NIOCore

/// The HTTP clients of one prober: made when first asked for, on its event loop, with no thread of
/// their own. Confined to that loop.
final class HTTPClients {
    private let loop: any EventLoop
    private var clients: [Bool: HTTPClient] = [:]
    private var isShutDown = false

    /// Where a chain of redirections ends.
    private static let redirectsMax = 5

    init(loop: any EventLoop) { self.loop = loop }

    deinit {
        // One that was not shut down would keep its connections.
        for client in clients.values { _ = client.shutdown() }
    }

    /// `nil` after ``shutdown()``.
    func client(followingRedirects: Bool) -> HTTPClient? {
        if let client = clients[followingRedirects] { return client }
        guard !isShutDown else { return nil }
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: followingRedirects
                ? .follow(max: Self.redirectsMax, allowCycles: false) : .disallow,
            // Ours is the timer that ends a request, with our words.
            timeout: HTTPClient.Configuration.Timeout(connect: .hours(1)))
        // A refusal is an answer: to try again would hide it until the timeout.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        let client = HTTPClient(eventLoopGroup: loop, configuration: configuration)
        clients[followingRedirects] = client
        return client
    }

    /// Closes what is open; requests under way fail.
    func shutdown() -> EventLoopFuture<Void> {
        isShutDown = true
        let ended = clients.values.map { $0.shutdown() }
        clients = [:]
        return EventLoopFuture.andAllComplete(ended, on: loop)
    }
}
