// SPDX-License-Identifier: Apache-2.0

import Addressing
import BGPSpeaker
import Control

/// What the demonstration shows at one moment.
struct DemoScene {
    var status: StatusReport
    var alive: [Bool]
    var tally: DemoClient.Tally
    var routes: [(prefix: IPPrefix, attributes: AnnouncedAttributes)]
    var listen: String
    var webserver: String
    var logPath: String

    /// The whole picture, a line each.
    func lines() -> [String] {
        head + responders + [""] + checks + [""] + router + [""] + foot
    }

    private var head: [String] {
        [
            "Pharos: a lighthouse is lit while its keeper finds the harbour safe.",
            "",
            "Ask it yourself:   dig @\(host) -p \(port) www.example A",
            "",
        ]
    }

    private var host: Substring { listen.split(separator: ":").first ?? "" }
    private var port: Substring { listen.split(separator: ":").last ?? "" }

    private var responders: [String] {
        let total = max(1, tally.answered.values.reduce(0, +))
        let rows = alive.indices.map { index -> String in
            let number = UInt8(index + 1)
            let count = tally.answered[number] ?? 0
            let server = status.servers.first { $0.name == "dns\(number)" }
            let bar = String(repeating: "#", count: count * 40 / total)
            return "  [\(number)] dns\(number) \(alive[index] ? "running" : "killed ") "
                + "\(pad(server?.state ?? "?", 5)) order \(server?.order ?? 0) "
                + "weight \(pad("\(server?.weight ?? 0)", 4)) \(pad("\(count)", 7)) \(bar)"
        }
        return ["Servers (answers in the last seconds)"] + rows
    }

    private var checks: [String] {
        ["Checks"]
            + status.checks.map {
                "  \(pad($0.name, 12)) \(pad($0.state, 8)) \(pad($0.progress, 4)) \($0.detail)"
            }
    }

    private var router: [String] {
        let session = status.neighbors.map { "\($0.address) \($0.state)" }.joined(separator: ", ")
        let table = routes.map { route in
            "  \(route.prefix) via \(route.attributes.nextHop.map { "\($0)" } ?? "-")"
                + " med \(route.attributes.med.map(String.init) ?? "-")"
                + " path \(route.attributes.asPath.map(String.init).joined(separator: " "))"
        }
        let waiting = status.routes.filter { !$0.announced }.map {
            "  \($0.prefix) not announced: \($0.reason)"
        }
        return ["The router's table (session \(session))"]
            + (table.isEmpty ? ["  (empty)"] : table) + waiting
    }

    private var foot: [String] {
        [
            "Keys: 1 2 3 kill or revive a responder, r reload, q quit.",
            "Metrics: http://\(webserver)/metrics   Log: \(logPath)",
        ]
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
