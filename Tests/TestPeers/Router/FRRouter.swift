// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A real router: FRR's bgpd with zebra, from which it learns of its host's interfaces, and with bfdd
/// where a session is watched.
public final class FRRouter: RouterPeer {
    private let scratch: ScratchDirectory
    private let namespace: NetworkNamespace
    private let bgpd: RouterProcess
    private let zebra: RouterProcess
    /// Speaks to bgpd through zebra.
    private let bfdd: RouterProcess?

    public convenience init(_ settings: RouterSettings, in namespace: NetworkNamespace) async throws
    {
        try await self.init(
            configuration: Self.configuration(settings),
            withBFD: settings.sessions.contains(where: \.watches), in: namespace)
    }

    /// Starts it with a configuration as it stands in a file.
    public init(
        configuration: String, withBFD: Bool = false, in namespace: NetworkNamespace
    ) async throws {
        self.namespace = namespace
        scratch = try ScratchDirectory("frr")
        let folder = scratch.path
        let file = try scratch.write(configuration, to: "bgpd.conf")
        let none = try scratch.write("", to: "none.conf")
        // The daemons become the user frr before they open their sockets.
        try await Program.output("chown", ["-R", "frr:frr", folder])
        func program(_ name: String, _ file: String, _ more: [String]) -> RouterProcess {
            RouterProcess(
                "/usr/lib/frr/\(name)",
                [
                    "-f", file, "--vty_socket", folder, "-i", "\(folder)/\(name).pid", "-z",
                    "\(folder)/zserv.api",
                ] + more, in: namespace)
        }
        let toOutput = ["--log", "stdout"]
        zebra = program("zebra", none, toOutput)
        bfdd =
            withBFD ? program("bfdd", none, toOutput + ["--bfdctl", "\(folder)/bfdd.sock"]) : nil
        bgpd = program("bgpd", file, [])
        try zebra.start()
        try await waitForSocket("zserv.api", of: zebra)
        if let bfdd {
            try bfdd.start()
            try await waitForSocket("bfdd.vty", of: bfdd)
        }
        try await start()
    }

    public var log: String { zebra.log + (bfdd?.log ?? "") + bgpd.log }

    public func start() async throws {
        try bgpd.start()
        try await waitForSocket("bgpd.vty", of: bgpd)
        try await namespace.waitForListener(on: 179)
    }

    public func pause() { bgpd.pause() }
    public func resume() { bgpd.resume() }
    public func crash() async { await bgpd.crash() }

    /// Ends bfdd without a word; bgpd goes on.
    public func crashBFD() async { await bfdd?.crash() }

    public func stop() async {
        await bgpd.stop()
        await bfdd?.stop()
        await zebra.stop()
    }

    /// Runs commands of vtysh, one after the other; what it says of a wrong one is in the answer.
    @discardableResult
    public func command(_ words: String...) async throws -> String {
        try await Program.output(
            "vtysh", ["--vty_socket", scratch.path] + words.flatMap { ["-c", $0] },
            in: namespace, statuses: Set(0...255))
    }

    public func isEstablished(_ neighbor: String) async throws -> Bool {
        let text = try await command("show bgp neighbors \(neighbor) json")
        return try read(text, as: [String: FRRAnswers.Neighbor].self)[neighbor]?.bgpState
            == "Established"
    }

    /// The state of BFD with a neighbour: `up`, `down`, …
    public func bfdState(_ neighbor: String) async throws -> String? {
        let text = try await command("show bfd peers json")
        return try read(text, as: [FRRAnswers.BFDPeer].self).first { $0.peer == neighbor }?.status
    }

    public func routes(_ prefix: String) async throws -> [RouterRoute] {
        let family = prefix.contains(":") ? "ipv6" : "ipv4"
        let text = try await command("show bgp \(family) unicast \(prefix) json")
        return try (read(text, as: FRRAnswers.Prefix.self).paths ?? []).map { path in
            path.route(prefix)
        }
    }

    public func requestRefresh(_ neighbor: String) async throws {
        try await command("clear bgp ipv4 unicast \(neighbor) in")
        try await command("clear bgp ipv6 unicast \(neighbor) in")
    }

    public func shutDown(_ neighbor: String, text: String) async throws {
        let words = "neighbor \(neighbor) shutdown message \(text)"
        try await command("configure terminal", "router bgp", words)
    }

    /// `%NOTIFICATION: received from neighbor 10.0.0.1 6/2 (Cease/Administrative Shutdown) "bye"`
    public func notifications(from neighbor: String) async throws -> [RouterNotification] {
        let label = "%NOTIFICATION: received from neighbor \(neighbor) "
        return log.split(separator: "\n").compactMap { line in
            guard let range = line.firstRange(of: label) else { return nil }
            let words = line[range.upperBound...]
            let numbers = words.prefix { $0 != " " }.split(separator: "/").compactMap { Int($0) }
            guard numbers.count == 2 else { return nil }
            let parts = words.split(separator: "\"", omittingEmptySubsequences: false)
            return RouterNotification(
                numbers[0], numbers[1], parts.count > 2 ? String(parts[1]) : nil)
        }
    }

    private func waitForSocket(_ name: String, of process: RouterProcess) async throws {
        try await eventually("\(name) of FRR", withinSeconds: 10, otherwise: process.log) {
            try process.checkRunning()
            return FileManager.default.fileExists(atPath: "\(self.scratch.path)/\(name)")
        }
    }

    private func read<Answer: Decodable>(_ text: String, as type: Answer.Type) throws -> Answer {
        do {
            return try JSONDecoder().decode(type, from: Data(text.utf8))
        } catch {
            throw PeerError.unreadable(what: "FRR's answer (\(error))", text: text)
        }
    }

    private static func configuration(_ settings: RouterSettings) -> String {
        var lines = [
            "log stdout informational", "router bgp \(settings.asn)",
            " bgp router-id \(settings.routerID)", " bgp log-neighbor-changes",
            " no bgp ebgp-requires-policy", " no bgp default ipv4-unicast",
        ]
        for session in settings.sessions {
            func add(_ words: String) { lines.append(" neighbor \(session.neighbor) \(words)") }
            add("remote-as \(session.neighborAS)")
            add("timers \(max(1, session.holdTimeSeconds / 3)) \(session.holdTimeSeconds)")
            add("timers connect 1")
            add("update-source \(session.address)")
            if session.isPassive { add("passive") }
            if let password = session.password { add("password \(password)") }
            if session.checksHops { add("ttl-security hops 1") }
            if session.watches { add("bfd 3 50 50") }
            if session.extendedNextHop { add("capability extended-nexthop") }
        }
        for family in ["ipv4", "ipv6"] {
            lines.append(" address-family \(family) unicast")
            for session in settings.sessions {
                lines.append("  neighbor \(session.neighbor) activate")
            }
            lines.append(" exit-address-family")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
