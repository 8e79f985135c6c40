// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc

/// A real router: OpenBGPD, the portable one of Debian.
public final class OpenBGPRouter: RouterPeer {
    private let scratch: ScratchDirectory
    private let namespace: NetworkNamespace
    private let process: RouterProcess
    private var socket: String { "\(scratch.path)/bgpd.sock" }

    public convenience init(_ settings: RouterSettings, in namespace: NetworkNamespace) async throws
    {
        try await self.init(configuration: Self.configuration(settings), in: namespace)
    }

    /// Starts it with a configuration as it stands in a file; its control socket is a test's own.
    public init(configuration: String, in namespace: NetworkNamespace) async throws {
        self.namespace = namespace
        scratch = try ScratchDirectory("openbgpd")
        // The folder that it locks its lesser processes up in; its service would make it.
        mkdir("/run/openbgpd", 0o755)
        let file = try scratch.write(
            "socket \"\(scratch.path)/bgpd.sock\"\n" + configuration, to: "bgpd.conf")
        // It reads no file that others may read: there are keys in it.
        chmod(file, 0o600)
        process = RouterProcess("bgpd", ["-d", "-f", file], in: namespace)
        try await start()
    }

    public var log: String { process.log }

    public func start() async throws {
        unlink(socket)
        try process.start()
        try await eventually("start of OpenBGPD", withinSeconds: 10, otherwise: self.log) {
            try self.process.checkRunning()
            return self.process.currentLog.contains("RDE soft reconfiguration done")
        }
        try await namespace.waitForListener(on: 179)
    }

    public func pause() { process.pause() }
    public func resume() { process.resume() }
    public func crash() async { await process.crash() }
    public func stop() async { await process.stop() }

    @discardableResult
    public func command(_ words: String...) async throws -> String {
        try await Program.output("bgpctl", ["-j", "-s", socket] + words, in: namespace)
    }

    public func isEstablished(_ neighbor: String) async throws -> Bool {
        let text = try await command("show", "neighbor", neighbor)
        return try read(text, as: OpenBGPAnswers.Neighbors.self).neighbors.first?.state
            == "Established"
    }

    public func routes(_ prefix: String) async throws -> [RouterRoute] {
        let text = try await command("show", "rib", "detail", prefix)
        return try (read(text, as: OpenBGPAnswers.Table.self).rib ?? []).map(\.route)
    }

    public func requestRefresh(_ neighbor: String) async throws {
        try await command("neighbor", neighbor, "refresh")
    }

    public func shutDown(_ neighbor: String, text: String) async throws {
        try await command("neighbor", neighbor, "down", text)
    }

    /// Its IdleHoldTime is half a minute after each error.
    public func reopen(_ neighbor: String) async throws {
        try await command("neighbor", neighbor, "up")
    }

    /// `received notification: Cease, administratively down`, and its text in the line after it.
    public func notifications(from neighbor: String) async throws -> [RouterNotification] {
        var found: [RouterNotification] = []
        let label = "neighbor \(neighbor): received "
        for line in process.log.split(separator: "\n") {
            guard let range = line.firstRange(of: label) else { continue }
            let words = line[range.upperBound...]
            if words.hasPrefix("notification: ") {
                let known = Self.words.first { words.dropFirst(14).hasPrefix($0.key) }
                if let known { found.append(RouterNotification(known.value.0, known.value.1)) }
            } else if words.hasPrefix("shutdown reason: "), !found.isEmpty {
                let parts = words.split(separator: "\"", omittingEmptySubsequences: false)
                found[found.count - 1].text = parts.count > 2 ? String(parts[1]) : nil
            }
        }
        return found
    }

    private static let words: [String: (Int, Int)] = [
        "HoldTimer expired": (4, 0), "Cease, administratively down": (6, 2),
        "Cease, administrative reset": (6, 4), "Cease, peer unconfigured": (6, 3),
        "Cease, connection rejected": (6, 5), "Cease, other config change": (6, 6),
        "Cease, collision": (6, 7),
    ]

    private func read<Answer: Decodable>(_ text: String, as type: Answer.Type) throws -> Answer {
        do {
            return try JSONDecoder().decode(type, from: Data(text.utf8))
        } catch {
            throw PeerError.unreadable(what: "OpenBGPD's answer (\(error))", text: text)
        }
    }

    /// With `local-address` only where it calls: beside `passive` it takes the key off the listening
    /// socket (7.7).
    private static func configuration(_ settings: RouterSettings) -> String {
        let blocks = settings.sessions.map { session in
            """
            neighbor \(session.neighbor) {
                remote-as \(session.neighborAS)
                holdtime \(session.holdTimeSeconds)
                \(session.isPassive ? "passive" : "local-address \(session.address)")
                \(session.password.map { "tcp md5sig password \"\($0)\"" } ?? "")
                \(session.checksHops ? "ttl-security yes" : "")
                announce IPv4 unicast
                announce IPv6 unicast
            }
            """
        }
        let listeners = settings.sessions.map { "listen on \($0.address)" }
        return """
            AS \(settings.asn)
            router-id \(settings.routerID)
            fib-update no
            \(listeners.joined(separator: "\n"))
            \(blocks.joined(separator: "\n"))
            allow from ebgp
            allow from ibgp

            """
    }
}
