// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A real router: BIRD 2, passive, importing what its neighbours announce.
public final class BirdRouter: Sendable {
    public let port: UInt16
    let sessions: [BirdSession]
    private let scratch: ScratchDirectory
    private let process: RouterProcess

    /// Starts it and waits until it answers its control socket.
    public convenience init(
        _ sessions: [BirdSession], routerID: String = "10.0.0.9", port: UInt16? = nil,
        prelude: String = "", in namespace: NetworkNamespace? = nil
    ) async throws {
        let port = try port ?? FreePorts.next()
        let blocks = sessions.map { $0.configuration(port: port) }.joined(separator: "\n")
        try await self.init(
            configuration: """
                log stderr all;
                debug protocols { states, events };
                timeformat protocol iso long ms;
                timeformat route iso long ms;
                router id \(routerID);
                protocol device {}
                \(prelude)
                \(blocks)

                """, sessions: sessions, port: port, in: namespace)
    }

    /// Starts it with a configuration as it stands in a file, and waits until it answers its control
    /// socket.
    public init(
        configuration: String, sessions: [BirdSession] = [], port: UInt16 = 179,
        in namespace: NetworkNamespace? = nil
    ) async throws {
        self.port = port
        self.sessions = sessions
        scratch = try ScratchDirectory("bird")
        let file = try scratch.write(configuration, to: "bird.conf")
        process = RouterProcess(
            "bird", ["-f", "-c", file, "-s", "\(scratch.path)/ctl", "-P", "\(scratch.path)/pid"],
            in: namespace)
        try await start()
    }

    /// Starts it, after an end of any kind again, and waits until it answers its control socket.
    public func start() async throws {
        unlink("\(scratch.path)/ctl")
        try process.start()
        try await eventually("control socket of BIRD", withinSeconds: 5, otherwise: self.log) {
            try self.process.checkRunning()
            return try await self.command("show status").contains("up and running")
        }
    }

    /// Everything BIRD logged: sessions, notifications received and their reasons.
    public var log: String { process.log }

    public func pause() { process.pause() }
    public func resume() { process.resume() }
    public func crash() async { await process.crash() }

    /// Runs one command of birdc.
    public func command(_ words: String) async throws -> String {
        try await Program.output(
            "birdc", ["-s", "\(scratch.path)/ctl"] + words.split(separator: " ").map(String.init),
            statuses: [0, 1])
    }

    /// The state of a session: `Established`, `Active`, …
    public func state(of session: String) async throws -> String {
        let text = try await command("show protocols all \(session)")
        return Self.value("BGP state:", in: text) ?? "unknown"
    }

    /// How many times the session was established since BIRD was started, by its log: 1 while it is
    /// unbroken. The time that `show protocols` prints is no such witness: BIRD reckons it anew at
    /// every question from the wall clock, and it moves with that.
    public func establishedCount(_ session: String) -> Int {
        log.split(separator: "\n").count { $0.hasSuffix("\(session): BGP session established") }
    }

    /// UPDATEs' worth of routes that a session has received: announced and withdrawn, all families.
    public func updateCounts(_ session: String) async throws -> (announced: Int, withdrawn: Int) {
        let text = try await command("show protocols all \(session)")
        func sum(_ label: String) -> Int {
            text.split(separator: "\n").reduce(0) { sum, line in
                guard let range = line.firstRange(of: label) else { return sum }
                let words = line[range.upperBound...].split(separator: " ")
                return sum + (words.first.flatMap { Int($0) } ?? 0)
            }
        }
        return (sum("Import updates:"), sum("Import withdraws:"))
    }

    /// All routes that neighbours announced now, by prefix and session.
    public func routes() async throws -> [BirdRoute] {
        BirdRoute.parse(try await command("show route all"))
    }

    public func route(_ prefix: String) async throws -> BirdRoute? {
        try await routes().first { $0.prefix == prefix }
    }

    public func waitUntilEstablished(_ session: String, withinSeconds seconds: Double = 15)
        async throws
    {
        try await eventually("session \(session)", withinSeconds: seconds, otherwise: self.log) {
            try await self.state(of: session) == "Established"
        }
    }

    /// Waits until BIRD has the route; the route as it is then.
    @discardableResult
    public func waitForRoute(
        _ prefix: String, withinSeconds seconds: Double = 15,
        where isWanted: @Sendable (BirdRoute) -> Bool = { _ in true }
    ) async throws -> BirdRoute {
        try await eventually("route \(prefix) at BIRD", withinSeconds: seconds, otherwise: self.log)
        {
            guard let route = try await self.route(prefix), isWanted(route) else { return nil }
            return route
        }
    }

    public func waitForNoRoute(_ prefix: String, withinSeconds seconds: Double = 15) async throws {
        try await eventually(
            "withdrawal of \(prefix) at BIRD", withinSeconds: seconds, otherwise: self.log
        ) { try await self.route(prefix) == nil }
    }

    public func stop() async { await process.stop() }

    private static func value(_ label: String, in text: String) -> String? {
        for line in text.split(separator: "\n") {
            guard let range = line.firstRange(of: label) else { continue }
            return String(line[range.upperBound...].drop { $0 == " " })
        }
        return nil
    }
}
