// SPDX-License-Identifier: Apache-2.0

import BGPSpeaker

extension Controller {
    /// BGP sessions and the routes that go over them.
    func appendSessions(_ text: inout MetricsText, _ report: StatusReport) {
        if !report.neighbors.isEmpty {
            appendStates(&text, report.neighbors)
            appendMessages(&text, report.neighbors)
            appendPrefixes(&text, report.neighbors)
        }
        guard !report.routes.isEmpty else { return }
        text.open("pharos_route_announced", .gauge, "Whether the route is announced")
        for route in report.routes {
            text.sample(
                route.announced ? 1 : 0,
                [("prefix", route.prefix), ("neighbor", route.neighbor)])
        }
    }

    private func appendStates(_ text: inout MetricsText, _ neighbors: [StatusReport.Neighbor]) {
        text.open("pharos_bgp_state", .gauge, "1 for the state that the session is in")
        for neighbor in neighbors {
            for state in NeighborState.allCases {
                text.sample(
                    neighbor.state == state.rawValue ? 1 : 0,
                    [("neighbor", neighbor.address), ("state", state.rawValue)])
            }
        }
        func family(
            _ name: String, _ kind: MetricsText.Kind, _ help: String,
            _ value: (StatusReport.Neighbor) -> Double
        ) {
            text.open("pharos_bgp_" + name, kind, help)
            for neighbor in neighbors {
                text.sample(value(neighbor), [("neighbor", neighbor.address)])
            }
        }
        family("established", .gauge, "Whether the session is up") {
            $0.state == NeighborState.established.rawValue ? 1 : 0
        }
        family("established_total", .counter, "Times the session came up") {
            Double($0.establishedCount)
        }
        family("hold_time_seconds", .gauge, "Hold time that was negotiated, 0 for none") {
            Double($0.holdTimeSeconds)
        }
        family(
            "keepalive_late_seconds_max", .gauge,
            "The latest that a KEEPALIVE was sent after it was due"
        ) { Double($0.keepaliveLatenessMillisecondsMax) / 1_000 }
        let watched = neighbors.filter { !$0.bfd.isEmpty }
        guard !watched.isEmpty else { return }
        text.open("pharos_bgp_bfd_up", .gauge, "Whether BFD sees the neighbour")
        for neighbor in watched {
            text.sample(neighbor.bfd == "Up" ? 1 : 0, [("neighbor", neighbor.address)])
        }
    }

    private func appendMessages(_ text: inout MetricsText, _ neighbors: [StatusReport.Neighbor]) {
        func family(
            _ name: String, _ help: String, _ counts: (StatusReport.Neighbor) -> [String: Int]
        ) {
            text.open("pharos_bgp_messages_" + name, .counter, help)
            for neighbor in neighbors {
                for (type, count) in counts(neighbor).sorted(by: { $0.key < $1.key }) {
                    text.sample(Double(count), [("neighbor", neighbor.address), ("type", type)])
                }
            }
        }
        family("sent_total", "Messages sent, by type", \.messagesSent)
        family("received_total", "Messages received, by type", \.messagesReceived)
        text.open("pharos_bgp_updates_sent_total", .counter, "UPDATE messages sent")
        for neighbor in neighbors {
            text.sample(Double(neighbor.updatesSent), [("neighbor", neighbor.address)])
        }
        text.open(
            "pharos_bgp_attribute_faults_total", .counter,
            "Wrong attributes received that cost no session")
        for neighbor in neighbors {
            text.sample(Double(neighbor.attributeFaults), [("neighbor", neighbor.address)])
        }
    }

    private func appendPrefixes(_ text: inout MetricsText, _ neighbors: [StatusReport.Neighbor]) {
        text.open("pharos_bgp_routes_announced", .gauge, "Routes that the neighbour has of us")
        for neighbor in neighbors {
            text.sample(Double(neighbor.routesAnnounced), [("neighbor", neighbor.address)])
        }
        func family(
            _ name: String, _ kind: MetricsText.Kind, _ help: String,
            _ value: (StatusReport.Neighbor.Prefixes) -> Int
        ) {
            text.open("pharos_bgp_prefixes_" + name, kind, help)
            for neighbor in neighbors {
                for counts in neighbor.prefixes {
                    text.sample(
                        Double(value(counts)),
                        [("neighbor", neighbor.address), ("family", counts.family)])
                }
            }
        }
        family("received_total", .counter, "Prefixes in the neighbour's announcements", \.received)
        family("withdrawn_total", .counter, "Prefixes in its withdraws", \.withdrawn)
        family("accepted", .gauge, "Prefixes held because they are watched", \.accepted)
    }
}
