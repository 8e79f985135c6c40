// SPDX-License-Identifier: Apache-2.0

public import Foundation

/// The daemon under test: the release binary that PHAROS_BINARY names, with a configuration of its own.
public final class PharosDaemon: Sendable {
    private let scratch: ScratchDirectory
    private let namespace: NetworkNamespace?
    private let process: ChildProcess

    /// Starts `pharos run` and waits for its line `ready`.
    ///
    /// - Parameters:
    ///   - configuration: the text of `pharos.lua`.
    ///   - files: further files beside it, by name.
    ///   - arguments: further ones of `pharos run`; without `--stop-grace` a stop withdraws at once.
    public init(
        _ configuration: String, files: [String: String] = [:], arguments: [String] = [],
        environment: [String: String] = [:], in namespace: NetworkNamespace? = nil,
        readyWithinSeconds seconds: Double = 15
    ) async throws {
        self.namespace = namespace
        scratch = try ScratchDirectory("daemon")
        for (name, text) in files { try scratch.write(text, to: name) }
        let file = try scratch.write(configuration, to: "pharos.lua")
        var environment = environment
        // The state file is the daemon's own, not that of another test.
        environment["STATE_DIRECTORY"] = environment["STATE_DIRECTORY"] ?? scratch.path
        process = try ChildProcess(
            try Self.binary(),
            ["run", "-c", file, "--control", "\(scratch.path)/control.sock"] + arguments
                + (arguments.contains("--stop-grace") ? [] : ["--stop-grace", "0"]),
            in: namespace, environment: environment)
        try await waitUntilReady(withinSeconds: seconds)
    }

    /// The binary that `make test` built.
    public static func binary() throws(PeerError) -> String {
        guard let path = getenv("PHAROS_BINARY") else { throw .missingEnvironment("PHAROS_BINARY") }
        return try Program.path(of: String(cString: path))
    }

    /// Its folder: the configuration is `pharos.lua` in it, `disable/` may stand beside.
    public var folder: String { scratch.path }

    public var processID: Int32 { process.processID }
    public var isRunning: Bool { process.isRunning }

    /// All it wrote: the log and the line `ready`.
    public var log: String { process.output }

    /// Replaces the configuration, whole; nothing notices before a reload.
    public func write(_ configuration: String) throws {
        try scratch.write(configuration, to: "pharos.lua")
    }

    public func write(_ text: String, to name: String) throws {
        try scratch.write(text, to: name)
    }

    public func signal(_ number: Int32) { process.signal(number) }

    /// Runs a client verb (`reload`, `status`, …) against it: its exit status and what it printed.
    public func command(_ arguments: String...) async throws -> (status: Int32, output: String) {
        try await command(arguments)
    }

    public func command(_ arguments: [String]) async throws -> (status: Int32, output: String) {
        let child = try ChildProcess(
            try Self.binary(), arguments + ["--control", "\(scratch.path)/control.sock"],
            in: namespace)
        let status = try await child.waitForExit(withinSeconds: 30)
        return (status, child.output)
    }

    public func status() async throws -> DaemonStatus {
        let (code, text) = try await command("status", "--json")
        guard code == 0 else {
            throw PeerError.exited(program: "pharos status", status: code, output: text + log)
        }
        do {
            return try JSONDecoder().decode(DaemonStatus.self, from: Data(text.utf8))
        } catch {
            throw PeerError.unreadable(what: "status --json (\(error))", text: text)
        }
    }

    /// Waits until the status is as wanted; the status as it is then.
    @discardableResult
    public func waitUntil(
        _ what: String, withinSeconds seconds: Double = 15,
        _ isWanted: @Sendable (DaemonStatus) -> Bool
    ) async throws -> DaemonStatus {
        try await eventually(
            what, withinSeconds: seconds, otherwise: self.log, everyMilliseconds: 50
        ) {
            let status = try await self.status()
            return isWanted(status) ? status : nil
        }
    }

    /// Sends SIGHUP and waits until that reload is done, accepted or rejected.
    @discardableResult
    public func hangUp(withinSeconds seconds: Double = 15) async throws -> DaemonStatus {
        let before = try await status().lastReload.count
        signal(SIGHUP)
        return try await waitUntil("end of the reload", withinSeconds: seconds) {
            $0.lastReload.count > before
        }
    }

    /// Asks it to end and returns its exit status.
    @discardableResult
    public func stop(signal number: Int32 = SIGTERM, withinSeconds seconds: Double = 15) async
        -> Int32
    {
        await process.stop(signal: number, withinSeconds: seconds)
    }

    private func waitUntilReady(withinSeconds seconds: Double) async throws {
        try await eventually("line 'ready'", withinSeconds: seconds, otherwise: self.log) {
            if self.process.standardOutput.split(separator: "\n").contains(where: {
                $0.hasPrefix("ready")
            }) {
                return true
            }
            guard self.process.isRunning else {
                throw PeerError.exited(program: "pharos run", status: 1, output: self.log)
            }
            return false
        }
    }
}
