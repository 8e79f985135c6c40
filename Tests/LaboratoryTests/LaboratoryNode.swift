// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization
import TestPeers

/// One node of the laboratory: Pharos on the service address, two resolvers behind it.
final class LaboratoryNode: Sendable {
    /// What runs between two boots.
    private struct Machine {
        let namespace: NetworkNamespace
        var daemon: PharosDaemon
        /// On 127.0.0.1, ports 5301 and 5302.
        var resolvers: [KnotServer]
    }

    let number: Int
    private let router: NetworkNamespace
    private let configuration: String
    /// Its disk, which outlives a reboot.
    private let disk: ScratchDirectory
    /// `nil` while it is switched off.
    private let machine: Mutex<Machine?>

    init(_ number: Int, beyond router: NetworkNamespace, configuration: String) async throws {
        self.number = number
        self.router = router
        self.configuration = configuration
        disk = try ScratchDirectory("node\(number)")
        machine = Mutex(
            try await Self.boot(number, router, configuration, state: disk.path))
    }

    var daemon: PharosDaemon { current.daemon }
    var log: String { "node \(number):\n\(daemon.log)" }

    private var current: Machine {
        guard let machine = machine.withLock({ $0 }) else {
            fatalError("node \(number) is switched off")
        }
        return machine
    }

    /// Starts the daemon again, after an end of any kind.
    func start() async throws {
        let daemon = try await Self.daemon(configuration, disk.path, current.namespace)
        machine.withLock { $0?.daemon = daemon }
    }

    /// Switches it off in order, and on again: a new host with the old disk.
    func reboot() async throws {
        await stop()
        machine.withLock { $0 = nil }
        let fresh = try await Self.boot(number, router, configuration, state: disk.path)
        machine.withLock { $0 = fresh }
    }

    /// Kills so many of its resolvers, the first ones.
    func killResolvers(_ count: Int) async {
        for resolver in current.resolvers.prefix(count) { await resolver.kill() }
    }

    /// Kills what is left of them and starts both again.
    func startResolvers() async throws {
        await killResolvers(2)
        let fresh = try await Self.resolvers(number, in: current.namespace)
        machine.withLock { $0?.resolvers = fresh }
    }

    func cutLink() async throws {
        try await current.namespace.ip("link", "set", "n\(number)", "down")
    }

    func mendLink() async throws {
        try await current.namespace.ip("link", "set", "n\(number)", "up")
        try await Self.addDefaultRoute(number, current.namespace)
    }

    func stop() async {
        let machine = current
        machine.daemon.signal(SIGCONT)
        await machine.daemon.stop()
        for resolver in machine.resolvers { await resolver.stop() }
    }
}

// MARK: - Boot

extension LaboratoryNode {
    private static func boot(
        _ number: Int, _ router: NetworkNamespace, _ configuration: String, state: String
    ) async throws -> Machine {
        let namespace = try await NetworkNamespace()
        try await router.connect(
            to: namespace, device: "n\(number)", addresses: ["10.1.\(number).1/24"],
            otherAddresses: ["10.1.\(number).2/24"])
        try await addDefaultRoute(number, namespace)
        try await namespace.add("\(Laboratory.service)/32")
        let resolvers = try await resolvers(number, in: namespace)
        return Machine(
            namespace: namespace, daemon: try await daemon(configuration, state, namespace),
            resolvers: resolvers)
    }

    private static func addDefaultRoute(
        _ number: Int, _ namespace: NetworkNamespace
    ) async throws {
        try await namespace.ip("route", "replace", "default", "via", "10.1.\(number).1")
    }

    private static func daemon(
        _ configuration: String, _ state: String, _ namespace: NetworkNamespace
    ) async throws -> PharosDaemon {
        try await PharosDaemon(
            configuration, environment: ["STATE_DIRECTORY": state], in: namespace)
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
}

// MARK: - Configuration

extension LaboratoryNode {
    /// What the check of ``plane(_:check:run:)`` does: it asks the service as a client does.
    static let question = """
        function(ctx)
            return dns.query{server = "\(Laboratory.service)", name = "www.test"}.ok
        end
        """

    /// Pharos balances over both resolvers, and a check says whether the route is announced.
    static func plane(_ number: Int, check: String, run: String, fall: Int = 2) -> String {
        """
        setLocal("\(Laboratory.service):53")
        setACL{"0.0.0.0/0"}
        setServFailWhenNoServer(true)
        local servers = newCheck{name = "resolvers", interval = 0.2, timeout = 0.1, rise = 2,
            fall = 2, targets = {"127.0.0.1:5301", "127.0.0.1:5302"},
            run = function(ctx)
                return dns.query{server = ctx.target, name = "www.test"}.ok
            end}
        newServer{address = "127.0.0.1:5301", name = "one", check = servers}
        newServer{address = "127.0.0.1:5302", name = "two", check = servers}
        local service = newCheck{name = "\(check)", interval = 0.2, timeout = 0.1, rise = 2,
            fall = \(fall), run = \(run)}
        setRouterID("10.1.\(number).2")
        newNeighbor{address = "10.1.\(number).1", localAddress = "10.1.\(number).2",
                    peerAS = 65001, localAS = 65002, bfd = {interval = 0.1, multiplier = 3}}
        announce{prefix = "\(Laboratory.service)/32", when = service,
                 reannounceDelay = {step = 0}}
        """
    }

    static func plane(_ number: Int) -> String {
        plane(number, check: "service", run: question)
    }
}
