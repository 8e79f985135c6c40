// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestPeers

/// Nodes with Pharos and two resolvers each, a router that spreads flows over them, and clients
/// behind it: a namespace each.
///
/// ```text
///   clients 192.0.2.0/24 ── router (BIRD, ECMP, BFD) ─┬─ node 1 ┐
///                                                      ├─ node 2 ├ each: 198.51.100.53
///                                                      └─ node 3 ┘
/// ```
final class Laboratory: Sendable {
    static let service = "198.51.100.53"

    let clients: NetworkNamespace
    let nodes: [LaboratoryNode]
    let router: BirdRouter
    /// What the kernel of the router forwards by.
    let routes: RouteWatch
    private let routerSpace: NetworkNamespace

    /// Builds it and waits until the router has a way through every node.
    init(
        nodes count: Int = 3, configuration: @Sendable (Int) -> String = LaboratoryNode.plane
    ) async throws {
        let (clients, space) = (try await NetworkNamespace(), try await NetworkNamespace())
        self.clients = clients
        routerSpace = space
        try await space.connect(
            to: clients, device: "c0", addresses: ["192.0.2.1/24"],
            otherAddresses: ["192.0.2.2/24"])
        try await clients.ip("route", "add", "default", "via", "192.0.2.1")
        for setting in [
            "net.ipv4.ip_forward=1", "net.ipv4.fib_multipath_hash_policy=1",
            "net.ipv4.conf.all.rp_filter=0",
        ] {
            try await Program.output("sysctl", ["-q", "-w", setting], in: space)
        }
        routes = try RouteWatch(of: Self.service, in: space)
        router = try await BirdRouter(
            (1...count).map { Self.session($0) }, port: 179, prelude: Self.prelude, in: space)
        var nodes: [LaboratoryNode] = []
        for number in 1...count {
            nodes.append(
                try await LaboratoryNode(
                    number, beyond: space, configuration: configuration(number)))
        }
        self.nodes = nodes
        try await waitForNodes(Array(1...count))
    }

    /// Waits until the router's kernel spreads flows over these nodes and no others.
    func waitForNodes(_ numbers: [Int], withinSeconds seconds: Double = 15) async throws {
        try await eventually(
            "ways through \(numbers)", withinSeconds: seconds,
            otherwise: "\(self.routes.now)\n\(self.router.log)"
                + self.nodes.map(\.log).joined(separator: "\n")
        ) {
            self.routes.now == Set(numbers)
        }
    }

    /// Routes received of each node so far, announced and withdrawn.
    func updateCounts() async throws -> [[Int]] {
        var counts: [[Int]] = []
        for node in nodes {
            let (announced, withdrawn) = try await router.updateCounts("node\(node.number)")
            counts.append([announced, withdrawn])
        }
        return counts
    }

    /// Ends everything, the daemons by SIGTERM.
    func stop() async {
        for node in nodes { await node.stop() }
        await router.stop()
        await routes.stop()
    }

    private static func session(_ number: Int) -> BirdSession {
        var session = BirdSession(
            name: "node\(number)", localAddress: "10.1.\(number).1",
            neighborAddress: "10.1.\(number).2")
        session.isMultihop = false
        session.options = ["bfd on;"]
        // RFC 8326 §4.2: what carries GRACEFUL_SHUTDOWN is the last resort.
        session.channelOptions =
            "import filter { if (65535, 0) ~ bgp_community then bgp_local_pref = 0; accept; };"
        return session
    }

    private static let prelude = """
        protocol bfd {
          interface "*" { min rx interval 100 ms; min tx interval 100 ms; multiplier 3; };
        }
        protocol kernel {
          merge paths on limit 16;
          ipv4 { export where source = RTS_BGP; };
        }
        """
}
