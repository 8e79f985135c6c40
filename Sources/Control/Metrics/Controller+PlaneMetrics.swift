// SPDX-License-Identifier: Apache-2.0

import Balancing
import Declarations
import Proxy

extension Controller {
    /// Processor time, memory, descriptors and the network's own counters, under dnsdist's names.
    func appendHost(_ text: inout MetricsText) {
        let figures = ProcessFigures()
        text.single(
            "dnsdist_cpu_user_msec", .counter, "Milliseconds of processor time in the process",
            Double(figures.userMilliseconds))
        text.single(
            "dnsdist_cpu_sys_msec", .counter, "Milliseconds of processor time in the kernel",
            Double(figures.systemMilliseconds))
        text.single(
            "dnsdist_fd_usage", .gauge, "Open file descriptors", Double(figures.openFiles))
        text.single(
            "dnsdist_real_memory_usage", .gauge, "Octets of memory in use",
            Double(figures.residentBytes))
        for (name, value) in figures.network {
            text.single(
                "dnsdist_\(name)", .counter,
                "dnsdist's \(name.replacing("_", with: "-")), of the whole network namespace", value
            )
        }
    }

    /// What each listener received and sent.
    func appendFrontends(_ text: inout MetricsText) {
        guard let frontends = parts?.handles.frontends, !frontends.isEmpty else { return }
        func family(
            _ name: String, _ kind: MetricsText.Kind, _ help: String, over protocols: Set<String>,
            _ value: (PlaneHandles.Frontend) -> UInt64
        ) {
            text.open("dnsdist_frontend_" + name, kind, help)
            for frontend in frontends where protocols.contains(frontend.proto) {
                text.sample(
                    Double(value(frontend)),
                    [("frontend", frontend.address), ("proto", frontend.proto)])
            }
        }
        family("queries", .counter, "Queries received", over: ["UDP", "TCP"]) {
            $0.counters[.queries]
        }
        family("responses", .counter, "Answers sent", over: ["UDP", "TCP"]) {
            $0.counters[.responses]
        }
        family("tcpcurrentconnections", .gauge, "Connections of clients", over: ["TCP"]) {
            // Read first, so that the difference is not below zero.
            let ended = $0.counters[.ended]
            return $0.counters[.connections] &- ended
        }
    }

    /// What happened to TCP connections to each server.
    func appendServerStreams(_ text: inout MetricsText, _ report: StatusReport) {
        guard let live = generation, !live.handles.isEmpty else { return }
        for (name, counter, help) in Self.streamCounters {
            text.open("dnsdist_server_" + name, .counter, help)
            for (server, handle) in zip(report.servers, live.handles) {
                text.sample(Double(handle.total(counter)), Self.labels(of: server))
            }
        }
    }

    private static let streamCounters: [(String, ServerCounter, String)] = [
        ("tcpnewconnections", .tcpConnections, "TCP connections opened to it"),
        (
            "tcpreusedconnections", .tcpReusedConnections,
            "Queries over TCP sent on a connection that there was"
        ),
        ("tcpconnecttimeouts", .tcpConnectTimeouts, "TCP connections not opened in time"),
        ("tcpdiedsendingquery", .tcpDiedSendingQuery, "Queries lost before they were sent"),
        (
            "tcpdiedreadingresponse", .tcpDiedReadingResponse,
            "Queries whose connection ended before the answer"
        ),
        ("tcpgaveup", .tcpGaveUp, "Queries over TCP given up after all tries"),
        ("tcpreadtimeouts", .tcpReadTimeouts, "Queries over TCP not answered in time"),
        ("tcpwritetimeouts", .tcpWriteTimeouts, "Queries over TCP not taken in time"),
    ]

    /// dnsdist's own labels: dots of a name become underscores.
    static func labels(of server: StatusReport.Server) -> [(String, String)] {
        [("server", server.name.replacing(".", with: "_")), ("address", server.address)]
    }

    /// How many servers each pool has, and how many of them are up.
    func appendPools(_ text: inout MetricsText) {
        guard let live = generation, !live.handles.isEmpty else { return }
        var members: [String: (all: Int, up: Int)] = [:]
        for pool in live.configuration.pools { members[pool.name] = (0, 0) }
        for (server, handle) in zip(live.configuration.servers, live.handles) {
            for pool in server.pools {
                members[pool, default: (0, 0)].all += 1
                if handle.isUp { members[pool, default: (0, 0)].up += 1 }
            }
        }
        let pools = members.sorted { $0.key < $1.key }
        text.open("dnsdist_pool_servers", .gauge, "Servers of a pool")
        for (pool, count) in pools {
            text.sample(Double(count.all), [("pool", Self.shownName(ofPool: pool))])
        }
        text.open("dnsdist_pool_active_servers", .gauge, "Servers of a pool that are up")
        for (pool, count) in pools {
            text.sample(Double(count.up), [("pool", Self.shownName(ofPool: pool))])
        }
    }

    /// dnsdist's word for the pool without a name.
    static func shownName(ofPool name: String) -> String { name.isEmpty ? "_default_" : name }
}
