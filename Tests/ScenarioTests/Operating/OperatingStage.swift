// SPDX-License-Identifier: Apache-2.0

import TestPeers

/// A node that announces two prefixes of one check to BIRD; the check is down while a file is there.
struct OperatingStage {
    static let first = "192.0.2.53/32"
    static let second = "192.0.2.54/32"

    let namespace: NetworkNamespace
    let router: BirdRouter
    /// Keeps the state from one daemon to the next.
    let state: ScratchDirectory

    init(internal isInternal: Bool = false) async throws {
        namespace = try await NetworkNamespace()
        for address in ["10.0.0.9/32", "10.0.0.1/32", Self.first, Self.second] {
            try await namespace.add(address)
        }
        router = try await BirdRouter(
            [
                BirdSession(
                    name: "node", localAddress: "10.0.0.9", neighborAddress: "10.0.0.1",
                    neighborAS: isInternal ? 65_001 : 65_002)
            ], in: namespace)
        state = try ScratchDirectory("state")
    }

    func daemon(
        _ more: String = "", localAS: Int = 65_002, arguments: [String] = []
    ) async throws -> PharosDaemon {
        try await PharosDaemon(
            configuration(more, localAS: localAS), arguments: arguments,
            environment: ["STATE_DIRECTORY": state.path], in: namespace)
    }

    func configuration(_ more: String = "", localAS: Int = 65_002) -> String {
        """
        newCheck{name = "service", interval = 0.1, fastInterval = 0.05, timeout = 0.05,
                 rise = 1, fall = 1,
                 run = function(ctx) return io.open("\(state.path)/down") == nil, "it is so" end}
        setRouterID("10.0.0.1")
        newNeighbor{address = "10.0.0.9", port = \(router.port), localAddress = "10.0.0.1",
                    peerAS = 65001, localAS = \(localAS), multihop = 2}
        announce{prefix = "\(Self.first)", nextHop = "10.0.0.1", when = "service", med = 50}
        announce{prefix = "\(Self.second)", nextHop = "10.0.0.1", when = "service", med = 50}
        \(more)
        """
    }

    /// The check fails from now on, or succeeds again.
    func setDown(_ isDown: Bool) throws {
        if isDown { try state.write("", to: "down") } else { state.remove("down") }
    }
}
