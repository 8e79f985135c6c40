// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A real router: GoBGP 3.
public final class GoBGPRouter: RouterPeer {
    private let scratch: ScratchDirectory
    private let namespace: NetworkNamespace
    private let process: RouterProcess

    public convenience init(_ settings: RouterSettings, in namespace: NetworkNamespace) async throws
    {
        try await self.init(configuration: Self.configuration(settings), in: namespace)
    }

    /// Starts it with a configuration as it stands in a file.
    public init(configuration: String, in namespace: NetworkNamespace) async throws {
        self.namespace = namespace
        scratch = try ScratchDirectory("gobgp")
        let file = try scratch.write(configuration, to: "gobgpd.toml")
        process = RouterProcess(
            "gobgpd", ["-f", file, "--api-hosts", "127.0.0.1:50051", "--pprof-disable"],
            in: namespace)
        try await start()
    }

    public var log: String { process.log }

    public func start() async throws {
        try process.start()
        try await namespace.waitForListener(on: 50051)
        try await namespace.waitForListener(on: 179)
        // It listens before it knows its neighbours, and turns away those that it does not know.
        try await eventually("neighbours of GoBGP", withinSeconds: 10, otherwise: self.log) {
            try self.process.checkRunning()
            return process.currentLog.contains("Add a peer configuration")
        }
    }

    public func pause() { process.pause() }
    public func resume() { process.resume() }
    public func crash() async { await process.crash() }
    public func stop() async { await process.stop() }

    @discardableResult
    public func command(_ words: String...) async throws -> String {
        try await Program.output("gobgp", words, in: namespace, statuses: [0, 1])
    }

    public func isEstablished(_ neighbor: String) async throws -> Bool {
        let text = try await command("neighbor", neighbor, "-j")
        // PeerState.ESTABLISHED of its API.
        return try read(text, as: GoBGPAnswers.Neighbor.self).state.session_state == 6
    }

    public func routes(_ prefix: String) async throws -> [RouterRoute] {
        let family = prefix.contains(":") ? "ipv6" : "ipv4"
        let text = try await command("global", "rib", "-a", family, "-j")
        guard text.hasPrefix("{") else { return [] }
        return try (read(text, as: [String: [GoBGPAnswers.Path]].self)[prefix] ?? []).map { path in
            path.route(prefix)
        }
    }

    /// Version 3 answers `softresetin` from what it has kept and asks nobody.
    public func requestRefresh(_ neighbor: String) async throws {
        throw PeerError.unreadable(what: "route refresh", text: "GoBGP 3 cannot ask for one")
    }

    public func shutDown(_ neighbor: String, text: String) async throws {
        // `disable --reason`, which replaces it, sends no text in 3.10.
        try await command("neighbor", neighbor, "shutdown", "--reason", text)
    }

    public func notifications(from neighbor: String) async throws -> [RouterNotification] {
        process.log.split(separator: "\n").compactMap { line in
            guard line.contains("received notification"),
                let entry = try? JSONDecoder().decode(
                    GoBGPAnswers.Notification.self, from: Data(line.utf8)),
                entry.Key == neighbor
            else { return nil }
            return RouterNotification(entry.Code, entry.Subcode, entry.text)
        }
    }

    private func read<Answer: Decodable>(_ text: String, as type: Answer.Type) throws -> Answer {
        do {
            return try JSONDecoder().decode(type, from: Data(text.utf8))
        } catch {
            throw PeerError.unreadable(what: "GoBGP's answer (\(error))", text: text)
        }
    }

    private static func configuration(_ settings: RouterSettings) -> String {
        var text = """
            [global.config]
            as = \(settings.asn)
            router-id = "\(settings.routerID)"

            """
        for session in settings.sessions {
            text += """
                [[neighbors]]
                [neighbors.config]
                neighbor-address = "\(session.neighbor)"
                peer-as = \(session.neighborAS)
                \(session.password.map { "auth-password = \"\($0)\"" } ?? "")
                [neighbors.timers.config]
                connect-retry = 5
                hold-time = \(session.holdTimeSeconds)
                keepalive-interval = \(max(1, session.holdTimeSeconds / 3))
                idle-hold-time-after-reset = 1
                [neighbors.transport.config]
                passive-mode = \(session.isPassive)
                local-address = "\(session.address)"
                \(session.checksHops ? "[neighbors.ttl-security.config]\nenabled = true\nttl-min = 255" : "")
                \(session.keepsRoutes ? "[neighbors.graceful-restart.config]\nenabled = true\nrestart-time = 60" : "")

                """
            for family in ["ipv4-unicast", "ipv6-unicast"] {
                text += """
                    [[neighbors.afi-safis]]
                    [neighbors.afi-safis.config]
                    afi-safi-name = "\(family)"
                    \(session.keepsRoutes ? "[neighbors.afi-safis.mp-graceful-restart.config]\nenabled = true" : "")

                    """
            }
        }
        return text
    }
}
