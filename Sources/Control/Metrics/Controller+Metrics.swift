// SPDX-License-Identifier: Apache-2.0

import Balancing
import Declarations
import Glibc
import Health
import Scripting

extension Controller {
    /// `/metrics`: what dnsdist's users know under its names, the rest as `pharos_…`.
    func metrics() async -> String {
        var text = MetricsText()
        let report = await status()
        appendProcess(&text, report)
        appendPlane(&text, report)
        appendWorkers(&text, report)
        appendHost(&text)
        appendFrontends(&text)
        appendServers(&text, report)
        appendServerStreams(&text, report)
        appendPools(&text)
        appendCaches(&text, report)
        appendPolicies(&text, report)
        appendRules(&text, report)
        appendBlocks(&text, report)
        appendChecks(&text, report)
        appendTimers(&text, report)
        appendScripts(&text, report)
        appendSessions(&text, report)
        appendOperator(&text, report)
        return text.text
    }

    /// Whether a query can be answered now, and why not (`/healthz`).
    func health() -> (isServing: Bool, words: String) {
        guard isReady, let live = generation else { return (false, "not ready") }
        guard !live.handles.isEmpty else { return (true, "ok, no servers declared") }
        return live.handles.contains(where: \.isUp) ? (true, "ok") : (false, "no server is up")
    }

    private func appendProcess(_ text: inout MetricsText, _ report: StatusReport) {
        text.open("pharos_info", .gauge, "The version that runs")
        text.sample(1, [("version", report.version)])
        text.single(
            "dnsdist_uptime", .gauge, "Seconds since the start",
            (ControlClock.unixSeconds - startedAt).rounded(.down))
        text.single(
            "pharos_generation", .gauge, "Generation of the configuration that serves",
            Double(report.generation))
        text.open("pharos_reloads_total", .counter, "Reloads by result")
        text.sample(Double(reloadCounts.accepted), [("result", "ok")])
        text.sample(Double(reloadCounts.rejected), [("result", "rejected")])
        text.single(
            "pharos_last_reload_ok", .gauge, "Whether the last reload was accepted",
            report.lastReload.result == "ok" ? 1 : 0)
    }

    private func appendPlane(_ text: inout MetricsText, _ report: StatusReport) {
        for (name, value) in report.counters.sorted(by: { $0.key < $1.key })
        where name != Self.latencySum {
            let isDnsdists = Self.dnsdistCounters.contains(name)
            text.single(
                (isDnsdists ? "dnsdist_" : "pharos_") + name.replacing("-", with: "_"), .counter,
                isDnsdists ? "dnsdist's \(name), all threads" : "\(name), all threads",
                Double(value))
        }
        appendLatency(&text, report.counters)
    }

    private func appendWorkers(_ text: inout MetricsText, _ report: StatusReport) {
        guard !report.workers.isEmpty else { return }
        text.open("pharos_thread_stuck", .gauge, "Whether a plane thread does not move on")
        for worker in report.workers {
            text.sample(worker.state == "ok" ? 0 : 1, [("thread", worker.name)])
        }
    }

    /// dnsdist's histogram of answers by their milliseconds.
    private func appendLatency(_ text: inout MetricsText, _ counters: [String: UInt64]) {
        text.open("dnsdist_latency", .histogram, "Milliseconds that answers took")
        var sum: UInt64 = 0
        for (name, bound) in Self.latencyBuckets {
            sum += counters[name] ?? 0
            text.sample(Double(sum), suffix: "_bucket", [("le", bound)])
        }
        text.sample(Double(counters[Self.latencySum] ?? 0) / 1_000, suffix: "_sum")
        text.sample(Double(sum), suffix: "_count")
    }

    private static let latencySum = "latency-sum"
    private static let latencyBuckets = [
        ("latency0-1", "1"), ("latency1-10", "10"), ("latency10-50", "50"),
        ("latency50-100", "100"), ("latency100-1000", "1000"), ("latency-slow", "+Inf"),
    ]
    /// The names that dnsdist itself exports (1.7.3's `/metrics`); what it has not is `pharos_…`.
    private static let dnsdistCounters: Set = [
        "queries", "acl-drops", "noncompliant-queries", "empty-queries", "rdqueries", "rule-drop",
        "rule-truncated", "rule-nxdomain", "rule-refused", "rule-servfail", "self-answered",
        "dyn-blocked", "no-policy", "cache-hits", "cache-misses", "responses", "servfail-responses",
        "frontend-noerror", "frontend-nxdomain",
        "frontend-servfail", "noncompliant-responses", "downstream-timeouts",
        "downstream-send-errors", "latency0-1", "latency1-10", "latency10-50", "latency50-100",
        "latency100-1000", "latency-slow",
    ]

    private func appendServers(_ text: inout MetricsText, _ report: StatusReport) {
        func family(
            _ name: String, _ kind: MetricsText.Kind, _ help: String,
            _ value: (StatusReport.Server) -> Double
        ) {
            text.open("dnsdist_server_" + name, kind, help)
            for server in report.servers {
                text.sample(value(server), Self.labels(of: server))
            }
        }
        guard !report.servers.isEmpty else { return }
        family("status", .gauge, "Whether it is up") { $0.state.lowercased() == "up" ? 1 : 0 }
        family("queries", .counter, "Queries sent to it") { Double($0.queries) }
        family("responses", .counter, "Answers of it") { Double($0.responses) }
        family("drops", .counter, "Queries it did not answer in time") { Double($0.timeouts) }
        family("senderrors", .counter, "Queries that could not be sent") { Double($0.errors) }
        family("latency", .gauge, "Moving average in milliseconds") {
            $0.latencyMicroseconds / 1_000
        }
        family("outstanding", .gauge, "Queries in flight") { Double($0.outstanding) }
        family("order", .gauge, "Its order") { Double($0.order) }
        family("weight", .gauge, "Its weight") { Double($0.weight) }
    }

    private func appendRules(_ text: inout MetricsText, _ report: StatusReport) {
        func family(_ name: String, _ help: String, _ value: (StatusReport.Rule) -> UInt64) {
            text.open("pharos_rule_" + name, .counter, help)
            // Rules of one chain may share a name; a sample may not.
            var sums: [[String]: UInt64] = [:]
            for rule in report.rules { sums[[rule.chain, rule.name], default: 0] += value(rule) }
            for (key, sum) in sums.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
                text.sample(Double(sum), [("rule", key[1]), ("chain", key[0])])
            }
        }
        guard !report.rules.isEmpty else { return }
        // dnsdist has the rules on queries alone, each by its uuid.
        text.open("dnsdist_rule_hits", .counter, "Queries that a rule on queries selected")
        for rule in Set(report.rules.lazy.filter { $0.chain == "query" }.map(\.name)).sorted() {
            let hits = report.rules.reduce(UInt64(0)) {
                $0 + ($1.chain == "query" && $1.name == rule ? $1.hits : 0)
            }
            text.sample(Double(hits), [("id", rule)])
        }
        family("hits", "Messages that a rule selected", \.hits)
        family("errors", "Faults of its scripts", \.errors)
        if let log = parts?.statistics.log, !log.targets.isEmpty {
            text.single(
                "pharos_rule_log_dropped", .counter, "Lines of LogAction that found no room",
                Double(log.dropped))
        }
    }

    private func appendPolicies(_ text: inout MetricsText, _ report: StatusReport) {
        func family(
            _ name: String, _ help: String, _ value: (StatusReport.Policy) -> UInt64
        ) {
            text.open("pharos_policy_" + name, .counter, help)
            for policy in report.policies {
                text.sample(
                    Double(value(policy)), [("policy", policy.name), ("kind", policy.kind)])
            }
        }
        guard !report.policies.isEmpty else { return }
        family("calls_total", "Times a policy was asked", \.calls)
        family("errors_total", "Calls that raised or returned nonsense", \.errors)
        family("timeouts_total", "Calls that used up their budget", \.timeouts)
        family("fallbacks_total", "Queries that the fallback decided", \.fallbacks)
    }

    private func appendChecks(_ text: inout MetricsText, _ report: StatusReport) {
        guard !report.checks.isEmpty else { return }
        text.open("pharos_check_state", .gauge, "1 for the state that the check is in")
        for check in report.checks {
            for state in CheckStateMachine.State.allCases {
                text.sample(
                    state.rawValue == check.state ? 1 : 0,
                    [("check", check.name), ("state", state.rawValue)])
            }
        }
        func family(
            _ name: String, _ kind: MetricsText.Kind, _ help: String,
            _ value: (StatusReport.Check) -> Double
        ) {
            text.open("pharos_check_" + name, kind, help)
            for check in report.checks { text.sample(value(check), [("check", check.name)]) }
        }
        family("score", .gauge, "What the last success said, 0 to 1", \.score)
        family("runs_total", .counter, "Runs") { Double($0.runs) }
        family("failures_total", .counter, "Runs that were down") { Double($0.failures) }
        family("errors_total", .counter, "Runs whose script failed") { Double($0.errors) }
        family("flaps_total", .counter, "Changes from up to down") { Double($0.flaps) }
        appendTargets(&text, report.checks.filter { !$0.targets.isEmpty })
    }

    private func appendTargets(_ text: inout MetricsText, _ checks: [StatusReport.Check]) {
        guard !checks.isEmpty else { return }
        func family(
            _ name: String, _ kind: MetricsText.Kind, _ help: String,
            _ value: (StatusReport.CheckTarget) -> Double
        ) {
            text.open("pharos_check_target_" + name, kind, help)
            for check in checks {
                for target in check.targets {
                    text.sample(value(target), [("check", check.name), ("target", target.name)])
                }
            }
        }
        family("up", .gauge, "Whether the target is up or falling") {
            $0.state == "up" || $0.state == "falling" ? 1 : 0
        }
        family("score", .gauge, "What the last success said, 0 to 1", \.score)
        family("runs_total", .counter, "Runs") { Double($0.runs) }
        family("failures_total", .counter, "Runs that were down") { Double($0.failures) }
        family("flaps_total", .counter, "Changes from up to down") { Double($0.flaps) }
    }

    private func appendTimers(_ text: inout MetricsText, _ report: StatusReport) {
        guard !report.timers.isEmpty else { return }
        text.open("pharos_timer_runs_total", .counter, "Calls of a timer's function")
        for timer in report.timers {
            text.sample(Double(timer.runs), [("timer", timer.name), ("place", timer.place)])
        }
        text.open("pharos_timer_errors_total", .counter, "Calls that raised or were cut off")
        for timer in report.timers {
            text.sample(Double(timer.errors), [("timer", timer.name), ("place", timer.place)])
        }
    }

    private func appendScripts(_ text: inout MetricsText, _ report: StatusReport) {
        func family(
            _ name: String, _ help: String, _ value: (StatusReport.ScriptMachine) -> Int
        ) {
            text.open("pharos_script_" + name, .gauge, help)
            for machine in report.scripts {
                text.sample(Double(value(machine)), [("vm", machine.name)])
            }
        }
        guard !report.scripts.isEmpty else { return }
        family("memory_bytes", "Memory that a virtual machine holds", \.memoryBytes)
        family("memory_max_bytes", "Memory that it may hold", \.memoryBytesMax)
        text.single(
            "pharos_script_log_dropped", .counter,
            "Log lines of policies, rules and actions that found no room",
            Double(planeLog.dropped))
    }
}
