// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A real speaker: ExaBGP, which tells what it hears to a script in lines of JSON.
public final class ExaBGPRouter: RouterPeer {
    private let scratch: ScratchDirectory
    private let namespace: NetworkNamespace
    private let process: RouterProcess

    public convenience init(_ settings: RouterSettings, in namespace: NetworkNamespace) async throws
    {
        try await self.init(configuration: Self.configuration(settings), in: namespace)
    }

    /// Starts it with a configuration as it stands in a file, whose process runs our `watch.sh`. It
    /// listens on each `local-address`.
    public init(configuration: String, in namespace: NetworkNamespace) async throws {
        self.namespace = namespace
        scratch = try ScratchDirectory("exabgp")
        let addresses = configuration.split(separator: "local-address ").dropFirst().map { text in
            String(text.prefix { $0 != ";" })
        }
        let file = try scratch.write(
            configuration.replacing("watch.sh", with: "\(scratch.path)/watch.sh"),
            to: "exabgp.conf")
        try scratch.write(Self.script(in: scratch.path), to: "watch.sh")
        try await Program.output("mkfifo", ["\(scratch.path)/commands"])
        process = RouterProcess(
            "exabgp", [file], in: namespace,
            environment: [
                "exabgp.tcp.bind": addresses.joined(separator: " "), "exabgp.tcp.port": "179",
                "exabgp.daemon.user": "root", "exabgp.api.cli": "false",
                "exabgp.log.all": "false", "exabgp.api.ack": "false",
            ])
        try await start()
    }

    public var log: String { process.log + scratch.read("events") }

    public func start() async throws {
        try process.start()
        try await namespace.waitForListener(on: 179)
        try process.checkRunning()
    }

    public func pause() { process.pause() }
    public func resume() { process.resume() }
    public func crash() async { await process.crash() }
    public func stop() async { await process.stop() }

    public func isEstablished(_ neighbor: String) async throws -> Bool {
        try history().established.contains(neighbor)
    }

    public func routes(_ prefix: String) async throws -> [RouterRoute] {
        try history().routes.values.compactMap { $0[prefix] }
    }

    /// How many times the neighbour has announced the prefix since ExaBGP's start.
    public func announcements(of prefix: String, from neighbor: String) throws -> Int {
        try history().announcements["\(neighbor) \(prefix)"] ?? 0
    }

    public func requestRefresh(_ neighbor: String) async throws {
        for family in ["ipv4", "ipv6"] {
            try await command("neighbor \(neighbor) announce route-refresh \(family) unicast")
        }
    }

    /// Its Cease carries no text of an operator's.
    public func shutDown(_ neighbor: String, text: String) async throws {
        try await command("neighbor \(neighbor) teardown 2")
    }

    public func notifications(from neighbor: String) async throws -> [RouterNotification] {
        try history().notifications[neighbor] ?? []
    }

    /// Has the script write a line to ExaBGP.
    public func command(_ line: String) async throws {
        try await Program.output(
            "sh",
            ["-c", "printf '%s\\n' \"$1\" >\"$2\"", "sh", line, "\(scratch.path)/commands"])
    }

    private func history() throws -> ExaBGPHistory {
        try ExaBGPHistory(scratch.read("events"))
    }

    /// What ExaBGP writes goes to a file; what is written to the pipe `commands` goes to ExaBGP. Its
    /// output stays open until ExaBGP is gone, or ExaBGP would take it for dead. Ended by ExaBGP or by
    /// ExaBGP's end, it ends what it started.
    private static func script(in folder: String) -> String {
        """
        #!/bin/sh
        echo start >>\(folder)/events
        exec 3>&1 5<&0
        exec 4<>\(folder)/commands
        while read -r line <&4; do echo "$line" >&3; done &
        reader=$!
        cat <&5 >>\(folder)/events &
        writer=$!
        trap "kill $reader $writer 2>/dev/null" EXIT
        trap exit TERM INT HUP
        wait $writer

        """
    }

    private static func configuration(_ settings: RouterSettings) -> String {
        let blocks = settings.sessions.map { session in
            """
            neighbor \(session.neighbor) {
                router-id \(settings.routerID);
                local-address \(session.address);
                local-as \(settings.asn);
                peer-as \(session.neighborAS);
                hold-time \(session.holdTimeSeconds);
                \(session.isPassive ? "passive;" : "")
                \(session.password.map { "md5-password \"\($0)\"; md5-base64 false;" } ?? "")
                capability { route-refresh enable; }
                family { ipv4 unicast; ipv6 unicast; }
                api { processes [ watch ]; neighbor-changes; receive { parsed; packets; update; notification; } }
            }
            """
        }
        return """
            process watch {
                run /bin/sh watch.sh;
                encoder json;
            }
            \(blocks.joined(separator: "\n"))

            """
    }
}
