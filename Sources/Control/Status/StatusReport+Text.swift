// SPDX-License-Identifier: Apache-2.0

extension StatusReport {
    /// The report for a terminal: one table for each kind of thing, nothing for what there is none of.
    public func rendered() -> String {
        var parts = [
            "pharos \(version), process \(processID), \(configuration), generation \(generation), "
                + (ready ? "serving" : "not ready")
                + (lastReload.result == "ok" ? "" : "\nlast reload REJECTED: \(lastReload.message)")
        ]
        parts += operatorLines
        parts += workers.filter { $0.state != "ok" }.map {
            "\($0.name), thread \($0.thread), does not move on: \($0.activity)"
                + ($0.servedBy.isEmpty
                    ? "" : "; its clients are served by \($0.servedBy.joined(separator: ", "))")
        }
        parts += [
            serverTable, checkTable, neighborTable, routeTable, helperTable, policyTable,
            timerTable,
            callbackTable, scriptTable, blockTable,
        ]
        .filter { !$0.isEmpty }
        parts +=
            warnings.isEmpty
            ? [] : ["warnings\n" + warnings.map { "  \($0)" }.joined(separator: "\n")]
        return parts.joined(separator: "\n\n")
    }

    /// What people said, before what checks say: whoever looks must not wonder.
    private var operatorLines: [String] {
        func tail(_ reason: String) -> String { reason.isEmpty ? "" : ": \(reason)" }
        var lines = drains.map {
            "\($0.target == "node" ? "THIS NODE" : $0.target) is "
                + ($0.phase == "graceful" ? "DRAINING" : "DRAINED")
                + " since \($0.since) by \($0.by)\(tail($0.reason))"
        }
        lines += forced.map {
            "\($0.target) is FORCED \($0.verdict.uppercased()) since \($0.since) by \($0.by)"
                + ($0.until.isEmpty ? "" : " until \($0.until)") + tail($0.reason)
        }
        if !stateFault.isEmpty { lines.append("not kept over a restart: \(stateFault)") }
        return lines.isEmpty ? [] : [lines.joined(separator: "\n")]
    }

    private var serverTable: String {
        Self.table(
            [
                "server", "address", "pool", "state", "order", "weight", "out", "queries", "lat µs",
                "",
            ],
            servers.map {
                [
                    $0.name, $0.address, $0.pool, $0.state, "\($0.order)", "\($0.weight)",
                    "\($0.outstanding)", "\($0.queries)", "\(Int($0.latencyMicroseconds))",
                    $0.detail,
                ]
            })
    }

    private var checkTable: String {
        Self.table(
            ["check", "state", "progress", "runs", "failures", "flaps", ""],
            checks.flatMap { check in
                [
                    [
                        check.name, check.state, check.progress, "\(check.runs)",
                        "\(check.failures)", "\(check.flaps)", check.detail,
                    ]
                ]
                    + check.targets.map {
                        [
                            "  " + $0.shownName, $0.state, $0.progress, "\($0.runs)",
                            "\($0.failures)", "\($0.flaps)", $0.detail,
                        ]
                    }
            })
    }

    private var neighborTable: String {
        Self.table(
            ["neighbor", "as", "state", "since", "hold", "routes", "updates", "heard", ""],
            neighbors.map {
                let notes = [$0.bfd.isEmpty ? "" : "BFD \($0.bfd)", $0.lastError]
                let heard = $0.prefixes.reduce(0) { $0 + $1.received }
                return [
                    $0.address, "\($0.as)", $0.state, $0.since,
                    $0.families.isEmpty ? "" : "\($0.holdTimeSeconds)", "\($0.routesAnnounced)",
                    "\($0.updatesSent)", "\(heard)",
                    notes.filter { !$0.isEmpty }.joined(separator: "; "),
                ]
            })
    }

    private var routeTable: String {
        Self.table(
            ["route", "neighbor", "announced", "attributes", "reason"],
            routes.map { route in
                let attributes = route.attributes.sorted { $0.key < $1.key }
                    .map { "\($0.key)=\($0.value)" }.joined(separator: " ")
                return [
                    route.prefix, route.neighbor, route.announced ? "yes" : "no", attributes,
                    route.reason,
                ]
            })
    }

    private var helperTable: String {
        Self.table(
            ["helper", "process", "since", "restarts", "commands", "errors", "routes", ""],
            helpers.map {
                [
                    $0.name, $0.running ? "\($0.processID)" : "ended", $0.since, "\($0.restarts)",
                    "\($0.commands)", "\($0.errors)", "\($0.routes)", $0.lastError,
                ]
            })
    }

    private var policyTable: String {
        Self.table(
            ["policy", "kind", "calls", "errors", "timeouts", "fallbacks", ""],
            policies.map {
                [
                    $0.name, $0.kind, "\($0.calls)", "\($0.errors)", "\($0.timeouts)",
                    "\($0.fallbacks)", $0.lastError,
                ]
            })
    }

    private var timerTable: String {
        Self.table(
            ["timer", "function", "runs", "errors", ""],
            timers.map { [$0.name, $0.place, "\($0.runs)", "\($0.errors)", $0.lastError] })
    }

    private var callbackTable: String {
        Self.table(
            ["callback", "function", "calls", "errors", ""],
            callbacks.map { [$0.name, $0.place, "\($0.calls)", "\($0.errors)", $0.lastError] })
    }

    private var scriptTable: String {
        Self.table(
            ["scripts", "memory", "at most"],
            scripts.map {
                [$0.name, Self.kilobytes($0.memoryBytes), Self.kilobytes($0.memoryBytesMax)]
            })
    }

    private static func kilobytes(_ bytes: Int) -> String {
        bytes < 10 << 20 ? "\(bytes >> 10) KB" : "\(bytes >> 20) MB"
    }

    /// Blocks that a terminal is shown.
    private static let blocksShown = 50

    private var blockTable: String {
        let table = Self.table(
            ["blocked", "action", "left", "queries", "reason"],
            blocks.prefix(Self.blocksShown).map {
                [
                    $0.subject, $0.warning ? "warning" : $0.action, "\($0.secondsLeft) s",
                    "\($0.queries)", $0.reason,
                ]
            })
        let more = blockCount - min(blocks.count, Self.blocksShown)
        return more > 0 ? "\(table)\nand \(more) more" : table
    }

    /// Columns as wide as their widest cell; empty without rows.
    static func table(_ head: [String], _ rows: [[String]]) -> String {
        guard !rows.isEmpty else { return "" }
        let widths = head.indices.map { column in
            ([head] + rows).map { $0[column].onOneLine.count }.max() ?? 0
        }
        return ([head] + rows).map { cells in
            let row = cells.map(\.onOneLine)
            var line = ""
            for (cell, width) in zip(row, widths) {
                line += cell + String(repeating: " ", count: max(0, width - cell.count) + 2)
            }
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }
}

extension StatusReport.CheckTarget {
    /// Its name, with what it stands for when that is something else.
    fileprivate var shownName: String { name == target ? name : "\(name) (\(target))" }
}
