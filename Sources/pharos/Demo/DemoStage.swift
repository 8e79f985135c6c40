// SPDX-License-Identifier: Apache-2.0

import Addressing
import Control
import Glibc
import Logging
import NIOCore
import NIOPosix

/// The demonstration's world on loopback: three responders, a router, a customer and the daemon.
///
/// The daemon is the real one, with the real configuration `Examples/quickstart.lua`; only its
/// addresses are given as settings. Everything listens on free ports, nothing needs root.
final class DemoStage: Sendable {
    let responders: [DemoResponder]
    let router: DemoRouter
    let client: DemoClient
    let daemon: Daemon
    let listen: Endpoint
    let webserver: Endpoint
    let directory: String
    private let group: MultiThreadedEventLoopGroup

    /// Builds the stage; `daemon.run()` is the caller's to start.
    static func build(logger: Logger, directory: String) async throws -> DemoStage {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let responders = (1...3).map { DemoResponder(number: UInt8($0), group: group) }
        for responder in responders { try await responder.start() }
        var quiet = logger
        quiet[metadataKey: "who"] = "router"
        let router = try await DemoRouter(on: try freeEndpoint(), logger: quiet)
        let listen = try freeEndpoint()
        let webserver = try freeEndpoint()
        var options = RunOptions(
            configuration: .text(
                name: "quickstart.lua",
                source: String(decoding: PackageResources.quickstart_lua, as: UTF8.self)),
            controlPath: "\(directory)/control.sock", logger: logger)
        options.workers = 1
        options.announce = { _ in }
        options.settings = [
            "name": "demo", "listen": "\(listen)", "router": "\(router.endpoint)",
            "webserver": "\(webserver)",
        ]
        for responder in responders {
            options.settings[responder.name] = "127.0.0.1:\(await responder.port)"
        }
        let client = try await DemoClient(
            host: "127.0.0.1", port: Int(listen.port), group: group)
        return DemoStage(
            responders: responders, router: router, client: client, daemon: Daemon(options),
            listen: listen, webserver: webserver, directory: directory, group: group)
    }

    private init(
        responders: [DemoResponder], router: DemoRouter, client: DemoClient, daemon: Daemon,
        listen: Endpoint, webserver: Endpoint, directory: String,
        group: MultiThreadedEventLoopGroup
    ) {
        self.responders = responders
        self.router = router
        self.client = client
        self.daemon = daemon
        self.listen = listen
        self.webserver = webserver
        self.directory = directory
        self.group = group
    }

    /// Kills a running responder, revives a dead one; other numbers are none of ours.
    func toggle(_ index: Int) async throws {
        guard responders.indices.contains(index) else { return }
        let responder = responders[index]
        if await responder.isAlive {
            try await responder.stop()
        } else {
            try await responder.start()
        }
    }

    /// Everything as it is now; `since` is the tally that the counts start from.
    func scene(since: DemoClient.Tally) async -> DemoScene {
        var tally = client.tally
        for (number, count) in since.answered { tally.answered[number, default: 0] -= count }
        var alive: [Bool] = []
        for responder in responders { alive.append(await responder.isAlive) }
        return DemoScene(
            status: await daemon.status(), alive: alive, tally: tally, routes: router.routes,
            listen: "\(listen)", webserver: "\(webserver)", logPath: "\(directory)/log")
    }

    func close() async throws {
        try await client.stop()
        for responder in responders { try await responder.stop() }
        await router.stop()
        try await group.shutdownGracefully()
    }

    /// A loopback endpoint whose port nobody uses now.
    private static func freeEndpoint() throws -> Endpoint {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else {
            throw DaemonError.system(call: "socket", object: "127.0.0.1", code: errno)
        }
        defer { Glibc.close(descriptor) }
        var (storage, length) = Endpoint(address: .loopbackV4, port: 0).socketAddress
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
            }
        }
        guard result == 0, let endpoint = Endpoint(socketAddress: storage) else {
            throw DaemonError.system(call: "bind", object: "127.0.0.1", code: errno)
        }
        return endpoint
    }
}
