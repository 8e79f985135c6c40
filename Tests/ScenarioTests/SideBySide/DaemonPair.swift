// SPDX-License-Identifier: Apache-2.0

import TestPeers
import Testing

/// The real dnsdist and Pharos with one configuration, each at a port of its own.
struct DaemonPair {
    /// Who answered how many queries, of each daemon.
    struct Answers: Sendable, CustomStringConvertible {
        let dnsdist: [String: Int]
        let pharos: [String: Int]

        var description: String { "dnsdist \(dnsdist), Pharos \(pharos)" }
    }

    let dnsdist: Dnsdist
    let pharos: PharosDaemon
    let ports: (dnsdist: UInt16, pharos: UInt16)

    /// - Parameter probed: servers of which dnsdist must have spoken, up or down.
    init(_ text: String, probed: [String]) async throws {
        ports = (try FreePorts.next(), try FreePorts.next())
        dnsdist = try await Dnsdist(
            "setLocal(\"127.0.0.1:\(ports.dnsdist)\")\nsetSecurityPollSuffix(\"\")\n" + text,
            probed: probed)
        // One worker: a global of a script is its thread's own.
        pharos = try await PharosDaemon(
            "setLocal(\"127.0.0.1:\(ports.pharos)\")\n" + text, arguments: ["--workers", "1"])
    }

    static func declaration(_ name: String, port: UInt16, order: Int, weight: Int = 10) -> String {
        "newServer{address=\"127.0.0.1:\(port)\", name=\"\(name)\", order=\(order),"
            + " weight=\(weight), checkInterval=1, maxCheckFailures=1}\n"
    }

    /// Waits until both say so of the servers.
    func wait(for names: [String], isUp: Bool) async throws {
        for name in names { try await dnsdist.wait(for: name, isUp: isUp) }
        try await pharos.waitUntil("\(names) \(isUp ? "up" : "down")") { status in
            names.allSatisfy { status.server($0)?.state == (isUp ? "up" : "down") }
        }
    }

    /// Asks both the same number of queries, at once.
    func answers(_ count: Int) async throws -> Answers {
        async let theirs = Scenarios.answerers(
            server: "127.0.0.1", port: ports.dnsdist, count: count, timeoutSeconds: 1)
        async let ours = Scenarios.answerers(
            server: "127.0.0.1", port: ports.pharos, count: count, timeoutSeconds: 1)
        return Answers(dnsdist: try await theirs, pharos: try await ours)
    }

    /// Asks until both are as wanted: what dnsdist says in its log it does a moment later.
    func answers(
        _ count: Int, _ what: String, _ isWanted: @Sendable ([String: Int]) -> Bool
    ) async throws -> Answers {
        var last = Answers(dnsdist: [:], pharos: [:])
        for _ in 0..<10 {
            last = try await answers(count)
            if isWanted(last.dnsdist) && isWanted(last.pharos) { break }
        }
        #expect(isWanted(last.dnsdist) && isWanted(last.pharos), "\(what): \(last)")
        return last
    }

    func stop() async {
        async let theirs: Void = dnsdist.stop()
        #expect(await pharos.stop() == 0, "\(pharos.log)")
        await theirs
    }
}
