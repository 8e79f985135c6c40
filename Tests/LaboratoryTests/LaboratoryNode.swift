// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization
import TestPeers

/// One node of the laboratory: Pharos on the service address, two resolvers behind it.
final class LaboratoryNode: Sendable {
    let number: Int
    let namespace: NetworkNamespace
    private let configuration: String
    private let running: Mutex<PharosDaemon>
    /// On 127.0.0.1, ports 5301 and 5302.
    private let resolvers = Mutex<[KnotServer]>([])

    init(_ number: Int, beyond router: NetworkNamespace, configuration: String) async throws {
        self.number = number
        self.configuration = configuration
        let namespace = try await NetworkNamespace()
        self.namespace = namespace
        try await router.connect(
            to: namespace, device: "n\(number)", addresses: ["10.1.\(number).1/24"],
            otherAddresses: ["10.1.\(number).2/24"])
        try await namespace.ip("route", "add", "default", "via", "10.1.\(number).1")
        try await namespace.add("\(Laboratory.service)/32")
        let resolvers = try await Self.resolvers(number, in: namespace)
        running = Mutex(try await PharosDaemon(configuration, in: namespace))
        self.resolvers.withLock { $0 = resolvers }
    }

    var daemon: PharosDaemon { running.withLock { $0 } }
    var log: String { "node \(number):\n\(daemon.log)" }

    /// Starts the daemon again, after an end of any kind.
    func start() async throws {
        let daemon = try await PharosDaemon(configuration, in: namespace)
        running.withLock { $0 = daemon }
    }

    /// Kills so many of its resolvers, the first ones.
    func killResolvers(_ count: Int) async {
        for resolver in resolvers.withLock({ $0.prefix(count) }) { await resolver.kill() }
    }

    /// Kills what is left of them and starts both again.
    func startResolvers() async throws {
        await killResolvers(2)
        let fresh = try await Self.resolvers(number, in: namespace)
        resolvers.withLock { $0 = fresh }
    }

    private static func resolvers(
        _ number: Int, in namespace: NetworkNamespace
    ) async throws -> [KnotServer] {
        var resolvers: [KnotServer] = []
        for port in [UInt16(5_301), 5_302] {
            resolvers.append(
                try await KnotServer(name: "node\(number)", port: port, in: namespace))
        }
        return resolvers
    }

    func cutLink() async throws { try await namespace.ip("link", "set", "n\(number)", "down") }

    func mendLink() async throws {
        try await namespace.ip("link", "set", "n\(number)", "up")
        try await namespace.ip("route", "replace", "default", "via", "10.1.\(number).1")
    }

    func stop() async {
        daemon.signal(SIGCONT)
        await daemon.stop()
        for resolver in resolvers.withLock({ $0 }) { await resolver.stop() }
    }

    /// Pharos balances over both resolvers, and a check asks the service as a client does.
    static func plane(_ number: Int) -> String {
        """
        setLocal("\(Laboratory.service):53")
        setACL{"0.0.0.0/0"}
        local servers = newCheck{name = "resolvers", interval = 0.2, timeout = 0.1, rise = 2,
            fall = 2, targets = {"127.0.0.1:5301", "127.0.0.1:5302"},
            run = function(ctx)
                return dns.query{server = ctx.target, name = "www.test"}.ok
            end}
        newServer{address = "127.0.0.1:5301", name = "one", check = servers}
        newServer{address = "127.0.0.1:5302", name = "two", check = servers}
        local service = newCheck{name = "service", interval = 0.2, timeout = 0.1, rise = 2,
            fall = 2, run = function(ctx)
                return dns.query{server = "\(Laboratory.service)", name = "www.test"}.ok
            end}
        setRouterID("10.1.\(number).2")
        newNeighbor{address = "10.1.\(number).1", localAddress = "10.1.\(number).2",
                    peerAS = 65001, localAS = 65002, bfd = {interval = 0.1, multiplier = 3}}
        announce{prefix = "\(Laboratory.service)/32", when = service,
                 reannounceDelay = {step = 0}}
        """
    }
}
