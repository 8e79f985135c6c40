// SPDX-License-Identifier: Apache-2.0

import Addressing
import Declarations
import TestPeers

/// A BIRD 2 on loopback with one session over IPv4 and one over IPv6, both passive, both of which
/// import both families. It ends with this object.
final class Bird {
    static let peerAS: UInt32 = 65002
    static let ourAS: UInt32 = 65001
    static let v4 = IPAddress(v4: 0x7f00_0009)

    let port: UInt16
    private let router: BirdRouter

    /// - Parameters:
    ///   - options: more lines of both sessions.
    ///   - prelude: more lines before them.
    init(options: String = "", prelude: String = "") async throws {
        let port = freePort()
        self.port = port
        router = try await BirdRouter(
            configuration: """
                log stderr all;
                debug protocols { states, events };
                router id 10.0.0.9;
                protocol device {}
                \(prelude)
                \(Self.session("four", on: port, local: "127.0.0.9", neighbor: "127.0.0.1", options))
                \(Self.session("six", on: port, local: "::1", neighbor: "::1", options))

                """, port: port)
    }

    private static func session(
        _ name: String, on port: UInt16, local: String, neighbor: String, _ options: String
    ) -> String {
        """
        protocol bgp \(name) {
          local \(local) port \(port) as \(peerAS);
          neighbor \(neighbor) as \(ourAS);
          multihop; passive on; hold time 9; error wait time 1, 5;
          \(options)
          ipv4 { import all; export none; };
          ipv6 { import all; export none; };
        }
        """
    }

    /// Starts it, after a ``stop()`` again, and waits until its control socket answers.
    func start() async throws { try await router.start() }

    func stop() async { await router.stop() }

    /// Stops it as it stands, until ``resume()``: what it holds it keeps, and it says nothing.
    func pause() { router.pause() }
    func resume() { router.resume() }

    /// Its neighbours as our speaker declares them.
    var declarations: [NeighborDeclaration] {
        [(Self.v4, IPAddress.loopbackV4), (.loopbackV6, .loopbackV6)].map { peer, local in
            var neighbor = NeighborDeclaration(
                key: NeighborKey(endpoint: Endpoint(address: peer, port: port)),
                localAS: Self.ourAS, peerAS: Self.peerAS,
                location: SourceLocation(file: "test", line: 1))
            neighbor.localAddress = local
            neighbor.families = [.ipv4Unicast, .ipv6Unicast]
            return neighbor
        }
    }

    func command(_ words: String) async throws -> String { try await router.command(words) }

    /// All routes with all attributes, as BIRD prints them.
    func routes() async throws -> String { try await command("show route all") }

    var log: String { router.log }
}
