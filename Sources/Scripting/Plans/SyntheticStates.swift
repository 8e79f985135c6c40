// SPDX-License-Identifier: Apache-2.0

import Balancing

/// The made-up states in which policies are tried before they may decide about real queries.
enum SyntheticStates {
    /// Each closure puts a pool's servers into one state: all up, the first tier down, one server up,
    /// all down.
    static func of(_ servers: [ServerHandle]) -> [() -> Void] {
        let lowest = servers.map(\.order).min()
        func set(_ isUp: @escaping (Int) -> Bool) -> () -> Void {
            { for (index, server) in servers.enumerated() { server.setUpStatus(isUp(index)) } }
        }
        return [
            set { _ in true }, set { servers[$0].order != lowest },
            set { $0 == servers.count - 1 }, set { _ in false },
        ]
    }
}
