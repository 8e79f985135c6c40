// SPDX-License-Identifier: Apache-2.0

/// What `pharos routes NEIGHBOUR` prints: what a neighbour was sent and when, and why the rest was
/// not. Stable names, more fields may come.
public struct RoutesReport: Codable, Sendable, Equatable {
    public struct Route: Codable, Sendable, Equatable {
        public var prefix: String
        /// Whether the neighbour has it.
        public var announced: Bool
        /// When it was sent last, universal time; empty while the neighbour does not have it.
        public var sentAt: String
        /// As they were sent.
        public var attributes: [String: String]
        /// Why the neighbour does not have it, or what waits to be sent; empty otherwise.
        public var reason: String
    }

    public var neighbor: StatusReport.Neighbor
    public var routes: [Route]
}

extension RoutesReport {
    /// The report for a terminal.
    public func rendered() -> String {
        var head = [
            "neighbor \(neighbor.address), AS \(neighbor.as)"
                + (neighbor.description.isEmpty ? "" : ", \(neighbor.description)"),
            "  \(neighbor.state) since \(neighbor.since)"
                + (neighbor.lastError.isEmpty ? "" : "; last error: \(neighbor.lastError)"),
        ]
        if !neighbor.families.isEmpty {
            let hold = neighbor.holdTimeSeconds
            head.append(
                "  \(neighbor.agreed.joined(separator: ", ")); "
                    + (hold == 0 ? "no hold time" : "hold time \(hold) s")
                    + "; from \(neighbor.localAddress), router \(neighbor.peerRouterID)")
            head.append("  it offers \(neighbor.capabilities.joined(separator: ", "))")
        }
        head.append(
            "  messages sent \(Self.words(neighbor.messagesSent)), "
                + "received \(Self.words(neighbor.messagesReceived))")
        head += neighbor.prefixes.filter { $0.received + $0.withdrawn > 0 }.map {
            "  \($0.family): \($0.received) prefixes received, \($0.withdrawn) withdrawn, "
                + "\($0.accepted) accepted"
        }
        if !neighbor.hint.isEmpty { head.append("  \(neighbor.hint)") }
        guard !routes.isEmpty else {
            return (head + ["", "nothing is announced to it"]).joined(separator: "\n")
        }
        let table = StatusReport.table(
            ["route", "announced", "sent", "attributes", ""],
            routes.map { route in
                let attributes = route.attributes.sorted { $0.key < $1.key }
                    .map { "\($0.key)=\($0.value)" }.joined(separator: " ")
                return [
                    route.prefix, route.announced ? "yes" : "no", route.sentAt, attributes,
                    route.reason,
                ]
            })
        return (head + ["", table]).joined(separator: "\n")
    }

    private static func words(_ counts: [String: Int]) -> String {
        let all = counts.filter { $0.value > 0 }.sorted { $0.key < $1.key }
        return all.isEmpty ? "none" : all.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    }
}
