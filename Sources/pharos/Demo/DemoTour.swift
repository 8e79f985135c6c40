// SPDX-License-Identifier: Apache-2.0

import BGPSpeaker
import Control

/// The demonstration without a terminal: what changes, a line each, while a fixed plan kills and
/// revives responders.
struct DemoTour {
    /// Shares of the whole time at which something is done, and to whom.
    private static let plan: [(share: Double, responder: Int, words: String)] = [
        (0.30, 0, "kill dns1: its share moves to dns2"),
        (0.50, 1, "kill dns2: the last resort takes over"),
        (0.65, 2, "kill dns3: nobody is left, the check fails, the route goes"),
        (0.80, 0, "revive dns1: the check rises, the route comes back"),
    ]

    private var said: [String: String] = [:]
    private var step = 0

    /// Says what changed since the last call, and returns whose turn it is.
    mutating func observe(_ scene: DemoScene, elapsedShare: Double) -> Int? {
        for server in scene.status.servers { note("server \(server.name)", server.state) }
        for check in scene.status.checks {
            note("check \(check.name)", "\(check.state) \(check.detail)")
        }
        for neighbor in scene.status.neighbors {
            note("neighbor \(neighbor.address)", neighbor.state)
        }
        let table = scene.routes.map { route in
            "\(route.prefix) med \(route.attributes.med.map(String.init) ?? "-")"
        }
        note("router's table", table.isEmpty ? "empty" : table.joined(separator: ", "))
        guard step < Self.plan.count, elapsedShare >= Self.plan[step].share else { return nil }
        defer { step += 1 }
        say("-- \(Self.plan[step].words)")
        return Self.plan[step].responder
    }

    /// One line on who answered since the last such line.
    func summary(of tally: DemoClient.Tally) {
        let shares = tally.answered.filter { $0.value > 0 }.sorted { $0.key < $1.key }
            .map { "dns\($0.key) \($0.value)" }
        say("answers: \(shares.isEmpty ? "none" : shares.joined(separator: ", "))")
    }

    private mutating func note(_ what: String, _ state: String) {
        var state = state
        while state.last == " " { state.removeLast() }
        guard said.updateValue(state, forKey: what) != state else { return }
        say("\(what): \(state)")
    }
}
