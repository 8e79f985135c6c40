// SPDX-License-Identifier: Apache-2.0

import Announcing

extension Controller {
    /// What people said, for `status`.
    func appendOperator(_ report: inout StatusReport) {
        report.drained = book.drains[.node] != nil
        report.drains = book.sortedDrains.map {
            StatusReport.Drain(
                target: $0.target.text,
                phase: book.gracefulEnds[$0.target] == nil ? "withdrawn" : "graceful",
                since: Self.shown($0.since), reason: $0.reason, by: $0.by)
        }
        report.forced = book.sortedForces.map {
            StatusReport.Forced(
                target: $0.target.text, verdict: $0.isUp ? "up" : "down",
                since: Self.shown($0.since), until: $0.until.map(Self.shown) ?? "",
                reason: $0.reason, by: $0.by)
        }
        report.stateFault = files.stateFault ?? ""
    }

    /// Drains, forced states and the files that keep them, for Prometheus.
    func appendOperator(_ text: inout MetricsText, _ report: StatusReport) {
        text.single(
            "pharos_node_drained", .gauge, "Whether this node is drained", report.drained ? 1 : 0)
        text.single(
            "pharos_drains", .gauge, "Nodes, prefixes and checks that are drained",
            Double(report.drains.count))
        text.single(
            "pharos_forced", .gauge, "Checks and prefixes that a person forced",
            Double(report.forced.count))
        text.single(
            "pharos_state_write_failures_total", .counter,
            "Writes of the state file that failed", Double(files.writeFailures))
        text.single(
            "pharos_events_lost_total", .counter, "Events that found no room in the journal",
            Double(files.journal.lost))
    }

    private static func shown(_ unixSeconds: Double) -> String {
        ControlClock.timestamp(unixSeconds: unixSeconds)
    }
}
